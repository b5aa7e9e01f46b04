"""GPUs of nodes that somebody else made, shared with their owner's consent, and after all as they were before."""

from pathlib import Path
from typing import Any

import pytest

from eksgpu.checks.finding import Severity
from eksgpu.errors import EksgpuError, PlanRefused, UsageError
from eksgpu.ops import verify
from eksgpu.ops.options import Options
from eksgpu.ops.report import PlanReport
from eksgpu.sandbox import foreign
from eksgpu.sandbox.clusters.control_planes import ControlPlanes
from tests.support import wire
from tests.support.account import Account, changed
from tests.support.everything_there import account_objects, cluster_objects

THEIRS = "my-cluster"
FOUR = {"strategy": "timeSlicing", "replicas": 4}
GPU = "nvidia.com/gpu"


class Theirs:
    """An account with somebody else's cluster that has GPU nodes, and our spec that is about these nodes."""

    def __init__(self, folder: Path, *, os: str = "AL2023", nodes: int = 2) -> None:
        document = {
            "apiVersion": "eksgpu.dev/v1alpha1",
            "kind": "GpuCluster",
            "metadata": {"name": "slices", "region": "us-west-2"},
            "spec": {
                "cluster": {"existing": THEIRS},
                "existingNodes": [{"name": "team", "nodeGroup": f"{THEIRS}-gpu", "sharing": dict(FOUR)}],
            },
        }
        self.account = Account(folder, document)
        world = self.account.world
        foreign.make(world, THEIRS, "us-west-2", wire.session(world), gpus=nodes, os=os)
        found = world.state(ControlPlanes, "us-west-2").api(THEIRS)
        assert found is not None
        self.api, self.client = found, found.client("somebody")

    @property
    def wanted(self) -> dict[str, Any]:
        found: dict[str, Any] = self.account.spec["existingNodes"][0]
        return found

    def pass_time(self, steps: int = 6) -> None:
        for _ in range(steps):
            self.api.settle()
            self.account.world.clock.sleep(15)

    def nodes(self) -> list[dict[str, Any]]:
        every, _ = self.client.list("v1", "Node")
        return [dict(one) for one in every if one["metadata"]["labels"].get("workload") == "gpu"]

    def offers(self) -> list[str | None]:
        self.pass_time()
        return [one["status"]["allocatable"].get(GPU) for one in self.nodes()]

    def everything(self) -> tuple[dict[str, Any], dict[str, Any]]:
        self.pass_time(8)
        return account_objects(self.account), cluster_objects(self.account, THEIRS)

    def refused(self) -> PlanRefused:
        with pytest.raises(PlanRefused) as refused:
            self.account.plan()
        return refused.value

    def verify(self, **how: Any) -> verify.VerifyReport:
        return verify.verify(self.account.path, Options(), say=lambda _: None, connector=self.account.connector, **how)

    def errors(self, check: str) -> dict[str, str]:
        """What one check of verify finds, by place."""
        self.pass_time()
        return {one.where: one.message for one in self.verify(with_smoke=False).errors if one.id == check}


@pytest.fixture
def theirs(tmp_path: Path) -> Theirs:
    return Theirs(tmp_path)


def plugin(*, kept_off: bool) -> dict[str, Any]:
    """Theirs, as NVIDIA's static manifest has it, everywhere or everywhere but on these nodes."""
    container = {"name": "plugin", "image": "nvcr.io/nvidia/k8s-device-plugin:v0.17.0"}
    spec: dict[str, Any] = {"containers": [container], "tolerations": [{"operator": "Exists"}]}
    if kept_off:
        term = {"key": "workload", "operator": "NotIn", "values": ["gpu"]}
        required = {"nodeSelectorTerms": [{"matchExpressions": [term]}]}
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    labels = {"name": "nvidia-device-plugin-ds"}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "nvidia-device-plugin-daemonset", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }


