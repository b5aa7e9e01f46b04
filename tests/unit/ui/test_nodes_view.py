"""Nodes, pulls and verify on the screen."""

from dataclasses import replace

from eksgpu.checks.context import Smoke
from eksgpu.ops.nodes import ClaimRow, NodeRow, NodesReport
from eksgpu.ops.pulls import Pull
from eksgpu.ops.report import Calls
from eksgpu.ops.verify import VerifyReport
from eksgpu.ui.look import Look
from eksgpu.ui.nodes import nodes_view
from eksgpu.ui.pulls import pulls_view
from eksgpu.ui.verify import verify_view

from .reports import CALLER, QUOTA

GPU = NodeRow("gpu-1", "p5", "karpenter", "spot", "p5.48xlarge", "us-west-2b", 8, 0, 8, 6, 20.5, "spot")
NODES = NodesReport(
    nodes=(
        GPU,
        replace(GPU, name="gpu-2", offered=0, requested=0, usd_per_hour=55.0, price="ceiling", problem="no network"),
        NodeRow("sys-1", "system", "node group", "on-demand", "m5.large", "us-west-2a", 0, 0, 0, 0, 0.096, "on-demand"),
    ),
    claims=(ClaimRow("p5-x", "p5", "p5.48xlarge", "Registered", "NodeNotFound"),),
    pending_pods=2,
    pending_gpus=16,
)
PULLS = (
    Pull("r/vllm", "n-1", 147.0, 147.0, 14_240_000_000),
    Pull("r/vllm", "n-2", 34.9, 34.9, 14_240_000_000),
    Pull("pause", "n-1", 0.3, 0.3, None),
)


def test_nodes_by_pool_and_what_is_coming() -> None:
    assert nodes_view(NODES, Look(100)) == [
        "3 nodes, 2 ready",
        "  pool    capacity   instance type  nodes  ready  GPUs  requested     $/hour",
        "  p5      spot       p5.48xlarge        2      1    16     6 of 8  ≤ $75.500",
        "  system  on-demand  m5.large           1      1     -          -     $0.096",
        "  gpu-2 is not Ready: no network",
        "  ≤: Spot at the on-demand price, its ceiling; the Spot price is not known.",
        "  On-demand prices are the catalogue's, of us-east-1.",
        "  Spot prices are EC2's of this moment.",
        "",
        "1 node on the way",
        "  node claim  pool  instance type  waits for   why",
        "  p5-x        p5    p5.48xlarge    Registered  NodeNotFound",
        "",
        "2 pods wait for a node, asking for 16 GPUs.",
    ]
    assert nodes_view(NodesReport(()), Look(100)) == ["No nodes"]


def test_gpus_and_slices_have_columns_of_their_own() -> None:
    sliced = replace(GPU, pool="gpu", instance_type="g4dn.xlarge", gpus=1, slices=4, offered=4, requested=3)
    report = NodesReport((sliced, NODES.nodes[2]), pending_pods=1, pending_gpus=1)
    lines = nodes_view(report, Look(100))
    assert lines[1:4] == [
        "  pool    capacity   instance type  nodes  ready  GPUs  slices  requested   $/hour",
        "  gpu     spot       g4dn.xlarge        1      1     1       4     3 of 4  $20.500",
        "  system  on-demand  m5.large           1      1     -       -          -   $0.096",
    ]
    assert lines[-1] == "1 pod waits for a node, asking for 1 GPU or slice."


def test_pulls_by_image_the_slowest_counts() -> None:
    assert pulls_view(PULLS, Look(100), sandbox=True) == [
        "2 images pulled in the last hour (slowest pull, decimal MB; by the sandbox's model of pulls)",
        "      size   time  MB/s  nodes  image",
        "  14.24 GB  2m27s    97      2  r/vllm",
        "         ?   0.3s     ?      1  pause",
    ]
    assert pulls_view((), Look(100)) == []


def test_verify_shows_the_smoke_pods_log_and_the_verdict_last() -> None:
    smoke = Smoke("spec.nodePools[p5]", "done", node="gpu-1", seconds=87.0, log="GPU 0: H100")
    report = VerifyReport(CALLER, (), NODES, (smoke,), PULLS, Calls(4, 60), 5.2)
    lines = verify_view(report, Look(100))
    at = lines.index("Smoke pod of spec.nodePools[p5] saw its GPU on gpu-1 after 1 min 27 s")
    assert lines[at + 1] == "  GPU 0: H100"
    counts = "0 errors, 0 warnings, 0 notes (4 AWS calls, 60 Kubernetes calls, 5 s)"
    assert lines[-1] == f"The cluster keeps what the spec promises: {counts}"
    bad = verify_view(replace(report, findings=(QUOTA,), smokes=(replace(smoke, state="waiting"),)), Look(100))
    assert bad[-1].startswith("Not as the spec promises: 1 error")
    assert "Smoke pod of spec.nodePools[p5] did not end on gpu-1 after 1 min 27 s" in bad
