"""Every rule that a wish for sharing must pass: what the GPU can do, what the system's settings know, what the
autoscaler believes."""

from collections.abc import Iterator

from .autoscaler_rules import autoscaler_rules
from .mig_rules import mig_rules
from .refusal import Refusal
from .replica_rules import replica_rules
from .selection import SELECTOR, selected
from .wish import Host, Strategy, Wish

MIG_MANAGER_LABEL = "nvidia.com/mig.config"


def refusals(wish: Wish, host: Host) -> tuple[Refusal, ...]:
    """Why the host's GPUs cannot be shared so; empty when they can."""
    if not host.types or not all(item.gpu_count for item in host.types):
        bare = next((item.name for item in host.types if not item.gpu_count), "no instance type")
        return (Refusal("no-gpu", "", f"{bare} has no GPU to share", "choose types with GPUs alone"),)
    found = tuple(mig_rules(wish, host) if wish.strategy is Strategy.MIG else replica_rules(wish, host))
    return (*found, *_one_strategy(wish, host), *autoscaler_rules(host))


def _one_strategy(wish: Wish, host: Host) -> Iterator[Refusal]:
    """Labels of the user's that hand the node to another configuration."""
    other = host.labels.get(SELECTOR)
    if other is not None and other != selected(wish, host).get(SELECTOR):
        yield Refusal(
            "two-strategies",
            "strategy",
            f"the label {SELECTOR}={other} selects another configuration for the same nodes",
            "leave the label out: sharing sets it",
        )
    if MIG_MANAGER_LABEL in host.labels:
        yield Refusal(
            "two-strategies",
            "strategy",
            f"the label {MIG_MANAGER_LABEL} hands the same GPUs to the GPU Operator's MIG manager",
            "leave out the label or sharing",
        )