def training(name: str) -> dict[str, Any]:
    """A pod that has a whole GPU."""
    container = {"name": "main", "image": "example/gpu:1", "resources": {"limits": {GPU: "1"}}}
    spec = {"containers": [container], "tolerations": [{"operator": "Exists"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def warnings(report: PlanReport) -> list[str]:
    return [one.message + " | " + one.fix for one in report.findings if one.severity is Severity.WARNING]


def test_from_their_whole_gpus_to_slices_and_back(theirs: Theirs) -> None:
    """Their own plugin ran there, with a pod on a GPU: refused, then kept off, consented to, shared, taken away."""
    account, client = theirs.account, theirs.client
    client.create(plugin(kept_off=False))
    client.create(training("train"))
    assert theirs.offers() == ["1", "1"]
    refused = theirs.refused()
    assert "kube-system/nvidia-device-plugin-daemonset" in refused.message
    assert "{key: eks.amazonaws.com/nodegroup, operator: NotIn, values: [my-cluster-gpu]}" in str(refused.hint)

    client.delete("apps/v1", "DaemonSet", "nvidia-device-plugin-daemonset", "kube-system")
    client.create(plugin(kept_off=True))
    assert theirs.offers() == ["0", "0"]  # what the kubelet leaves of a plugin that is gone
    before = theirs.everything()
    refused = theirs.refused()
    assert "comes onto 2 nodes that are not ours" in refused.message
    assert "1 of them has whole GPUs: each GPU counts as one slice from then on, and up to 3 pods" in refused.message
    assert refused.hint == "write consent: true"

    theirs.wanted["consent"] = True
    planned = account.plan()
    configs = "kubernetes/ConfigMap/kube-system/nvidia-device-plugin-configs"
    assert changed(planned) == {
        f"create {configs}",
        "create kubernetes/DaemonSet.apps/kube-system/nvidia-device-plugin-on-team",
    }
    (tags,) = warnings(planned)
    assert "aws eks tag-resource --region us-west-2 --resource-arn arn:aws:eks:us-west-2:" in tags
    assert "k8s.io/cluster-autoscaler/node-template/resources/nvidia.com/gpu=4" in tags

    calls = len(account.world.log)
    account.apply()
    assert all(one.startswith("kubernetes:") for one in account.changes(calls))
    assert theirs.offers() == ["4", "4"]
    assert account.plan().plan.empty
    for before_node, node in zip(_nodes(before), theirs.nodes(), strict=True):
        assert node["metadata"]["labels"] == before_node["metadata"]["labels"]  # nothing is written on them
        assert node["spec"] == before_node["spec"]
    report = theirs.verify()
    assert report.errors == ()
    assert [(one.pool, one.state) for one in report.smokes] == [("spec.existingNodes[team]", "done")]

    with pytest.raises(
        UsageError, match="slices is no cluster but what was added to the EKS cluster my-cluster"
    ) as name:
        account.destroy(by_name=True)
    assert "give the spec" in str(name.value.hint)
    assert account.destroy().left == ()
    assert account.destroy(by_name=True).left == ()  # nothing is left to be added to anything
    assert theirs.offers() == ["0", "0"]
    after = theirs.everything()
    assert after[0] == before[0]
    assert after[1] == before[1]


def _nodes(everything: tuple[dict[str, Any], dict[str, Any]]) -> list[dict[str, Any]]:
    found = [one for address, one in everything[1].items() if address.startswith("v1 Node /")]
    return [one for one in found if one["metadata"]["labels"].get("workload") == "gpu"]


def test_nodes_that_come_later_are_shared_too_and_what_breaks_is_named(theirs: Theirs) -> None:
    account, client = theirs.account, theirs.client
    theirs.wanted.update(consent=True, sharing={"strategy": "mps", "replicas": 8, "rename": True})
    account.apply()
    account.boto("eks").update_nodegroup_config(
        clusterName=THEIRS, nodegroupName=f"{THEIRS}-gpu", scalingConfig={"minSize": 0, "maxSize": 3, "desiredSize": 3}
    )
    theirs.pass_time(10)
    assert [one["status"]["allocatable"].get("nvidia.com/gpu.shared") for one in theirs.nodes()] == ["8"] * 3
    assert theirs.verify(with_smoke=False).errors == ()

    client.delete("apps/v1", "DaemonSet", "nvidia-mps-on-team", "kube-system")
    found = theirs.errors("existing-nodes-shared")
    assert "MPS's control daemon does not run" in found["spec.existingNodes[team].sharing, mps"]
    client.delete("apps/v1", "DaemonSet", "nvidia-device-plugin-on-team", "kube-system")
    found = theirs.errors("existing-nodes-shared")
    assert found["spec.existingNodes[team]"].startswith("its device plugin is gone")
    account.apply()  # puts them back
    assert theirs.errors("existing-nodes-shared") == {}
    client.create(plugin(kept_off=False))
    found = theirs.errors("one-device-plugin")
    assert "beside ours on 3 nodes" in found["daemonset kube-system/nvidia-device-plugin-daemonset"]


def test_where_nothing_is_said_of_their_nodes_ours_alone_get_the_plugin(theirs: Theirs) -> None:
    """Their nodes carry nvidia.com/gpu.present too: nodeadm puts it there."""
    account = theirs.account
    del account.spec["existingNodes"]
    account.spec["nodeGroups"] = [{"name": "ours", "gpu": {"name": "t4", "count": 1}, "sharing": FOUR, "desired": 1}]
    account.apply()
    assert theirs.offers() == [None, None]
    every, _ = theirs.client.list("v1", "Node", labels="eksgpu.dev/gpu=true")
    assert [one["status"]["allocatable"].get(GPU) for one in every] == ["4"]
    assert all(one["metadata"]["labels"]["nvidia.com/gpu.present"] == "true" for one in theirs.nodes())
    report = theirs.verify(with_smoke=False)
    assert report.errors == ()
    assert [one.severity for one in report.findings if one.id == "gpus-allocatable"] == [Severity.NOTE] * 2


def test_what_cannot_be_shared_is_refused_with_every_reason(theirs: Theirs) -> None:
    account, wanted = theirs.account, theirs.wanted
    wanted["consent"] = True

    def told(**fields: Any) -> tuple[str, str]:
        account.spec["existingNodes"] = [{"name": "team", "sharing": FOUR, "consent": True} | fields]
        refused = theirs.refused()
        return refused.message, str(refused.hint)

    message, hint = told(nodeSelector={"workload": "nothing"})
    assert "no node has the labels workload=nothing" in message
    assert "kubectl get nodes --show-labels" in hint
    message, _ = told(nodeSelector={"kubernetes.io/os": "linux"})
    assert "(m5.large) have no NVIDIA GPU that is known" in message
    account.spec["existingNodes"] = [{"name": "team", "sharing": FOUR, "consent": True, "nodeGroup": "nowhere"}]
    with pytest.raises(EksgpuError, match=r"existingNodes\[team\]: cluster my-cluster has no node group nowhere"):
        account.plan()

    node = theirs.nodes()[0]["metadata"]["name"]
    theirs.client.patch("v1", "Node", node, {"metadata": {"labels": {"karpenter.sh/nodepool": "default"}}})
    message, _ = told(nodeSelector={"workload": "gpu"})
    assert "nodes of Karpenter's NodePool default, which would go on counting whole GPUs" in message
    pool = {"name": "default", "instanceTypes": ["g4dn.xlarge"], "os": "al2023", "replicas": 1, "sharing": FOUR}
    account.spec["nodePools"] = [pool]
    message, _ = told(nodeSelector={"workload": "gpu"})
    assert "nodes of nodePools[default], which shares their GPUs already" in message


def test_bottlerocket_is_told_by_its_own_settings(tmp_path: Path) -> None:
    theirs = Theirs(tmp_path, os="BOTTLEROCKET", nodes=1)
    theirs.wanted["consent"] = True
    refused = theirs.refused()
    assert "Bottlerocket's device plugin is part of the system" in refused.message
    assert "nodeGroups" in str(refused.hint)
