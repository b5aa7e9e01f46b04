"""Every place that must agree for pods to share GPUs, broken in a live cluster: it is named, and apply mends it."""

from collections.abc import Callable
from typing import Any

import pytest

from eksgpu.scheduling.sharing.places import PLACES
from tests.support.account import small
from tests.support.sliced import FOUR, Sliced

pytestmark = pytest.mark.sweep

ROCKET = '[settings.kubelet-device-plugins.nvidia]\ndevice-sharing-strategy = "none"\n'
PLUGIN = "nvidia-device-plugin-daemonset"
PLUGIN_CONFIGS = "nvidia-device-plugin-configs"
EVERY_KIND: dict[str, Any] = {
    "components": {"karpenter": {}},
    "nodePools": [
        {"name": "turns", "instanceTypes": ["g5.xlarge"], "os": "al2023", "sharing": FOUR},
        {
            "name": "mps",
            "instanceTypes": ["g6.xlarge"],
            "os": "al2023",
            "sharing": FOUR | {"strategy": "mps", "rename": True},
        },
        {"name": "rocket", "instanceTypes": ["g5.xlarge"], "sharing": FOUR},
        {
            "name": "mig",
            "instanceTypes": ["p4d.24xlarge"],
            "os": "al2023",
            "sharing": {"strategy": "mig", "profile": "3g.20gb"},
        },
    ],
    "nodeGroups": [
        {"name": "system", "system": True, "instanceTypes": ["m5.large"], "desired": 2},
        {"name": "shared", "gpu": {"name": "l4", "count": 1}, "sharing": FOUR | {"rename": True}},
        {"name": "cut", "instanceTypes": ["p4d.24xlarge"], "sharing": {"strategy": "mig", "profile": "3g.20gb"}},
    ],
}


@pytest.fixture(scope="module")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> Sliced:
    return Sliced(tmp_path_factory.mktemp("every_kind"), small(version="1.35", **EVERY_KIND))


def test_a_smoke_pod_asks_for_what_slices_are_called(every_kind: Sliced) -> None:
    report = every_kind.verify()
    assert report.errors == ()
    assert {one.pool for one in report.smokes if one.state == "done"} == {
        *(f"spec.nodePools[{name}]" for name in ("turns", "mps", "rocket", "mig")),
        *(f"spec.nodeGroups[{name}]" for name in ("shared", "cut")),
    }


def _patched(api_version: str, kind: str, name: str, patch: Any, **where: Any) -> Callable[[Sliced], None]:
    return lambda sliced: void(sliced.somebody.patch(api_version, kind, name, patch, **where))


def _tagged(sliced: Sliced) -> None:
    key = "k8s.io/cluster-autoscaler/node-template/resources/nvidia.com/gpu.shared"
    sliced.account.boto("eks").tag_resource(resourceArn=_group(sliced)["nodegroupArn"], tags={key: "1"})


def _unlabelled(sliced: Sliced) -> None:
    sliced.account.boto("eks").update_nodegroup_config(
        clusterName="demo",
        nodegroupName=_group(sliced)["nodegroupName"],
        labels={"removeLabels": ["nvidia.com/device-plugin.config"]},
    )


def _group(sliced: Sliced) -> dict[str, Any]:
    eks = sliced.account.boto("eks")
    name = next(one for one in eks.list_nodegroups(clusterName="demo")["nodegroups"] if one.startswith("shared"))
    found: dict[str, Any] = eks.describe_nodegroup(clusterName="demo", nodegroupName=name)["nodegroup"]
    return found


def void(_: object) -> None: ...


ONE_GPU = {"key": "karpenter.k8s.aws/instance-gpu-count", "operator": "In", "values": ["1"]}
NO_CONFIG = {"data": {"time-slicing-4": None}}
OTHER = {"data": {"time-slicing-4": "version: v1\nsharing: {timeSlicing: {resources: [{name: gpu, replicas: 2}]}}\n"}}
TWO = {"spec": {"limits": {"nvidia.com/gpu": "2"}}}
UNSELECTED = {"spec": {"template": {"metadata": {"labels": {"nvidia.com/device-plugin.config": None}}}}}
BROKEN: dict[str, tuple[str, Callable[[Sliced], None]]] = {
    "no configuration": ("spec.nodePools[turns].sharing, config",
                         _patched("v1", "ConfigMap", PLUGIN_CONFIGS, NO_CONFIG, namespace="kube-system")),
    "another configuration": ("spec.nodePools[turns].sharing, config",
                              _patched("v1", "ConfigMap", PLUGIN_CONFIGS, OTHER, namespace="kube-system")),
    "no label": ("spec.nodePools[turns].sharing, label",
                 _patched("karpenter.sh/v1", "NodePool", "turns", UNSELECTED)),
    "a limit in GPUs": ("spec.nodePools[turns].sharing, limit",
                        _patched("karpenter.sh/v1", "NodePool", "turns", TWO)),
    "no daemon of MPS": ("spec.nodePools[mps].sharing, mps",
                         lambda sliced: sliced.somebody.delete(
                             "apps/v1", "DaemonSet", "nvidia-device-plugin-mps-control-daemon", "kube-system")),
    "no overlay": ("spec.nodePools[turns].sharing, overlay",
                   lambda sliced: sliced.somebody.delete("karpenter.sh/v1alpha1", "NodeOverlay", "turns-1-gpu")),
    "another overlay": ("spec.nodePools[rocket].sharing, overlay",
                        _patched("karpenter.sh/v1alpha1", "NodeOverlay", "rocket-1-gpu",
                                 {"spec": {"capacity": {"nvidia.com/gpu": "1"}}})),
    "an overlay for every pool": ("spec.nodePools[turns].sharing, overlay",
                                  _patched("karpenter.sh/v1alpha1", "NodeOverlay", "turns-1-gpu",
                                           {"spec": {"requirements": [ONE_GPU]}})),
    "an overlay of another weight": ("spec.nodePools[turns].sharing, overlay",
                                     _patched("karpenter.sh/v1alpha1", "NodeOverlay", "turns-1-gpu",
                                              {"spec": {"weight": 1}})),
    "no plugin": ("spec.nodePools[turns].sharing, plugin",
                  lambda sliced: sliced.somebody.delete("apps/v1", "DaemonSet", PLUGIN, "kube-system")),
    "GPUs left whole": ("spec.nodePools[mig].sharing, cut",
                        _patched("karpenter.k8s.aws/v1", "EC2NodeClass", "mig", {"spec": {"userData": ""}})),
    "other settings": ("spec.nodePools[rocket].sharing, settings",
                       _patched("karpenter.k8s.aws/v1", "EC2NodeClass", "rocket", {"spec": {"userData": ROCKET}})),
    "another tag": ("spec.nodeGroups[shared].sharing, tag", _tagged),
    "a group without its label": ("spec.nodeGroups[shared].sharing, label", _unlabelled),
}  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_any_place_that_says_something_else_is_named_and_apply_mends_it(broken: str, every_kind: Sliced) -> None:
    place, breaks = BROKEN[broken]
    breaks(every_kind)
    assert place in {one.where for one in every_kind.verify(with_smoke=False).errors}
    every_kind.account.apply(accept={"conflicts"})
    assert every_kind.verify(with_smoke=False).errors == ()


