"""Seventeen pods of one slice, on nodes with one GPU and four slices: the table measured with real Karpenter.

Karpenter core 1.14.1 with its kwok provider on kube-apiserver 1.35.4 gave these numbers of nodes, row by row.
"""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from eksgpu.catalog.instance import instances
from eksgpu.components.node_overlays import node_overlay
from eksgpu.components.node_pools import NodePool
from eksgpu.components.node_requirements import Wish, requirements
from eksgpu.components.nvidia_device_plugin import nvidia_device_plugin
from eksgpu.components.user_data import bottlerocket
from eksgpu.scheduling.sharing.plan import SharingPlan, plan_sharing
from eksgpu.scheduling.sharing.plugin import WHOLE_GPUS
from eksgpu.scheduling.sharing.wish import Host, Kind, Strategy
from eksgpu.scheduling.sharing.wish import Wish as Sharing
from tests.unit.components.seed_pools import GPU_TAINT, node_class

from .stage import BEARS_GPU, Stage, plain, system_machine

GPU, SHARED = "nvidia.com/gpu", "nvidia.com/gpu.shared"
TYPES = [instances()["g5.xlarge"]]
PODS = 17


@dataclass(frozen=True)
class Break:
    """What does not agree with the rest."""

    overlay: bool = True
    gate: bool = True
    labels: bool = True
    settings: bool = True


def plan(os: str, *, rename: bool) -> SharingPlan:
    return plan_sharing(
        Sharing(Strategy.TIME_SLICING, 4, rename=rename), Host("shared", Kind.NODE_POOL, os, tuple(TYPES))
    )


class Shared:
    """A stage with a shared pool, and what it takes to run the plugin there."""

    def __init__(self, made: SharingPlan, os: str, there: Break) -> None:
        self.stage = Stage()
        self.plan = made
        self._open_gate(there.gate)
        self._share(os, there)

    def ask(self, resource: str) -> int:
        """Nodes bought for the pods, once nothing changes any more."""
        for number in range(PODS):
            selector = {"karpenter.sh/nodepool": "shared"}
            self.stage.pod(f"slice-{number}", limits={resource: "1"}, tolerations=BEARS_GPU, nodeSelector=selector)
        seen: tuple[int, int] | None = None
        while seen != (seen := (len(self.stage.cloud.instances), self.running)):
            for _ in range(4):  # longer than a node takes to come and to start pods
                self.stage.pass_time(75)
                self._daemons()
        return seen[0]

    @property
    def running(self) -> int:
        return sum(self.stage.status(f"slice-{number}") == "Running" for number in range(PODS))

    @property
    def shown(self) -> list[dict[str, str]]:
        """What the pool's nodes advertise."""
        nodes = [one for one in self.stage.api.of("Node") if one["metadata"]["labels"].get("karpenter.sh/nodepool")]
        return [
            {name: count for name, count in one["status"]["allocatable"].items() if name.startswith("nvidia.com/")}
            for one in nodes
        ]

    def _open_gate(self, on: bool) -> None:
        gates = {"NodeRepair": False, "NodeOverlay": on, "StaticCapacity": on}
        value = ",".join(f"{name}={str(state).lower()}" for name, state in gates.items())
        env = [{"name": "FEATURE_GATES", "value": value}]
        spec = {"template": {"spec": {"containers": [{"name": "controller", "env": env}]}}}
        self.stage.api.patch("apps/v1", "Deployment", "karpenter", {"spec": spec}, "kube-system")

    def _share(self, os: str, there: Break) -> None:
        api = self.stage.api
        self.stage.add("CustomResourceDefinition", "nodeoverlays.karpenter.sh")
        settings = self.plan.settings if there.settings else {}
        api.create(plain(replace(node_class("shared", TYPES, os=os), settings=settings).manifest))
        for one in self.plan.overlays if there.overlay else ():
            api.create(node_overlay(one.name, pool=one.pool, gpus=one.gpus, capacity=one.capacity, weight=one.weight))
        present = {"nvidia.com/gpu.present": "true"} if os == "al2023" else {}
        api.create(
            NodePool(
                name="shared",
                node_class="shared",
                requirements=requirements(Wish(instance_types=("g5.xlarge",), capacity=("on-demand",))),
                taints=(GPU_TAINT,),
                labels=self.plan.labels if there.labels else present,
                disruption={"consolidationPolicy": "WhenEmpty", "consolidateAfter": "Never"},
            ).manifest
        )
        self._plugin: dict[str, Any] | None = None
        if self.plan.config is not None:
            configs = {"default": WHOLE_GPUS, str(self.plan.config_key): self.plan.config}
            found = {one["kind"]: one for one in nvidia_device_plugin(configs)}
            api.create(found["ConfigMap"])
            self._plugin = found["DaemonSet"]["spec"]["template"]
        self.stage.settle()

    def _daemons(self) -> None:
        """The pods that the plugin's DaemonSet would have."""
        if self._plugin is None:
            return
        for node in self.stage.api.of("Node"):
            name = node["metadata"]["name"]
            taken = any(one["metadata"]["name"] == f"plugin-{name}" for one in self.stage.api.of("Pod"))
            if taken or "nvidia.com/gpu.present" not in node["metadata"]["labels"]:
                continue
            metadata = {**self._plugin["metadata"], "name": f"plugin-{name}", "namespace": "kube-system"}
            metadata["ownerReferences"] = [{"kind": "DaemonSet", "name": "plugin"}]
            body = {**self._plugin["spec"], "nodeName": name}
            self.stage.api.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": body, "status": {}})


