"""Would a workload ever run: on the pools of a spec, and on those of a cluster."""

from pathlib import Path

from eksgpu.checks.live_cluster import LiveCluster
from eksgpu.components.node_overlays import node_overlay
from eksgpu.ops.workload_lint import lint_for_cluster, lint_for_spec
from eksgpu.ops.workload_manifest import Wanted, Workload, filled, registry, shipped
from eksgpu.spec.load import load
from eksgpu.spec.models import GpuCluster
from eksgpu.spec.shared import shared
from tests.unit.checks.account import spec_of
from tests.unit.components.seed_pools import h100_pool

from .objects import SPOT_P5, node

REGISTRY = registry("999988887777", "us-west-2")
SLICING = Path(__file__).parents[3] / "examples" / "gpu-slicing.yaml"
POOLS = """\
  nodePools:
    - {name: default, capacity: [spot]}
    - {name: gpu, gpu: {name: NAME, count: 8}, capacity: [spot]}
  components: {karpenter: {}}
"""


def _spec(gpu: str) -> GpuCluster:
    return spec_of(POOLS.replace("NAME", gpu))


def _found(name: str, spec: GpuCluster, gpus: int | None = None) -> list[tuple[str, str]]:
    manifests = filled(shipped()[name], Wanted(gpus=gpus)).manifests
    return [(one.id, str(one.severity)) for one in lint_for_spec(manifests, spec, registry=REGISTRY)]


def test_the_shipped_workloads_fit_the_h100_spec() -> None:
    assert _found("vllm-h100", _spec("h100")) == [("image-large-public", "warning")]
    for name in ("inflate", "gpu-smoke", "wan2.1-h100"):
        assert _found(name, _spec("h100")) == []


def test_another_gpu_or_more_gpus_than_a_node_has_never_run() -> None:
    assert ("pod-node-selector", "error") in _found("vllm-h100", _spec("a100"))
    assert ("pod-resource-name", "error") in _found("vllm-h100", _spec("h100"), gpus=16)


def test_a_node_group_without_taints_takes_plain_pods() -> None:
    system = spec_of("  nodeGroups: [{name: system, system: true, instanceTypes: [m5.large], desired: 2}]\n")
    assert _found("inflate", system) == [("pod-no-pool", "error")]
    plain = "{name: work, instanceTypes: [m5.xlarge]}"
    system_group = "{name: system, system: true, instanceTypes: [m5.large], desired: 2}"
    assert _found("inflate", spec_of(f"  nodeGroups: [{system_group}, {plain}]\n")) == []


def test_a_cluster_that_is_there_already_may_have_nodes_that_no_spec_describes() -> None:
    nodes = "{name: team, nodeGroup: theirs, sharing: {strategy: timeSlicing, replicas: 4}}"
    theirs = spec_of(f"  cluster: {{existing: theirs}}\n  existingNodes: [{nodes}]\n")
    assert _found("sliced-demo", theirs) == []


def test_the_warning_tells_how_to_copy_the_image_to_ones_own_registry() -> None:
    (found,) = lint_for_spec(shipped()["vllm-h100"].manifests, _spec("h100"), registry=REGISTRY)
    assert f"docker push {REGISTRY}/vllm:server-cuda-v1.0.0" in found.fix


def test_on_a_cluster_its_own_pools_and_nodes_count() -> None:
    manifests = shipped()["gpu-smoke"].manifests
    none, pools = LiveCluster(), LiveCluster(node_pools=(h100_pool().manifest,))
    standing = LiveCluster(nodes=(node("gpu-1", SPOT_P5, gpus=8),))
    standing.nodes[0]["status"]["allocatable"]["pods"] = "100"
    found = [lint_for_cluster(manifests, one, region="us-west-2", registry=REGISTRY) for one in (none, pools, standing)]
    assert [[one.id for one in some] for some in found] == [["pod-no-pool"], [], []]


def test_the_shipped_workloads_fit_the_slicing_example_and_the_type_of_an_older_generation_is_named() -> None:
    spec = load(SLICING)
    for name in ("inflate-amd64", "inflate-arm64", "sliced-demo", "cuda-vectoradd"):
        assert _found(name, spec) == []
    older = Workload("older", shipped()["inflate-arm64"].text.replace("c7g.xlarge", "c6g.xlarge"))
    (found,) = lint_for_spec(older.manifests, spec, registry=REGISTRY)
    assert (found.id, "c6g.xlarge" in found.message) == ("pod-node-selector", True)
    # With failRequestsGreaterThanOne two slices would be refused on the node; five are more than any node has.
    assert ("pod-resource-name", "error") in _found("sliced-demo", spec, gpus=5)


def test_renamed_slices_go_by_their_own_name_in_the_spec_and_in_the_cluster() -> None:
    spec = load(SLICING, ("spec.nodePools[2].sharing.rename=true",))
    text = shipped()["cuda-vectoradd"].text
    assert _found("cuda-vectoradd", spec) == [("pod-resource-name", "error")]
    renamed = Workload("renamed", text.replace("nvidia.com/gpu: 1", "nvidia.com/gpu.shared: 1"))
    assert [one.id for one in lint_for_spec(renamed.manifests, spec, registry=REGISTRY)] == []
    (one,) = (each for each in shared(spec.spec))
    overlays = tuple(
        node_overlay(each.name, pool=each.pool, gpus=each.gpus, capacity=each.capacity, weight=each.weight)
        for each in one.plan.overlays
    )
    pool = h100_pool().manifest
    pool["metadata"]["name"] = one.host.name
    t4 = {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["g4dn.xlarge"]}
    pool["spec"]["template"]["spec"]["requirements"] = [t4]
    with_overlay, without = LiveCluster(node_pools=(pool,), node_overlays=overlays), LiveCluster(node_pools=(pool,))
    found = [
        [one.id for one in lint_for_cluster(renamed.manifests, cluster, region="us-west-1", registry=REGISTRY)]
        for cluster in (with_overlay, without)
    ]
    assert found == [[], ["pod-resource-name"]]