def _restart_plugins(sliced: Sliced) -> None:
    for pod in sliced.somebody.list("v1", "Pod", "kube-system", labels="name=nvidia-device-plugin-ds")[0]:
        sliced.somebody.delete("v1", "Pod", pod["metadata"]["name"], "kube-system")
    sliced.account.world.clock.sleep(60.0)


def test_a_node_that_shows_something_else_is_named(every_kind: Sliced) -> None:
    two = "version: v1\nsharing: {timeSlicing: {renameByDefault: true, resources: [{name: gpu, replicas: 2}]}}\n"
    patch = {"data": {"time-slicing-4-shared": two}}
    every_kind.somebody.patch("v1", "ConfigMap", PLUGIN_CONFIGS, patch, "kube-system")
    _restart_plugins(every_kind)
    where = {one.where for one in every_kind.verify(with_smoke=False).errors}
    assert where >= {f"spec.nodeGroups[shared].sharing, {place}" for place in ("config", "node")}
    every_kind.account.apply(accept={"conflicts"})
    _restart_plugins(every_kind)
    assert every_kind.verify(with_smoke=False).errors == ()


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        ("nvidia.com/gpu", "asks for nvidia.com/gpu: slices are called nvidia.com/gpu.shared there"),
        ("nvidia.com/gpu.shared", "does not bear the taint nvidia.com/gpu=true:NoSchedule"),
    ],
)
def test_a_pod_that_asks_for_something_else_is_named(resource: str, says: str, every_kind: Sliced) -> None:
    container = {"name": "main", "image": "registry.k8s.io/pause:3.10", "resources": {"limits": {resource: "1"}}}
    spec = {"containers": [container], "nodeSelector": {"karpenter.sh/nodepool": "mps"}}
    metadata = {"name": "asks", "namespace": "default"}
    every_kind.somebody.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    every_kind.account.world.clock.sleep(60.0)
    where = {one.where: one.message for one in every_kind.verify(with_smoke=False).findings}
    every_kind.somebody.delete("v1", "Pod", "asks", "default")
    assert f"pod default/asks {says}" in where["spec.nodePools[mps].sharing, pod"]


def test_every_place_is_broken_here() -> None:
    """Those that have a test of their own included; tests/unit/checks breaks every part of each."""
    own = {"gate", "node", "pod"}
    assert {where.rpartition(", ")[2] for where, _ in BROKEN.values()} | own == {place.name for place in PLACES}


def test_a_second_plugin_is_named(every_kind: Sliced) -> None:
    ours = every_kind.somebody.get("apps/v1", "DaemonSet", "nvidia-device-plugin-daemonset", "kube-system")
    second = {**ours, "metadata": {"name": "mine", "namespace": "kube-system"}}
    every_kind.somebody.create({key: value for key, value in second.items() if key != "status"})
    where = {one.where for one in every_kind.verify(with_smoke=False).errors}
    every_kind.somebody.delete("apps/v1", "DaemonSet", "mine", "kube-system")
    every_kind.account.world.clock.sleep(60.0)
    assert "daemonset kube-system/mine" in where


def test_a_gate_that_somebody_turned_off_is_named(every_kind: Sliced) -> None:
    client = every_kind.somebody
    deployment = client.get("apps/v1", "Deployment", "karpenter", "kube-system")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    (gates,) = (entry for entry in container["env"] if entry["name"] == "FEATURE_GATES")
    before, gates["value"] = gates["value"], gates["value"].replace("NodeOverlay=true", "NodeOverlay=false")
    client.update(deployment)
    where = {one.where for one in every_kind.verify(with_smoke=False).errors}
    gates["value"], deployment["metadata"]["resourceVersion"] = before, None
    client.update(deployment)
    every_kind.account.world.clock.sleep(60.0)
    assert where >= {f"spec.nodePools[{name}].sharing, gate" for name in ("turns", "mps", "rocket", "mig")}
