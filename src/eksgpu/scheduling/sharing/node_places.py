"""Places that decide what a node's GPUs become, and those that show it: plugin, labels, user data, nodes, pods."""

from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.scheduling.pod import Pod, admitted, pod
from eksgpu.scheduling.resources import NVIDIA_GPU, amounts
from eksgpu.scheduling.taints import untolerated

from .plan import SharingPlan
from .said import said
from .seen import Seen
from .tags import ACCELERATOR_LABEL
from .wish import Kind, Strategy

_DOMAIN = "nvidia.com/"
_BELIEVED = "Karpenter believes what nodes show first, and starts a node for every slice, or none"


def config(plan: SharingPlan, _: Kind, seen: Seen) -> Iterator[str]:
    """The plugin's file under the name that the nodes select."""
    if seen.configs is None or plan.config_key is None:
        return
    there = seen.configs.get(plan.config_key)
    if there is None:
        yield f"the plugin has no configuration {plan.config_key}: it never starts on nodes that select it"
    elif there != plan.config:
        yield f"the plugin's configuration {plan.config_key} says {there}, not {plan.config}"


def plugin(plan: SharingPlan, kind: Kind, seen: Seen) -> Iterator[str]:
    """On Bottlerocket it is part of the system; elsewhere one of ours must come, and be told the same."""
    if seen.plugins is None or plan.config is None:
        return
    if not seen.plugins:
        yield "no device plugin would run on its nodes: they show no GPU at all"
    for one in seen.plugins:
        if not one.configured:
            yield f"a device plugin comes up without the nodes' configuration: {_cost(kind)}"
        if plan.wish.strategy is Strategy.MIG and not one.mig:
            yield "the device plugin may not look at MIG instances: it shows none"


def label(plan: SharingPlan, kind: Kind, seen: Seen) -> Iterator[str]:
    """Labels select the configuration, so they must be there before the plugin is."""
    if seen.labels is None:
        return
    for name, value in plan.labels.items():
        there = seen.labels.get(name)
        if there != value:
            what = f"is {there}" if there else "is missing"
            yield f"the nodes' label {name} {what}, not {value}: {_cost(kind)}"
    if kind is Kind.NODE_GROUP and ACCELERATOR_LABEL in seen.labels and not plan.accelerator_label_allowed:
        yield f"the label {ACCELERATOR_LABEL} makes the Cluster Autoscaler wait for nvidia.com/gpu, which nodes lack"


def settings(plan: SharingPlan, kind: Kind, seen: Seen) -> Iterator[str]:
    """Bottlerocket's; what they say besides is the user's business as long as it contradicts nothing."""
    if seen.settings is None or not plan.settings:
        return
    compared = ((path, wanted, _at(seen.settings, path)) for path, wanted in _leaves(plan.settings))
    wrong = [
        f"{'.'.join(path)} is {_written(there)}, not {_written(wanted)}"
        for path, wanted, there in compared
        if there != wanted
    ]
    if wrong:
        yield f"of Bottlerocket's settings, {' and '.join(wrong)}: {_cost(kind)}"
        return
    there = _at(seen.settings, ("kubelet-device-plugins", "nvidia")) or {}
    other = "device-sharing-strategy" if plan.wish.strategy is Strategy.MIG else "device-partitioning-strategy"
    if there.get("enabled") is False:
        yield "Bottlerocket's device plugin is turned off (enabled = false): its nodes show no GPU"
    if there.get(other, "none") != "none":
        yield f"Bottlerocket's {other} is {there[other]} besides: a node is shared in one way alone"


def cut(plan: SharingPlan, _: Kind, seen: Seen) -> Iterator[str]:
    """Amazon Linux's GPUs are cut by a unit that our user data leaves behind."""
    if seen.cut is False and plan.cut is not None:
        yield "user data does not hold the unit that cuts its GPUs before the kubelet starts: they stay whole"


def mps(plan: SharingPlan, _: Kind, seen: Seen) -> Iterator[str]:
    """Without it, a plugin that is told to share by MPS waits for it."""
    if seen.mps_daemon is False and plan.mps_daemon:
        yield "MPS's control daemon does not run on its nodes: the plugin waits for it and shows no GPU"


def node(plan: SharingPlan, _: Kind, seen: Seen) -> Iterator[str]:
    """What the kubelets show in the end."""
    for name, (item, allocatable) in (seen.nodes or {}).items():
        wanted = plan.allocatable.get(item)
        shown = amounts({key: count for key, count in allocatable.items() if key.startswith(_DOMAIN)})
        if wanted is not None and {key: count for key, count in shown.items() if count} != wanted:
            yield f"{name} shows {said(shown)}, not {said(wanted)}"


def pods(plan: SharingPlan, _: Kind, seen: Seen) -> Iterator[str]:
    """Pods must ask for what slices are called, and bear the taint that EKS lets pods bear for nvidia.com/gpu alone."""
    taints = [taint for taint in seen.taints if taint.key == NVIDIA_GPU]
    for one in (admitted(pod(manifest)) for manifest in seen.pods or ()):
        where = f"pod {one.namespace}/{one.name}"
        unknown = [name for name in _devices(one) if name not in plan.resources]
        kept_off = untolerated(taints, one.tolerations)
        if unknown:
            yield f"{where} asks for {', '.join(unknown)}: slices are called {', '.join(plan.resources)} there"
        elif kept_off is not None:
            yield f"{where} does not bear the taint {kept_off}: write {_toleration(plan)}, EKS adds it for no slice"


def _cost(kind: Kind) -> str:
    return _BELIEVED if kind is Kind.NODE_POOL else "nodes show other slices than they should"


def _devices(one: Pod) -> list[str]:
    return [name for name, count in one.requests.items() if count and name.startswith(_DOMAIN)]


def _toleration(plan: SharingPlan) -> str:
    return "; ".join(f"{{{', '.join(f'{key}: {value}' for key, value in one.items())}}}" for one in plan.tolerations)


def _leaves(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _at(table: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = table
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _written(value: Any) -> str:
    """As TOML writes it."""
    return "missing" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
