"""A pod as the scheduler sees it: what it asks for, where it may run, what it bears. Read from plain manifests."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .requirements import Requirement, Requirements
from .resources import PODS, Amounts, amounts, extended, largest, total
from .taints import Taint, Toleration, untolerated

_TEMPLATES = {
    "Deployment": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod, or one of several alike.

    requests:     what it takes of a node, its own place among the node's pods included.
    alternatives: requirements on the node's labels, of which one must be met; never empty.
    """

    name: str
    namespace: str
    requests: Amounts
    alternatives: tuple[Requirements, ...] = (Requirements(),)
    tolerations: tuple[Toleration, ...] = ()

    @property
    def kind(self) -> tuple[object, ...]:
        """Equal for pods that the scheduler cannot tell apart."""
        return (tuple(sorted(self.requests.items())), self.alternatives, self.tolerations)

    def fits(self, labels: Mapping[str, str], taints: Iterable[Taint] = (), unsaid: Collection[str] = ()) -> bool:
        """May it run on a node with these labels and taints? unsaid: labels that the node may have besides."""
        node = Requirements.labels(labels)
        chosen = any(node.refused(way, unsaid) is None for way in self.alternatives)
        return chosen and untolerated(taints, self.tolerations) is None


def pod(manifest: Mapping[str, Any]) -> Pod:
    """A pod or a pod template. ValueError for quantities that are none."""
    metadata, spec = manifest.get("metadata") or {}, manifest.get("spec") or {}
    return Pod(
        name=str(metadata.get("name") or metadata.get("generateName") or ""),
        namespace=str(metadata.get("namespace") or "default"),
        requests=_requests(spec),
        alternatives=_alternatives(spec),
        tolerations=tuple(Toleration.parse(item) for item in spec.get("tolerations") or ()),
    )


def admitted(given: Pod) -> Pod:
    """The pod after EKS's admission: ExtendedResourceToleration lets it bear taints named like its own resources."""
    devices = sorted(name for name, count in given.requests.items() if count and extended(name))
    more = tuple(Toleration(key=name, operator="Exists") for name in devices)
    return replace(given, tolerations=(*given.tolerations, *more)) if more else given


def template(manifest: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The pod template inside an object that makes pods, the object itself if it is a pod; None for all else."""
    if manifest.get("kind") == "Pod":
        return manifest
    path = _TEMPLATES.get(str(manifest.get("kind")))
    if path is None:
        return None
    found: Any = manifest
    for step in path:
        found = found.get(step) or {}
    return found  # type: ignore[no-any-return]


def containers(spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every container of a pod's spec, those of its start included."""
    yield from spec.get("initContainers") or ()
    yield from spec.get("containers") or ()


def _requests(spec: Mapping[str, Any]) -> dict[str, int]:
    """Containers add up; one that only runs at the start counts where it alone needs more. Source: KEP-753."""
    starting = spec.get("initContainers") or ()
    sidecars = total(_container(item) for item in starting if item.get("restartPolicy") == "Always")
    running = total((*(_container(item) for item in spec.get("containers") or ()), sidecars))
    before = largest(_container(item) for item in starting if item.get("restartPolicy") != "Always")
    needed = largest((running, before))
    return {**total((needed, amounts(spec.get("overhead")))), PODS: 1}


def _container(container: Mapping[str, Any]) -> dict[str, int]:
    resources = container.get("resources") or {}
    return amounts({**(resources.get("limits") or {}), **(resources.get("requests") or {})})


def _alternatives(spec: Mapping[str, Any]) -> tuple[Requirements, ...]:
    selected = Requirements(Requirement(key, frozenset((str(value),))) for key, value in _selector(spec).items())
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    terms = [term.get("matchExpressions") or () for term in required.get("nodeSelectorTerms") or ()]
    return tuple(selected.and_also(Requirements.parse(term).values()) for term in terms) or (selected,)


def _selector(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return spec.get("nodeSelector") or {}
