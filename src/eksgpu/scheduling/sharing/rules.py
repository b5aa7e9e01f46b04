"""Every rule that a wish for sharing must pass: what the GPU can do, what the system's settings know, what the
autoscaler believes."""

from collections.abc import Iterator

from .autoscaler_rules import autoscaler_rules
from .existing_rules import existing_rules
from .mig_rules import mig_rules
from .refusal import Refusal
from .replica_rules import replica_rules
from .selection import SELECTOR, selected
from .wish import Host, Kind, Strategy, Wish

MIG_MANAGER_LABEL = "nvidia.com/mig.config"


def refusals(wish: Wish, host: Host) -> tuple[Refusal, ...]:
    """Why the host's GPUs cannot be shared so; empty when they can."""
    if not host.types or not all(item.gpu_count for item in host.types):
        bare = next((item.name for item in host.types if not item.gpu_count), "no instance type")
        return (Refusal("no-gpu", "", f"{bare} has no GPU to share", "choose types with GPUs alone"),)
    if host.kind is Kind.EXISTING:
        never = tuple(existing_rules(wish, host))
        if never:
            return never
    found = tuple(mig_rules(wish, host) if wish.strategy is Strategy.MIG else replica_rules(wish, host))
    return (*found, *_one_strategy(wish, host), *autoscaler_rules(host))


def _one_strategy(wish: Wish, host: Host) -> Iterator[Refusal]:
    """Labels of the user's that hand the node to another configuration, or to none."""
    wanted = selected(wish, host)
    for name in dict.fromkeys((SELECTOR, *wanted)) if host.kind is not Kind.EXISTING else ():
        other = host.labels.get(name)
        if other not in (None, wanted.get(name)):
            what = "selects another configuration for" if name == SELECTOR else "keeps what sharing needs off"
            message = f"the label {name}={other} {what} the same nodes"
            yield Refusal("two-strategies", "strategy", message, "leave the label out: sharing sets it")
    if MIG_MANAGER_LABEL in host.labels:
        yield Refusal(
            "two-strategies",
            "strategy",
            f"the label {MIG_MANAGER_LABEL} hands the same GPUs to the GPU Operator's MIG manager",
            "leave out the label or sharing",
        )
