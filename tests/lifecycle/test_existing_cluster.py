"""Added to a cluster that somebody else made: found, used, and after all as it was before. Rows 001-01 to 001-04."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from eksgpu.errors import Denied, EksgpuError, PlanRefused
from eksgpu.sandbox import foreign
from eksgpu.sandbox.clusters.control_planes import ControlPlanes
from tests.support import wire
from tests.support.account import Account, changed
from tests.support.everything_there import account_objects, cluster_objects
from tests.support.running import balanced_service, gpu_deployment

EXAMPLE = Path(__file__).parents[2] / "examples" / "gpu-addon.yaml"
THEIRS = "my-cluster"
PLUGIN = "kubernetes/DaemonSet.apps/kube-system/nvidia-device-plugin-daemonset"
FOUR = {"strategy": "timeSlicing", "replicas": 4}
GROUP = {"name": "gpu", "gpu": {"name": "t4", "count": 1}, "desired": 1}


class Beside:
    """An account with somebody else's cluster, in use, and our spec that adds to it."""

    def __init__(self, folder: Path, name: str = "gpu-addon") -> None:
        document: dict[str, Any] = json.loads(json.dumps(YAML(typ="safe").load(EXAMPLE)))
        document["metadata"]["name"] = name
        self.account = Account(folder, document)
        world = self.account.world
        foreign.make(world, THEIRS, "us-west-2", wire.session(world))
        found = world.state(ControlPlanes, "us-west-2").api(THEIRS)
        assert found is not None
        self.api, self.client = found, found.client("somebody")

    def pass_time(self, steps: int) -> None:
        for _ in range(steps):
            self.api.settle()
            self.account.world.clock.sleep(15)

    def everything(self) -> tuple[dict[str, Any], dict[str, Any]]:
        self.pass_time(8)
        return account_objects(self.account), cluster_objects(self.account, THEIRS)

    def nodes(self, **labels: str) -> list[dict[str, Any]]:
        every, _ = self.client.list("v1", "Node")
        return [one for one in every if labels.items() <= one["metadata"]["labels"].items()]


@pytest.fixture
def beside(tmp_path: Path) -> Beside:
    return Beside(tmp_path)


def plain_deployment(name: str) -> dict[str, Any]:
    """More pods than the cluster's two nodes hold: its own Karpenter makes a node."""
    found = gpu_deployment(name)
    (container,) = found["spec"]["template"]["spec"]["containers"]
    container["resources"] = {"requests": {"cpu": "1500m"}}
    return {**found, "spec": {**found["spec"], "replicas": 3}}


# The same name too: then everything that goes by the cluster's name alone would take theirs for ours.
@pytest.mark.parametrize("name", [pytest.param("gpu-addon", marks=pytest.mark.sweep), THEIRS])
def test_the_cluster_is_the_same_before_and_after(tmp_path: Path, name: str) -> None:
    beside = Beside(tmp_path, name)
    account = beside.account
    account.boto("iam").create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    beside.client.create(plain_deployment("web"))
    beside.client.create(balanced_service("web"))
    account.boto("logs").create_log_group(logGroupName=f"/aws/eks/{THEIRS}/cluster")
    before = beside.everything()
    assert beside.nodes(**{"karpenter.sh/nodepool": "default"})

    calls = len(account.world.log)
    made = account.apply()
    assert account.plan().plan.empty
    assert made.outputs["cluster_name"] == THEIRS
    assert all(one.startswith("kubernetes:") for one in account.changes(calls))  # in AWS there is nothing to add
    beside.client.create(gpu_deployment("train"))
    beside.pass_time(10)
    gpus = beside.nodes(**{"node-type": "gpu"})
    assert sum(int(one["status"]["allocatable"]["nvidia.com/gpu"]) for one in gpus) >= 2
    beside.client.delete("apps/v1", "Deployment", "train", "default")

    assert account.destroy(by_name=name == THEIRS).left == ()
    after = beside.everything()
    assert after[1] == before[1]
    assert after[0] == before[0]


def test_node_groups_of_ours_where_no_karpenter_runs(beside: Beside) -> None:
    beside.client.delete("apps/v1", "Deployment", "karpenter", "karpenter")
    account = beside.account
    before = beside.everything()
    with pytest.raises(PlanRefused, match="runs no Karpenter") as refused:
        account.plan()
    assert "nodeGroups" in (refused.value.hint or "")
    assert "existingNodes" in (refused.value.hint or "")

    del account.spec["nodePools"]
    account.spec["nodeGroups"] = [GROUP]
    made = account.apply()
    assert {"create eks_node_group/gpu", "create iam_role/node", "create launch_template/gpu"} <= changed(made)
    assert account.plan().plan.empty
    beside.pass_time(6)
    (node,) = beside.nodes(**{"nvidia.com/gpu.present": "true"})
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "1"

    assert account.destroy().left == ()
    after = beside.everything()
    assert after[1] == before[1]
    assert after[0] == before[0]


