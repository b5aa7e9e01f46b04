"""A pool that shares GPUs, on the stage: the objects that the blueprint writes for a spec, less what is taken out.

Nothing here says how many nodes come: Karpenter's controllers read the objects, and the device plugin its own.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from eksgpu.blueprint.build import build
from eksgpu.engine.refs import resolve
from eksgpu.engine.resource import Resource
from eksgpu.kube.helm import HelmRelease
from eksgpu.kube.object import KubeObject
from eksgpu.scheduling.pod import pod
from eksgpu.spec.load import loads
from eksgpu.spec.models import GpuCluster
from tests.unit.blueprint.test_kubernetes import FACTS, PERSON

from .stage import BEARS_GPU, Stage, plain

SELECTOR = "nvidia.com/device-plugin.config"
POOL, TYPE = "shared", "g5.xlarge"
FOUR = {"strategy": "timeSlicing", "replicas": 4}
Tick = Callable[[Stage], None]


def spec_of(sharing: Mapping[str, Any], os: str, **pool: Any) -> GpuCluster:
    """A pool of one-GPU nodes, as many as pods ask for, none of them taken away again."""
    fields = {"capacity": ["on-demand"], "limits": "unlimited", "disruption": {"consolidateAfter": "240h"}}
    if "replicas" in pool:
        del fields["limits"]
    one = {"name": POOL, "instanceTypes": [TYPE], "os": os, "sharing": sharing, **fields, **pool}
    document = {
        "apiVersion": "eksgpu.dev/v1alpha1",
        "kind": "GpuCluster",
        "metadata": {"name": "demo", "region": "us-west-2"},
        "spec": {"components": {"karpenter": {}}, "nodePools": [one]},
    }
    return loads(json.dumps(document))


def resources_of(spec: GpuCluster) -> tuple[Resource, ...]:
    return tuple(build(spec, FACTS, account="123456789012", caller=PERSON))


class SlicedPool:
    """The objects of a graph on a stage. `tick`: what somebody does every few minutes."""

    def __init__(self, resources: tuple[Resource, ...], tick: Tick = lambda _: None) -> None:
        self.stage = Stage()
        self._tick = tick
        self._daemon_sets: dict[str, Any] = {}
        self.stage.add("CustomResourceDefinition", "nodeoverlays.karpenter.sh")
        self._shown: dict[str, list[dict[str, str]]] = {}
        for one in resources:
            self.apply(one)
        self.stage.settle()

    def apply(self, one: Resource) -> None:
        """Have one more object there. What controllers do not read is left out."""
        if isinstance(one, HelmRelease) and one.chart == "karpenter":
            self._install_karpenter((one.values or {})["settings"]["featureGates"])
        elif isinstance(one, KubeObject):
            self._apply(resolve(one.manifest, lambda ref: ref))

    def ask(self, resource: str, pods: int) -> int:
        """Nodes bought for so many pods of one slice, once nothing changes any more."""
        for number in range(pods):
            selector = {"karpenter.sh/nodepool": POOL}
            self.stage.pod(f"slice-{number}", limits={resource: "1"}, tolerations=BEARS_GPU, nodeSelector=selector)
        seen: tuple[int, int] | None = None
        while seen != (seen := (len(self.stage.cloud.instances), self.running)):
            for _ in range(4):  # longer than a node takes to come and to start pods
                self.pass_time(75)
        return seen[0]

    def pass_time(self, seconds: float) -> None:
        self.stage.pass_time(seconds)
        self._note()
        self._daemons()
        self._tick(self.stage)
        self._note()

    def history(self, resource: str) -> dict[str, tuple[str, ...]]:
        """Node → how many it has shown of a resource, one after the other; "" before it showed any."""
        return {
            node: tuple(dict.fromkeys(one.get(resource, "") for one in shown)) for node, shown in self._shown.items()
        }

    @property
    def running(self) -> int:
        return sum(one["status"]["phase"] == "Running" for one in self._slices())

    @property
    def shown(self) -> list[dict[str, str]]:
        """What the pool's nodes advertise."""
        return [_devices(one) for one in nodes(self.stage)]

    def _note(self) -> None:
        for one in nodes(self.stage):
            self._shown.setdefault(one["metadata"]["name"], [{}]).append(_devices(one))

    def _slices(self) -> Iterator[dict[str, Any]]:
        return (one for one in self.stage.api.of("Pod") if one["metadata"]["name"].startswith("slice-"))

    def _install_karpenter(self, gates: Mapping[str, bool]) -> None:
        value = ",".join(f"{name[:1].upper()}{name[1:]}={str(on).lower()}" for name, on in gates.items())
        env = [{"name": "FEATURE_GATES", "value": value}]
        spec = {"template": {"spec": {"containers": [{"name": "controller", "env": env}]}}}
        self.stage.api.patch("apps/v1", "Deployment", "karpenter", {"spec": spec}, "kube-system")

    def _apply(self, manifest: dict[str, Any]) -> None:
        match manifest["kind"]:
            case "DaemonSet":
                self._daemon_sets[manifest["metadata"]["name"]] = manifest["spec"]["template"]
            case "EC2NodeClass":
                self.stage.api.create(plain(manifest))
            case "ConfigMap" | "NodeOverlay" | "NodePool":
                self.stage.api.create(manifest)

    def _daemons(self) -> None:
        """The pods that DaemonSets have."""
        for daemon_set, template in self._daemon_sets.items():
            for node in nodes(self.stage):
                name = f"{daemon_set}-{node['metadata']['name']}"
                there = any(one["metadata"]["name"] == name for one in self.stage.api.of("Pod"))
                if there or all(way.unmet(node["metadata"]["labels"]) for way in pod(template).alternatives):
                    continue
                metadata = {**template["metadata"], "name": name, "namespace": "kube-system"}
                metadata["ownerReferences"] = [{"kind": "DaemonSet", "name": daemon_set}]
                spec = {**template["spec"], "nodeName": node["metadata"]["name"]}
                self.stage.api.create(
                    {
                        "apiVersion": "v1",
                        "kind": "Pod",
                        "metadata": metadata,
                        "spec": spec,
                        "status": {"phase": "Pending"},
                    }
                )


def nodes(stage: Stage) -> list[dict[str, Any]]:
    """The pool's."""
    return [one for one in stage.api.of("Node") if one["metadata"]["labels"].get("karpenter.sh/nodepool") == POOL]


def _devices(node: Mapping[str, Any]) -> dict[str, str]:
    return {name: count for name, count in node["status"]["allocatable"].items() if name.startswith("nvidia.com/")}
