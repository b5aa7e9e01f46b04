"""Karpenter and its pools over time: an upgrade moves the CRDs first, an edit of a pool changes that pool alone."""

from pathlib import Path

from eksgpu.engine.events import Happened
from tests.support.account import Account, small

CHARTS = ["helm_release/kube-system/karpenter-crd", "helm_release/kube-system/karpenter"]
POOL = {"name": "gpu", "gpu": {"name": "h100", "count": 8}, "capacity": ["spot"]}
GPU = ["kubernetes/EC2NodeClass.karpenter.k8s.aws/gpu", "kubernetes/NodePool.karpenter.sh/gpu"]


def seen(account: Account) -> tuple[list[str], list[str]]:
    """What a plan would change, and whose nodes would be replaced."""
    report = account.plan()
    changes = [change.identity for change in report.plan.changes if change.action != "no-op"]
    return changes, [finding.where for finding in report.findings if finding.id == "node-drift"]


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
