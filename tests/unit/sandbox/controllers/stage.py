"""A cluster to watch controllers on: the small API, a cloud of a few lines, a stepped clock, the example's pools."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from eksgpu.catalog.instance import instances
from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.controllers.balancers import Balanced, Stack
from eksgpu.sandbox.controllers.block_storage import Made, Wanted
from eksgpu.sandbox.controllers.client import Object
from eksgpu.sandbox.controllers.cloud import Delivered, Machine, NoCapacity, Order, Subnet
from eksgpu.sandbox.controllers.fleet import Fleet
from eksgpu.sandbox.durations import Durations
from eksgpu.scheduling.offering import Market
from tests.unit.components.seed_pools import GENERAL, P5, default_pool, h100_pool, node_class

from .memory import MemoryApi

ZONES = {f"us-west-2{letter}": f"usw2-az{number}" for number, letter in enumerate("abcd", 1)}
FAMILIES = {"c5", "m5", "m5d", "r5", "g5", "p4d", "p5"}
MARKET = Market(ZONES, offered={item.name: frozenset() for item in instances().values() if item.family not in FAMILIES})
CONTROLLER = {"karpenter.sh/controller": "true"}
DURATIONS = Durations()  # reading them costs more than most tests
BEARS_CONTROLLER = [{"key": "karpenter.sh/controller", "operator": "Exists"}]
BEARS_GPU = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]


class TinyBalancers:
    """Stacks by their id; `held` ones do not go yet."""

    def __init__(self) -> None:
        self.stacks: dict[str, Stack] = {}
        self.held: set[str] = set()

    def ensure(self, stack: Stack) -> Balanced:
        self.stacks[stack.id] = stack
        groups = {f"k8s-{one.service}-{one.port}": f"arn:{one.service}:{one.port}" for one in stack.targets}
        return Balanced(f"{stack.name}.elb.amazonaws.com", groups)

    def release(self, resource: str, stack: str) -> bool:
        if stack in self.held:
            return False
        self.stacks.pop(stack, None)
        return True


class TinyStorage:
    """Volumes by id, with the instance that each is attached to."""

    def __init__(self) -> None:
        self.volumes: dict[str, str] = {}
        self.wanted: dict[str, Wanted] = {}

    def create(self, wanted: Wanted) -> Made:
        made = Made(f"vol-{wanted.name}", wanted.zone or "us-west-2a")
        self.wanted[made.id] = wanted
        self.volumes.setdefault(made.id, "")
        return made

    def attach(self, volume: str, instance: str) -> None:
        self.volumes[volume] = instance

    def detach(self, volume: str) -> None:
        if volume in self.volumes:
            self.volumes[volume] = ""

    def delete(self, volume: str) -> bool:
        return not self.volumes.pop(volume, "")


class TinyCloud:
    region, version = "us-west-2", "1.35"

    def __init__(self) -> None:
        self.network_ready = True
        self.group: list[Machine] = [system_machine(1), system_machine(2)]
        self.instances: dict[str, Order] = {}
        self.profiles: set[str] = set()
        self.dry: list[str] = []
        self.balancers = TinyBalancers()
        self.storage = TinyStorage()
        self._count = 0

    def machines(self) -> list[Machine]:
        return self.group

    def market(self) -> Market:
        return MARKET

    def subnets(self, node_class: Mapping[str, Any]) -> list[Subnet]:
        return [Subnet(f"subnet-{zone}", zone, zone_id) for zone, zone_id in ZONES.items()]

    def groups(self, node_class: Mapping[str, Any]) -> list[str]:
        return ["sg-1"]

    def prepare(self, node_class: Mapping[str, Any]) -> str:
        self.profiles.add(node_class["metadata"]["name"])
        return f"profile-{node_class['metadata']['name']}"

    def forget(self, node_class: Mapping[str, Any]) -> None:
        self.profiles.discard(node_class["metadata"]["name"])

    def launch(self, order: Order) -> Delivered:
        wanted = f"{order.capacity_type}/{order.instance_type}/{order.zone}"
        if any(fnmatchcase(wanted, pattern) for pattern in self.dry):
            raise NoCapacity("InsufficientInstanceCapacity", f"no {wanted}")
        self._count += 1
        instance = f"i-{self._count:017x}"
        self.instances[instance] = order
        address = f"10.0.{self._count // 200}.{self._count % 200 + 10}"
        return Delivered(instance, f"ip-{address.replace('.', '-')}.us-west-2.compute.internal", address, "ami-1")

    def lives(self, instance_id: str) -> bool:
        return instance_id in self.instances

    def terminate(self, instance_id: str) -> None:
        self.instances.pop(instance_id, None)


class Stage:
    """`settle` runs everything that is due; `pass_time` lets so many seconds go by, event by event."""

    def __init__(self, *, karpenter: bool = True) -> None:
        self.api, self.cloud, self.clock = MemoryApi(), TinyCloud(), SteppedClock()
        self.logs: dict[tuple[str, str], list[str]] = {}
        self.fleet = Fleet(self.api, self.cloud, self.clock, seconds=DURATIONS.seconds, log=self._log)
        for name in ("nodepools.karpenter.sh", "nodeclaims.karpenter.sh", "ec2nodeclasses.karpenter.k8s.aws"):
            self.add("CustomResourceDefinition", name)
        self.settle()
        if karpenter:
            labels = {"app.kubernetes.io/name": "karpenter"}
            self.add("Deployment", "karpenter", namespace="kube-system", labels=labels)
            self.pod("karpenter-1", namespace="kube-system", labels=labels, tolerations=BEARS_CONTROLLER)
            for types, name in ((P5, "h100-gpu"), (GENERAL, "default")):
                self.api.create(plain(node_class(name, types).manifest))
            for pool in (h100_pool(), default_pool()):
                self.api.create(pool.manifest)
        self.pass_time(60)

    def add(self, kind: str, name: str, *, namespace: str = "", labels: dict[str, str] | None = None) -> Object:
        metadata = {"name": name, "labels": labels or {}, **({"namespace": namespace} if namespace else {})}
        return self.api.create({"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": {}})

    def pod(
        self,
        name: str,
        image: str = "registry.k8s.io/pause:3.10",
        *,
        namespace: str = "default",
        labels: dict[str, str] | None = None,
        annotations: dict[str, str] | None = None,
        owner: str = "",
        command: list[str] | None = None,
        limits: dict[str, str] | None = None,
        node: str = "",
        **spec: Any,
    ) -> Object:
        container = {"name": "main", "image": image, "command": command or [], "resources": {"limits": limits or {}}}
        metadata: Object = {"name": name, "namespace": namespace, "labels": labels or {}}
        metadata["annotations"] = annotations or {}
        if owner:
            metadata["ownerReferences"] = [{"kind": owner, "name": "owner"}]
        body = {"containers": [container], **({"nodeName": node} if node else {}), **spec}
        status = {"phase": "Pending"}
        return self.api.create(
            {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": body, "status": status}
        )

    def settle(self) -> None:
        for _ in range(1000):
            if not (self.fleet.step() | self.api.schedule()):
                return
        raise AssertionError("the controllers never come to rest")

    def pass_time(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        self.settle()
        while (due := self.fleet.due) is not None and due <= end:
            self.clock.sleep(max(0.001, due - self.clock.monotonic()))
            self.settle()
        self.clock.sleep(max(0.0, end - self.clock.monotonic()))
        self.settle()

    def status(self, name: str, namespace: str = "default") -> str:
        return str(self.api.get("Pod", name, namespace)["status"]["phase"])

    def said(self, reason: str) -> list[str]:
        return [message for _, kind, message in self.api.events if kind == reason]

    def gpu_nodes(self) -> list[Object]:
        return [node for node in self.api.of("Node") if "nvidia.com/gpu" in node["status"]["allocatable"]]

    def _log(self, uid: str, container: str, text: str) -> None:
        self.logs.setdefault((uid, container), []).append(text)


def system_machine(number: int, *, ready: bool = True) -> Machine:
    labels = {"eks.amazonaws.com/nodegroup": "system", **CONTROLLER}
    taints = ({"key": "karpenter.sh/controller", "value": "true", "effect": "NoSchedule"},)
    name, address = f"ip-10-0-0-{number}.us-west-2.compute.internal", f"10.0.0.{number}"
    return Machine(name, f"i-system-{number}", "m5.large", "us-west-2a", address, ready, labels=labels, taints=taints)


def plain(manifest: Object) -> Object:
    """The class as it is applied: its references resolved."""
    spec = {**manifest["spec"], "role": "karpenter-node", "securityGroupSelectorTerms": [{"id": "sg-1"}]}
    return {**manifest, "spec": spec}
