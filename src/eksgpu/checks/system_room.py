"""Whether CoreDNS and the controllers find a node before Karpenter makes any."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eksgpu.aws.eks_addon import EksAddon
from eksgpu.aws.eks_node_group import EksNodeGroup
from eksgpu.engine.refs import Chosen
from eksgpu.kube.helm import HelmRelease
from eksgpu.scheduling.taints import Taint, Toleration, untolerated

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "system-room"
_TOLERATIONS_OF_ADDONS = {  # those that run as Deployments: where their settings hold tolerations
    "coredns": ("tolerations",),
    "metrics-server": ("tolerations",),
    "aws-ebs-csi-driver": ("controller", "tolerations"),
}
_APART = ("karpenter",)  # releases whose replicas refuse to share a node


@dataclass(frozen=True)
class _Runner:
    """A Deployment that must run on nodes of a node group. `apart`: how many nodes it needs."""

    where: str
    name: str
    tolerations: Sequence[Toleration]
    selector: Mapping[str, str]
    apart: int = 1


@check(ID, "CoreDNS and every controller have a node group to run on")
def system_room(context: CheckContext) -> Iterator[Finding]:
    """An add-on whose pods find no node stays DEGRADED, and apply waits for it in vain. A controller without a node
    makes Helm wait until it gives up. Karpenter's nodes do not count: it must run before it makes any.
    """
    groups = [one for one in context.graph if isinstance(one, EksNodeGroup)]
    for runner in _runners(context):
        refused = {group.name: _refusal(group, runner) for group in groups}
        fitting = [group for group in groups if refused[group.name] is None]
        nodes = sum(_nodes(group) for group in fitting)
        if not nodes:
            told = "; ".join(f"{name}: {why}" for name, why in refused.items() if why) or "no group has a node"
            message = f"{runner.name} would find no node to run on ({told})"
            yield Finding(ID, Severity.ERROR, runner.where, message, "give it a toleration, or leave a group untainted")
        elif nodes < runner.apart:
            message = f"{runner.apart} replicas of {runner.name} need as many nodes, and there are {nodes}"
            names = ", ".join(group.name for group in fitting)
            fix = f"raise desired of node group {names} to {runner.apart}, or lower replicas"
            yield Finding(ID, Severity.ERROR, runner.where, message, fix)


def _runners(context: CheckContext) -> Iterator[_Runner]:
    for one in context.graph:
        if isinstance(one, EksAddon) and one.name in _TOLERATIONS_OF_ADDONS:
            found: Any = one.configuration or {}
            for word in _TOLERATIONS_OF_ADDONS[one.name]:
                found = found.get(word, {}) if isinstance(found, Mapping) else {}
            yield _Runner(f"spec.addons.{one.name}", one.name, _parsed(found), {})
        elif isinstance(one, HelmRelease) and one.values and "tolerations" in one.values:
            apart = int(one.values.get("replicas", 1)) if one.release in _APART else 1
            selector = one.values.get("nodeSelector") or {}
            yield _Runner(f"helm_release {one.name}", one.release, _parsed(one.values["tolerations"]), selector, apart)


def _parsed(tolerations: Any) -> list[Toleration]:
    return [Toleration.parse(one) for one in tolerations or ()]


def _nodes(group: EksNodeGroup) -> int:
    return group.desired.value if isinstance(group.desired, Chosen) else group.desired or 0


def _refusal(group: EksNodeGroup, runner: _Runner) -> str | None:
    """Why it cannot run on the group's nodes; None when it can."""
    taint = untolerated([Taint.parse(text) for text in group.taints or ()], runner.tolerations)
    if taint is not None:
        return f"taint {taint}"
    labels = group.labels or {}
    missing = [f"{key}={value}" for key, value in runner.selector.items() if labels.get(key) != value]
    return f"no label {missing[0]}" if missing else None