def test_what_cannot_be_added_is_refused_with_a_way_out(beside: Beside) -> None:
    account = beside.account
    cluster = account.spec["cluster"]

    account.role("another-node-role")
    cluster["nodeRole"] = "another-node-role"
    with pytest.raises(PlanRefused, match="may not hand role another-node-role to its nodes") as refused:
        account.plan()
    assert "KarpenterNodeRole-my-cluster" in refused.value.message
    cluster["nodeRole"] = "KarpenterNodeRole-my-cluster"
    assert not account.plan().plan.refusals

    eks = account.boto("eks")
    entry = {"clusterName": THEIRS, "principalArn": account.world.caller_arn}
    eks.delete_access_entry(**entry)
    with pytest.raises(Denied, match=f"the API of cluster {THEIRS} does not let .* look into it"):
        account.plan()
    eks.create_access_entry(**entry)
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    eks.associate_access_policy(**entry, policyArn=policy, accessScope={"type": "cluster"})

    cluster["existing"] = "nowhere"
    with pytest.raises(EksgpuError, match="there is no EKS cluster nowhere in us-west-2"):
        account.plan()
    cluster["existing"] = THEIRS
    arn = eks.describe_cluster(name=THEIRS)["cluster"]["arn"]
    eks.tag_resource(resourceArn=arn, tags={"eksgpu.dev/cluster": "gpu-addon", "eksgpu.dev/name": "main"})
    with pytest.raises(EksgpuError, match="was made by a spec of this name"):
        account.plan()


def test_slices_go_by_the_karpenter_that_is_there(beside: Beside) -> None:
    """Neither its release nor its gates are ours: with both off, a node group is the way that is left."""
    account, pool = beside.account, beside.account.spec["nodePools"][0]
    pool["sharing"] = FOUR
    with pytest.raises(PlanRefused, match=r"feature gate nodeOverlay is off") as refused:
        account.plan()
    assert "my-cluster, which is left as it is" in refused.value.message
    assert "a node group needs no Karpenter" in (refused.value.hint or "")
    pool["replicas"] = 1
    with pytest.raises(PlanRefused, match="feature gate staticCapacity is off"):
        account.plan()
    set_karpenter(beside, image="public.ecr.aws/karpenter/controller:1.6.3", gates="NodeOverlay=true")
    del pool["replicas"]
    with pytest.raises(PlanRefused, match=r"Karpenter 1\.6\.3 has no feature gate nodeOverlay; 1\.7\.0 is the first"):
        account.plan()
    set_karpenter(beside, image="public.ecr.aws/karpenter/controller:1.14.1", gates="NodeOverlay=true")
    made = changed(account.apply())
    assert any("NodeOverlay" in one for one in made)
    beside.client.create(gpu_deployment("train"))  # two pods of a slice each
    beside.pass_time(10)
    (node,) = beside.nodes(**{"node-type": "gpu"})
    assert node["status"]["allocatable"]["nvidia.com/gpu"] == "4"


def test_a_device_plugin_of_theirs_is_left_alone_and_ours_comes_where_it_does_not(beside: Beside) -> None:
    account, pool = beside.account, beside.account.spec["nodePools"][0]
    assert PLUGIN in wanted(account)
    beside.client.create(their_plugin())  # which does not bear the taint of our pool
    assert PLUGIN in wanted(account)
    beside.client.delete("apps/v1", "DaemonSet", "their-plugin", "kube-system")
    beside.client.create(their_plugin(tolerations=[{"operator": "Exists"}]))
    assert PLUGIN not in wanted(account)

    set_karpenter(beside, gates="NodeOverlay=true")
    pool["sharing"] = FOUR
    with pytest.raises(
        PlanRefused, match=r"nodePools\[nodepool-gpu\]: sharing needs a device plugin of ours"
    ) as refused:
        account.plan()
    assert "components: {nvidiaDevicePlugin: false}" in (refused.value.hint or "")
    account.spec["components"] = {"nvidiaDevicePlugin": False}
    (finding,) = (one for one in account.plan().findings if one.id == "device-plugin-left-out")
    assert "carry nvidia.com/device-plugin.config=time-slicing-4" in finding.message
    assert '"replicas": 4' in finding.fix
    assert {one for one in wanted(account) if "nvidia-device-plugin" in one} == set()


def wanted(account: Account) -> set[str]:
    return {change.identity for change in account.plan().plan.changes}


def set_karpenter(beside: Beside, *, gates: str, image: str = "") -> None:
    """What its owner does: another release, or other gates."""
    found = beside.client.get("apps/v1", "Deployment", "karpenter", "karpenter")
    containers = found["spec"]["template"]["spec"]["containers"]
    containers[0]["image"] = image or containers[0]["image"]
    others = [one for one in containers[0].get("env", ()) if one["name"] != "FEATURE_GATES"]
    containers[0]["env"] = [*others, {"name": "FEATURE_GATES", "value": gates}]
    beside.client.update(found)


def their_plugin(**pod: Any) -> dict[str, Any]:
    container = {"name": "plugin", "image": "nvcr.io/nvidia/k8s-device-plugin:v0.17.0"}
    metadata = {"name": "their-plugin", "namespace": "kube-system", "labels": {"app.kubernetes.io/managed-by": "Helm"}}
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container], **pod}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "spec": spec}
