"""GPU smoke pods: one for each GPU pool and node group, run to their end side by side, their log kept, then deleted.

Nothing here judges; see checks/gpu_smoke.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eksgpu.catalog.instance import InstanceType
from eksgpu.checks.context import Smoke
from eksgpu.checks.existing_nodes_shared import live_nodes
from eksgpu.checks.live_cluster import GROUP, LiveCluster, Objects, of_group
from eksgpu.engine.clock import Clock
from eksgpu.engine.mark import Mark, short_name
from eksgpu.errors import EksgpuError
from eksgpu.kube.names import Address
from eksgpu.kube.run import Kube
from eksgpu.scheduling.labels import NODE_POOL, whole_gpus
from eksgpu.scheduling.resources import NVIDIA_GPU
from eksgpu.spec.models import ClusterSpec, ExistingNodes, GpuCluster
from eksgpu.spec.shared import shared

from .workload_follow import Following
from .workload_manifest import Wanted, filled, shipped
from .workload_run import POLL_SECONDS, Say, Side

WORKLOAD, LABEL = "gpu-smoke", "verify"
DELETE_SECONDS = 180.0
_NAME_LIMIT = 52  # the Job's controller adds to it


@dataclass(frozen=True)
class Ground:
    """Where a smoke pod is to run.

    selector: leads it there.
    type:     what a node there may be.
    resource: what it asks for: a whole GPU or a slice of one, under the name that slices have there.
    """

    where: str
    name: str
    selector: Mapping[str, str]
    tolerations: tuple[Mapping[str, str], ...]
    type: InstanceType
    capacity: tuple[str, ...]
    resource: str = NVIDIA_GPU


def grounds(spec: GpuCluster, nodes: Objects) -> tuple[Ground, ...]:
    """Every pool with whole GPUs, every node group that has nodes with them, and nodes of others that are shared."""
    return (*_pools(spec), *_groups(spec, nodes), *_existing(spec, nodes))


class SmokePods:
    """Smoke pods on their way. Whoever starts them must `delete` them, whatever happens."""

    def __init__(self, kube: Kube, mark: Mark, clock: Clock, places: Sequence[Ground]) -> None:
        self._side = Side(kube, mark, clock, LABEL)
        self._places = tuple(places)
        self._jobs: dict[str, Address] = {}

    def start(self, image: str | None = None) -> None:
        """Take away what an interrupted run left, and start one at each place."""
        self.delete()
        for place in self._places:
            ((self._jobs[place.where], _),) = self._side.apply([_manifest(place, image)])

    def ended(self, say: Say, *, timeout: float) -> tuple[Smoke, ...]:
        """How each of them ended; waits for the last, or until the time is up. say: is told what they wait for."""
        clock = self._side.clock
        began, found, told = clock.monotonic(), dict[str, Smoke](), dict[str, str]()
        while True:
            seconds = clock.monotonic() - began
            for place in (one for one in self._places if one.where not in found):
                seen = self._look(place, seconds)
                if seen.state != "waiting" or seconds >= timeout:
                    found[place.where] = seen
                elif told.get(place.where) != seen.why:
                    told[place.where] = seen.why
                    say(f"{place.where}: {seen.why}")
            if len(found) == len(self._places):
                return tuple(found[place.where] for place in self._places)
            clock.sleep(POLL_SECONDS)

    def delete(self) -> None:
        """Take them away, and wait until their pods have let go of the GPUs. Raises EksgpuError when they stay."""
        self._side.delete(lambda _: None, wait=DELETE_SECONDS)

    def _look(self, place: Ground, seconds: float) -> Smoke:
        following, address = Following(self._side), self._jobs[place.where]
        seen = Smoke(place.where, "done", seconds=seconds)
        try:
            why = following.waits_for(address)
        except EksgpuError as error:
            seen, why = replace(seen, state="failed", why=error.message.partition("\n")[0]), None
        if why is not None:
            return replace(seen, state="waiting", why=why)
        nodes = (str(pod["spec"].get("nodeName") or "") for pod in following.pods(address))
        return replace(seen, log=following.log(address), node=next(filter(None, nodes), ""))


def _resources(body: ClusterSpec) -> dict[str, str]:
    """What pods ask for where GPUs are shared, by path in the spec; the first of several sizes stands for all."""
    return {one.where: one.plan.resources[0] for one in shared(body)}


def _pools(spec: GpuCluster) -> Iterator[Ground]:
    resources = _resources(spec.spec)
    for pool in spec.spec.node_pools:
        fitting = [item for item in pool.types if whole_gpus(item)]
        if fitting:
            bears = tuple(_toleration(taint.key) for taint in pool.taints)
            cheapest = min(fitting, key=lambda item: item.us_east_1_usd_per_hour or float("inf"))
            where = f"spec.nodePools[{pool.name}]"
            resource = resources.get(where, NVIDIA_GPU)
            yield Ground(where, pool.name, {NODE_POOL: pool.name}, bears, cheapest, pool.capacity, resource)


def _groups(spec: GpuCluster, nodes: Objects) -> Iterator[Ground]:
    resources = _resources(spec.spec)
    labels = {(node["metadata"].get("labels") or {}).get(GROUP, "") for node in nodes}
    for group in spec.spec.node_groups:
        there = sorted(label for label in labels if of_group(label, group.name))
        if whole_gpus(group.types[0]) and there:
            bears = tuple(_toleration(taint.key) for taint in group.taints)
            where = f"spec.nodeGroups[{group.name}]"
            resource = resources.get(where, NVIDIA_GPU)
            yield Ground(where, group.name, {GROUP: there[-1]}, bears, group.types[0], (), resource)


def _existing(spec: GpuCluster, nodes: Objects) -> Iterator[Ground]:
    for one in shared(spec.spec, live_nodes(spec, LiveCluster(nodes=nodes))):
        if isinstance(one.owner, ExistingNodes):
            theirs = [node for node in nodes if one.owner.selects(node["metadata"]["labels"] or {})]
            keys = sorted({taint["key"] for node in theirs for taint in node["spec"].get("taints") or ()})
            bears, resource = tuple(map(_toleration, keys)), one.plan.resources[0]
            yield Ground(one.where, one.owner.name, one.owner.labels, bears, one.host.types[0], (), resource)


def _toleration(key: str) -> dict[str, str]:
    return {"key": key, "operator": "Exists"}


def _manifest(place: Ground, image: str | None) -> dict[str, Any]:
    (manifest,) = filled(shipped()[WORKLOAD], Wanted(image=image)).manifests
    pod = manifest["spec"]["template"]["spec"]
    pod["nodeSelector"] = dict(place.selector)
    pod["tolerations"] = [*pod["tolerations"], *place.tolerations]
    pod["containers"][0]["resources"]["limits"] = {place.resource: 1}
    manifest["spec"]["backoffLimit"] = 0
    manifest["metadata"]["name"] = short_name(f"verify-{place.name}", _NAME_LIMIT)
    return manifest
