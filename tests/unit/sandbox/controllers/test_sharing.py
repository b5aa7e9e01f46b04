"""Seventeen pods of one slice, on nodes with one GPU and four slices: the table measured with real Karpenter.

Karpenter core 1.14.1 with its kwok provider on kube-apiserver 1.35.4 gave these numbers of nodes, row by row. Here the
objects are those of the blueprint, less what a row lacks; the numbers are what the controllers make of them. The rows
on Amazon Linux, by `apply` on the embedded API: tests/lifecycle/test_sharing_seventeen.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from eksgpu.catalog.instance import instances
from eksgpu.checks.context import CheckContext
from eksgpu.checks.sharing_planned import sharing_planned
from eksgpu.components.user_data import bottlerocket
from eksgpu.engine.graph import Graph
from eksgpu.engine.resource import Resource
from eksgpu.kube.helm import HelmRelease
from eksgpu.kube.object import KubeObject
from eksgpu.scheduling.sharing.plan import plan_sharing
from eksgpu.scheduling.sharing.wish import Host, Kind, Strategy, Wish
from tests.support.rig import Rig
from tests.unit.blueprint.test_kubernetes import FACTS

from .sliced_pool import FOUR, SELECTOR, TYPE, SlicedPool, Tick, nodes, resources_of, spec_of
from .stage import BEARS_GPU, Stage, system_machine

GPU, SHARED = "nvidia.com/gpu", "nvidia.com/gpu.shared"
PODS = 17
RENAMED = {**FOUR, "rename": True}
Resources = tuple[Resource, ...]


def whole(resources: Resources) -> Resources:
    return resources


def without(kind: str) -> Callable[[Resources], Resources]:
    return lambda resources: tuple(one for one in resources if f"/{kind}." not in one.identity)


def gates_off(resources: Resources) -> Resources:
    return tuple(_gates_off(one) if isinstance(one, HelmRelease) else one for one in resources)


def unlabelled(resources: Resources) -> Resources:
    """Nodes do not select their configuration."""
    return tuple(_unlabelled(one) if isinstance(one, KubeObject) else one for one in resources)


def labels_put_on_later(stage: Stage) -> None:
    """By somebody who sees, once every pod runs, that nodes show one GPU."""
    running = all(one["status"]["phase"] == "Running" for one in stage.api.of("Pod"))
    for node in nodes(stage) if running else ():
        if node["status"]["allocatable"].get(GPU) == "1":
            patch = {"metadata": {"labels": {SELECTOR: "time-slicing-4"}}}
            stage.api.patch("v1", "Node", node["metadata"]["name"], patch)


def nothing_first(stage: Stage) -> None:
    """A kubelet that shows none of them before its plugin runs. By the source: of what is none, the overlay counts."""
    for node in nodes(stage):
        if GPU not in node["status"]["allocatable"]:
            status = {"status": {"capacity": {GPU: "0"}, "allocatable": {GPU: "0"}}}
            stage.api.patch("v1", "Node", node["metadata"]["name"], status, subresource="status")


@dataclass(frozen=True)
class Row:
    """One row of the table. `shows`: what each node that comes shows, one after the other."""

    resource: str
    lacks: Callable[[Resources], Resources]
    nodes: int
    running: int
    shows: tuple[str, ...]
    tick: Tick = lambda _: None
    os: str = "bottlerocket"


TABLE = {
    "gpu.shared, no overlay": Row(SHARED, without("NodeOverlay"), 0, 0, ()),
    "gpu.shared, gate off": Row(SHARED, gates_off, 0, 0, ()),
    "gpu.shared, overlay": Row(SHARED, whole, 5, PODS, ("", "4")),
    "gpu, no overlay": Row(GPU, without("NodeOverlay"), 17, PODS, ("", "4")),
    "gpu, gate off": Row(GPU, gates_off, 17, PODS, ("", "4")),
    "gpu, overlay": Row(GPU, whole, 5, PODS, ("", "4")),
    "gpu, overlay, 0 first": Row(GPU, whole, 5, PODS, ("", "0", "4"), nothing_first, "al2023"),
    "gpu, overlay, 1 first": Row(GPU, unlabelled, 17, PODS, ("", "1", "4"), labels_put_on_later, "al2023"),
}


@pytest.mark.parametrize("row", TABLE)
def test_nodes_for_seventeen_slices(row: str) -> None:
    wanted = TABLE[row]
    spec = spec_of(RENAMED if wanted.resource == SHARED else FOUR, wanted.os)
    pool = SlicedPool(wanted.lacks(resources_of(spec)), wanted.tick)
    assert (pool.ask(wanted.resource, PODS), pool.running) == (wanted.nodes, wanted.running)
    assert list(pool.history(wanted.resource).values()) == [wanted.shows] * wanted.nodes


@pytest.mark.parametrize(
    ("own", "place"),
    [
        ({"nodeClassSpec": {"userData": ""}}, "settings"),
        ({"settings": {"kubelet-device-plugins": {"nvidia": {"device-sharing-strategy": "none"}}}}, "settings"),
    ],
    ids=["userData", "settings"],
)
def test_what_of_a_users_own_makes_every_slice_a_node_is_an_error_before_it_does(
    own: dict[str, Any], place: str
) -> None:
    """The last row, come by through what a spec may say."""
    spec = spec_of(FOUR, "bottlerocket", **own)
    resources = resources_of(spec)
    pool = SlicedPool(resources)
    assert pool.ask(GPU, PODS) == PODS
    assert set(pool.history(GPU).values()) == {("", "1")}
    (found,) = sharing_planned.run(CheckContext(spec, FACTS, Graph(resources), Rig().run))
    assert (str(found.severity), found.where) == ("error", f"spec.nodePools[shared].sharing, {place}")
    assert "Karpenter believes what nodes show first" in found.message


def test_labels_of_the_kubelets_own_are_found_too() -> None:
    flags = [f"--node-labels=team=ml,{SELECTOR}=default"]
    spec = spec_of(FOUR, "al2023", settings={"kubelet": {"flags": flags}})
    (found,) = sharing_planned.run(CheckContext(spec, FACTS, Graph(resources_of(spec)), Rig().run))
    assert found.where == "spec.nodePools[shared].sharing, label"
    assert f"the nodes' label {SELECTOR} is default, not time-slicing-4" in found.message


def test_a_label_without_a_configuration_keeps_the_plugin_from_starting() -> None:
    """So a node that is set up wrongly never shows whole GPUs that Karpenter would believe in."""
    pool = SlicedPool(
        tuple(
            _unconfigured(one) if "/ConfigMap/" in one.identity else one
            for one in resources_of(spec_of(FOUR, "al2023"))
        )
    )
    assert pool.ask(GPU, PODS) == 5
    assert pool.shown == [{}] * 5


def test_a_plugin_of_mps_waits_for_the_control_daemon() -> None:
    resources = resources_of(spec_of({**FOUR, "strategy": "mps"}, "al2023"))
    daemon = next(one for one in resources if "mps-control-daemon" in one.identity)
    pool = SlicedPool(tuple(one for one in resources if one is not daemon))
    assert pool.ask(GPU, PODS) == 5
    assert pool.shown == [{}] * 5
    pool.apply(daemon)
    for _ in range(4):
        pool.pass_time(75)
    assert pool.shown == [{GPU: "4"}] * 5
    assert pool.running == PODS


@pytest.mark.parametrize(("off", "nodes", "running"), [(whole, 5, 17), (gates_off, 0, 0)], ids=["gate", "no gate"])
def test_a_static_pool_needs_no_overlay(off: Callable[[Resources], Resources], nodes: int, running: int) -> None:
    resources = resources_of(spec_of(FOUR, "bottlerocket", replicas=5))
    assert without("NodeOverlay")(resources) == resources
    pool = SlicedPool(off(resources))
    assert (pool.ask(GPU, PODS), pool.running) == (nodes, running)
    pool.stage.api.patch("karpenter.sh/v1", "NodePool", "shared", {"spec": {"replicas": min(nodes, 2)}})
    pool.stage.pass_time(600)
    assert len(pool.stage.cloud.instances) == min(nodes, 2)


def test_a_node_group_of_bottlerocket_shares_by_its_launch_template() -> None:
    wish = Wish(Strategy.TIME_SLICING, 4, rename=True)
    made = plan_sharing(wish, Host("gpu", Kind.NODE_GROUP, "bottlerocket", (instances()[TYPE],)))
    stage = Stage(karpenter=False)
    text = bottlerocket(settings=made.settings)
    machine = replace(
        system_machine(3), instance_id="i-gpu", instance_type=TYPE, os="bottlerocket", user_data=text, taints=()
    )
    stage.cloud.group.append(machine)
    for number in range(5):
        stage.pod(f"slice-{number}", limits={SHARED: "1"}, tolerations=BEARS_GPU)
    stage.pass_time(120)
    assert stage.api.get("Node", machine.name)["status"]["allocatable"][SHARED] == "4"
    assert sum(stage.status(f"slice-{number}") == "Running" for number in range(5)) == 4


@pytest.mark.parametrize(("fails", "status"), [(True, "Failed"), (False, "Running")])
def test_a_pod_that_asks_for_two_slices_is_refused_by_the_plugin(fails: bool, status: str) -> None:
    sharing = {**FOUR, "failRequestsGreaterThanOne": fails}
    stage = SlicedPool(resources_of(spec_of(sharing, "bottlerocket"))).stage
    stage.pod("two", limits={GPU: "2"}, tolerations=BEARS_GPU, nodeSelector={"karpenter.sh/nodepool": "shared"})
    stage.pass_time(600)
    assert stage.status("two") == status
    refused = "maximum request size for shared resources is 1; found 2"
    assert any(refused in message for message in stage.said("UnexpectedAdmissionError")) == fails


def _gates_off(release: HelmRelease) -> HelmRelease:
    values = release.values or {}
    if "settings" not in values:
        return release
    gates = {
        name: False if name in ("nodeOverlay", "staticCapacity") else on
        for name, on in values["settings"]["featureGates"].items()
    }
    return replace(release, values={**values, "settings": {**values["settings"], "featureGates": gates}})


def _unlabelled(one: KubeObject) -> KubeObject:
    if one.manifest["kind"] != "NodePool":
        return one
    template = one.manifest["spec"]["template"]
    labels = {name: value for name, value in template["metadata"]["labels"].items() if name != SELECTOR}
    spec = {**one.manifest["spec"], "template": {**template, "metadata": {**template["metadata"], "labels": labels}}}
    return replace(one, manifest={**one.manifest, "spec": spec})


def _unconfigured(one: Resource) -> Resource:
    assert isinstance(one, KubeObject)
    data = {name: text for name, text in one.manifest["data"].items() if name == "default"}
    return replace(one, manifest={**one.manifest, "data": data})
