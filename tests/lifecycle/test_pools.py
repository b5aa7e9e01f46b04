"""Karpenter and its pools over time: an upgrade moves the CRDs first, an edit of a pool changes that pool alone."""

from pathlib import Path

from eksgpu.engine.events import Happened
from eksgpu.sandbox.clusters.control_planes import ControlPlanes
from eksgpu.sandbox.kubernetes.client import InProcessClient
from tests.support.account import Account, small

CHARTS = ["helm_release/kube-system/karpenter-crd", "helm_release/kube-system/karpenter"]
POOL = {"name": "gpu", "gpu": {"name": "h100", "count": 8}, "capacity": ["spot"]}
GPU = ["kubernetes/EC2NodeClass.karpenter.k8s.aws/gpu", "kubernetes/NodePool.karpenter.sh/gpu"]


def seen(account: Account) -> tuple[list[str], list[str]]:
    """What a plan would change, and whose nodes would be replaced."""
    report = account.plan()
    changes = [change.identity for change in report.plan.changes if change.action != "no-op"]
    return changes, [finding.where for finding in report.findings if finding.id == "node-drift"]


def somebody(account: Account) -> InProcessClient:
    """Whoever has kubectl."""
    api = account.world.state(ControlPlanes, account.metadata["region"]).api(account.metadata["name"])
    assert api is not None
    return api.client("kubectl")


def done(account: Account) -> list[str]:
    return [event.identity for event in account.events if event.happened is Happened.DONE]


def test_an_upgrade_and_an_edit(tmp_path: Path) -> None:
    account = Account(
        tmp_path, small(components={"karpenter": {"version": "1.13.0"}}, nodePools=[{"name": "default"}, POOL])
    )
    account.apply()

    account.spec["components"]["karpenter"] = {}
    assert seen(account) == (CHARTS, [])
    account.events.clear()
    account.apply()
    assert done(account) == CHARTS

    # Another GPU by one field, row 000-22: its values of parallel pull follow.
    account.spec["nodePools"][1]["gpu"]["name"] = "a100"
    assert seen(account) == (GPU, ["EC2NodeClass gpu", "NodePool gpu"])
    account.apply()

    # How far it may grow replaces no node.
    account.spec["nodePools"][1]["limits"] = {"nvidia.com/gpu": 64}
    assert seen(account) == (GPU[1:], [])
    account.apply()

    # Broken by hand, the class is not ready for the very field that apply takes back.
    lost = {"spec": {"subnetSelectorTerms": [{"id": "subnet-0123456789abcdef0"}]}}
    somebody(account).patch("karpenter.k8s.aws/v1", "EC2NodeClass", "gpu", lost)
    account.world.clock.sleep(60.0)
    account.apply(accept={"conflicts"})
    assert GPU[0] in done(account)
    assert seen(account) == ([], [])