@pytest.mark.parametrize("os", ["bottlerocket", "al2023"])
@pytest.mark.parametrize(
    ("resource", "broken", "nodes", "running"),
    [
        (SHARED, Break(overlay=False), 0, 0),
        (SHARED, Break(gate=False), 0, 0),
        (SHARED, Break(), 5, 17),
        (GPU, Break(overlay=False), 17, 17),
        (GPU, Break(), 5, 17),
        (GPU, Break(labels=False, settings=False), 17, 17),
    ],
    ids=["shared-none", "shared-gate-off", "shared-overlay", "gpu-none", "gpu-overlay", "gpu-overlay-no-config"],
)
def test_nodes_for_seventeen_slices(resource: str, broken: Break, nodes: int, running: int, os: str) -> None:
    shared = Shared(plan(os, rename=resource == SHARED), os, broken)
    assert (shared.ask(resource), shared.running) == (nodes, running)
    if broken == Break():  # what the plan promises is what the nodes show
        assert shared.shown == [dict.fromkeys(shared.plan.resources, "4")] * nodes


def test_a_label_without_a_configuration_keeps_the_plugin_from_starting() -> None:
    """So a node that is set up wrongly never shows whole GPUs that Karpenter would believe in."""
    made = plan("al2023", rename=False)
    labels = {**made.labels, "nvidia.com/device-plugin.config": "time-slicing-8"}
    shared = Shared(replace(made, labels=labels), "al2023", Break())
    assert shared.ask(GPU) == 5
    assert shared.shown == [{}] * 5


def test_a_plugin_of_mps_waits_for_the_control_daemon() -> None:
    made = plan_sharing(Sharing(Strategy.MPS, 4), Host("shared", Kind.NODE_POOL, "al2023", tuple(TYPES)))
    shared = Shared(made, "al2023", Break())
    assert shared.ask(GPU) == 5
    assert shared.shown == [{}] * 5
    for node in [one["metadata"]["name"] for one in shared.stage.api.of("Node")]:
        image = "nvcr.io/nvidia/k8s-device-plugin:v0.20.0"
        command = ["mps-control-daemon"]
        shared.stage.pod(f"mps-{node}", image, owner="DaemonSet", node=node, command=command)
    shared.stage.pass_time(600)
    assert shared.shown == [{GPU: "4"}] * 5
    assert shared.running == PODS


@pytest.mark.parametrize(("gate", "nodes", "running"), [(True, 5, 17), (False, 0, 0)])
def test_a_static_pool_needs_no_overlay(gate: bool, nodes: int, running: int) -> None:
    made = plan_sharing(
        Sharing(Strategy.TIME_SLICING, 4), Host("shared", Kind.STATIC_POOL, "bottlerocket", tuple(TYPES))
    )
    shared = Shared(made, "bottlerocket", Break(gate=gate))
    shared.stage.api.patch("karpenter.sh/v1", "NodePool", "shared", {"spec": {"replicas": 5}})
    assert (shared.ask(GPU), shared.running) == (nodes, running)
    shared.stage.api.patch("karpenter.sh/v1", "NodePool", "shared", {"spec": {"replicas": min(nodes, 2)}})
    shared.stage.pass_time(600)
    assert len(shared.stage.cloud.instances) == min(nodes, 2)


def test_a_node_group_of_bottlerocket_shares_by_its_launch_template() -> None:
    wish = Sharing(Strategy.TIME_SLICING, 4, rename=True)
    made = plan_sharing(wish, Host("gpu", Kind.NODE_GROUP, "bottlerocket", tuple(TYPES)))
    stage = Stage(karpenter=False)
    text = bottlerocket(settings=made.settings)
    machine = replace(
        system_machine(3), instance_id="i-gpu", instance_type="g5.xlarge", os="bottlerocket", user_data=text, taints=()
    )
    stage.cloud.group.append(machine)
    for number in range(5):
        stage.pod(f"slice-{number}", limits={SHARED: "1"}, tolerations=BEARS_GPU)
    stage.pass_time(120)
    assert stage.api.get("Node", machine.name)["status"]["allocatable"][SHARED] == "4"
    assert sum(stage.status(f"slice-{number}") == "Running" for number in range(5)) == 4


@pytest.mark.parametrize(("fails", "status"), [(True, "Failed"), (False, "Running")])
def test_a_pod_that_asks_for_two_slices_is_refused_by_the_plugin(fails: bool, status: str) -> None:
    wish = Sharing(Strategy.TIME_SLICING, 4, fail_requests_greater_than_one=fails)
    made = plan_sharing(wish, Host("shared", Kind.NODE_POOL, "bottlerocket", tuple(TYPES)))
    stage = Shared(made, "bottlerocket", Break()).stage
    stage.pod("two", limits={GPU: "2"}, tolerations=BEARS_GPU, nodeSelector={"karpenter.sh/nodepool": "shared"})
    stage.pass_time(600)
    assert stage.status("two") == status
    refused = "maximum request size for shared resources is 1; found 2"
    assert any(refused in message for message in stage.said("UnexpectedAdmissionError")) == fails
