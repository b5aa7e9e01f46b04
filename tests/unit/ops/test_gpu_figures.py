"""Who uses a GPU that pods share, and whose figures cannot be split."""

from collections.abc import Callable, Iterable
from typing import Any, cast

import pytest

from eksgpu.checks.live_cluster import LiveCluster
from eksgpu.kube.api import KubeApi
from eksgpu.ops.gpu_figures import GpuFigures, NodeFigures, gpu_figures
from eksgpu.ops.nodes import nodes_report
from eksgpu.sandbox.controllers.dcgm_page import metrics_page
from eksgpu.sandbox.controllers.gpu_boot import GEOMETRY, SETTINGS
from eksgpu.ui.gpu_figures import gpu_figures_view
from eksgpu.ui.look import Look

from .objects import Object, node, pod


class Pages:
    """Answers as the API server does, with what a node's exporter would say."""

    def __init__(self, cluster: LiveCluster) -> None:
        self.cluster = cluster

    def page(self, namespace: str, name: str, port: int, path: str) -> str:
        where = name.removeprefix("dcgm-")
        found = next(one for one in self.cluster.nodes if one["metadata"]["name"] == where)
        pods = [one for one in self.cluster.pods if one["spec"].get("nodeName") == where]
        return metrics_page(dict(found), [dict(one) for one in pods])


def one_by_one(call: Callable[[Any], NodeFigures], items: Iterable[Any]) -> list[NodeFigures]:
    return [call(item) for item in items]


def figures(nodes: tuple[Object, ...], pods: tuple[Object, ...]) -> GpuFigures:
    exporters = []
    for one in nodes:
        exporter = pod(f"dcgm-{one['metadata']['name']}", on=one["metadata"]["name"])
        exporter["metadata"]["labels"] = {"app.kubernetes.io/name": "dcgm-exporter"}
        exporters.append(exporter)
    cluster = LiveCluster(nodes=nodes, pods=(*pods, *exporters))
    api = cast("KubeApi", Pages(cluster))
    found = gpu_figures(api, one_by_one, cluster, nodes_report(cluster, {}))
    assert found is not None
    return found


def test_every_pod_on_a_sliced_gpu_is_named_and_that_figures_are_of_them_all_is_said_once() -> None:
    sliced = tuple(node(name, {"node.kubernetes.io/instance-type": "g4dn.xlarge"}, gpus=4) for name in ("a", "b"))
    found = figures(sliced, tuple(pod(f"p-{number}", gpus=1, on="a") for number in range(3)))
    busy, idle = (one.gpus[0] for one in found.nodes)
    assert busy.pods == ("default/p-0", "default/p-1", "default/p-2")
    assert (idle.busy, idle.used_mib, idle.total_mib, idle.pods) == (0.0, 0, 16384, ())
    assert found.shared == ("a", "b")
    assert found.as_json()["notSplitByPod"] == ["a", "b"]
    lines = gpu_figures_view(found, Look(100), sandbox=True)
    assert lines[:2] == [
        "How busy GPUs are (simulated by the sandbox)",
        "  node  GPU  model  busy      memory  pods",
    ]
    assert sum("cannot split" in line for line in lines) == 1


@pytest.mark.parametrize(
    "annotations",
    [
        {GEOMETRY: '{"3g.20gb": 16}'},
        {SETTINGS: '{"device-partitioning-strategy": "mig", "mig": {"profile": {"a100.40gb": "3g.20gb"}}}'},
        {SETTINGS: '{"device-partitioning-strategy": "mig", "mig": {"profile": {"a100.40gb": "2"}}}'},
    ],
)
def test_mig_instances_are_apart_so_their_figures_are_their_pods_own(annotations: dict[str, str]) -> None:
    cut = node("m", {"node.kubernetes.io/instance-type": "p4d.24xlarge"})
    cut["metadata"]["annotations"] = annotations
    cut["status"]["allocatable"]["nvidia.com/mig-3g.20gb"] = "16"
    asks = pod("p", on="m")
    asks["spec"]["containers"][0]["resources"] = {"limits": {"nvidia.com/mig-3g.20gb": "1"}}
    found = figures((cut,), (asks,))
    gpus = found.nodes[0].gpus
    assert (len(gpus), {gpu.profile for gpu in gpus}, {gpu.busy for gpu in gpus}) == (16, {"3g.20gb"}, {None})
    assert [gpu.pods for gpu in gpus].count(("default/p",)) == 1
    assert found.shared == ()


def test_an_exporter_that_does_not_run_yet_is_a_row_that_says_so_and_a_missing_right_is_said_once() -> None:
    starting = pod("dcgm-x", on="x", phase="Pending")
    starting["metadata"]["labels"] = {"app.kubernetes.io/name": "dcgm-exporter"}
    cluster = LiveCluster(pods=(starting,))
    found = gpu_figures(cast("KubeApi", None), one_by_one, cluster, nodes_report(cluster, {}))
    assert found == GpuFigures((NodeFigures("x", problem="its exporter is Pending"),))
    assert gpu_figures_view(found, Look(100), sandbox=False)[1:] == ["  x: its exporter is Pending"]
    refused = GpuFigures((NodeFigures("x", problem="you lack the right to y", denied=True),) * 2)
    assert gpu_figures_view(refused, Look(100), sandbox=False) == [
        "How busy GPUs are is not shown: you lack the right to y."
    ]
    nobody = LiveCluster()
    assert gpu_figures(cast("KubeApi", None), one_by_one, nobody, nodes_report(nobody, {})) is None
