"""A live cluster is edited in every way that a spec can be edited: only what was meant changes, and then nothing does.

One account lives through all edits of one part of the spec, which is what accounts do.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.account import Account, changed
from tests.support.fork import on_a_copy

Edit = Callable[[Account], None]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    made = Account(tmp_path_factory.mktemp("account"))
    made.apply()
    made.plan()  # looks into the cluster, and so loads what every copy would load again
    return made


def edit(account: Account, do: Edit) -> set[str]:
    """Edit, apply, and see that this was all; returns what the plan said."""
    do(account)
    report = account.apply()
    assert account.plan().plan.empty
    return changed(report)


def spec(**fields: Any) -> Edit:
    return lambda account: account.spec.update(fields)


def group(**fields: Any) -> Edit:
    return lambda account: account.group.update(fields)


def network(**fields: Any) -> Edit:
    return lambda account: account.spec["network"].update(fields)


CLUSTER, LOGS, NODES = "update eks_cluster/main", "log_group/control-plane", "update eks_node_group/system"


@on_a_copy
def test_the_control_plane(account: Account) -> None:
    open_to = {"public": True, "private": True, "publicCidrs": ["203.0.113.0/24", "198.51.100.0/24"]}
    assert edit(account, spec(endpointAccess=open_to)) == {CLUSTER}
    assert edit(account, spec(endpointAccess={"public": False})) == {CLUSTER}
    packing = {"packing": "MostAllocated", "weights": {"nvidia.com/gpu": 5}}
    assert edit(account, spec(controlPlane={"scheduler": packing})) == {CLUSTER}
    assert edit(account, spec(controlPlane={"tier": "tier-xl", "scheduler": packing})) == {CLUSTER}
    assert account.destroy().left == ()


@on_a_copy
def test_how_long_a_deleted_key_is_kept(account: Account) -> None:
    kept = {"kmsKey": "create", "deletionWindowDays": 10}
    assert edit(account, spec(secretsEncryption=kept)) == {"update kms_key/secrets"}
    [key] = account.destroy(by_name=True).scheduled
    assert key.deletes_at[:10] == "2026-12-02"


@on_a_copy
def test_logs(account: Account) -> None:
    assert edit(account, spec(logging={"types": ["api", "scheduler"]})) == {CLUSTER}
    assert edit(account, spec(logging={"types": ["api", "scheduler"], "retentionDays": 7})) == {f"update {LOGS}"}
    # EKS writes the group again as long as it logs: it goes last.
    assert edit(account, spec(logging={"types": []})) == {CLUSTER, f"delete {LOGS}"}
    assert edit(account, spec(logging={"types": ["audit"]})) == {CLUSTER, f"create {LOGS}"}


@on_a_copy
def test_a_node_group_in_place(account: Account) -> None:
    [before] = account.boto("eks").list_nodegroups(clusterName="demo")["nodegroups"]
    assert edit(account, group(labels={"tier": "b"})) == {NODES}
    taints = [{"key": "old", "effect": "PreferNoSchedule"}, {"key": "to", "value": "x", "effect": "PreferNoSchedule"}]
    assert edit(account, group(taints=taints)) == {NODES}
    assert edit(account, group(desired=1, max=4)) == {NODES}
    assert edit(account, group(labels={}, taints=[])) == {NODES}
    assert edit(account, group(disk={"size": "120Gi"})) == {"update launch_template/system", NODES}
    assert account.boto("eks").list_nodegroups(clusterName="demo")["nodegroups"] == [before]


@on_a_copy
def test_a_node_group_that_must_be_replaced(account: Account) -> None:
    eks = account.boto("eks")
    [before] = eks.list_nodegroups(clusterName="demo")["nodegroups"]
    start = len(account.world.log)
    group(instanceTypes=["m5.xlarge"])(account)
    [told] = account.plan().as_json()["changes"]
    assert (told["effect"], told["touches"]) == ("replace", {"nodes": True, "pods": True})
    assert edit(account, lambda _: None) == {"replace eks_node_group/system"}
    [after] = eks.list_nodegroups(clusterName="demo")["nodegroups"]
    assert before != after
    assert account.changes(start) == ["eks:CreateNodegroup", "eks:DeleteNodegroup"]
    more = [{"name": "more", "instanceTypes": ["m5.large"]}]
    made = {"create launch_template/more", "create eks_node_group/more"}
    assert edit(account, lambda account: account.spec["nodeGroups"].extend(more)) == made
    gone = {"delete launch_template/more", "delete eks_node_group/more"}
    assert edit(account, lambda account: account.spec["nodeGroups"].pop()) == gone


@on_a_copy
def test_a_cluster_that_is_made_again_takes_along_what_is_in_it(account: Account) -> None:
    pools = [{"name": "default", "instanceCategories": ["m"], "capacity": ["on-demand"]}]
    edit(account, spec(components={"karpenter": {}}, nodePools=pools))
    eks = account.boto("eks")
    born = eks.describe_cluster(name="demo")["cluster"]["createdAt"]
    found = changed(account.apply(replace=["eks_cluster/main"]))
    assert {
        "replace eks_cluster/main", "replace eks_node_group/system", "replace eks_addon/coredns",
        "replace access_entry/caller", "replace pod_identity_association/karpenter",
        "replace helm_release/kube-system/karpenter", "replace kubernetes/NodePool.karpenter.sh/default",
    } < found  # fmt: skip
    assert not any(change.split("/")[0].endswith(("vpc", "subnet", "iam_role", "kms_key")) for change in found)
    assert eks.describe_cluster(name="demo")["cluster"]["createdAt"] > born
    assert account.plan().plan.empty
    assert account.destroy().left == ()


@on_a_copy
def test_who_may_do_what(account: Account) -> None:
    role, entry = account.role("team"), "access_entry/role-team"
    assert edit(account, spec(access=[{"principal": role, "policy": "view"}])) == {f"create {entry}"}
    more = {"principal": role, "policy": "edit", "namespaces": ["ml"], "groups": ["team"]}
    assert edit(account, spec(access=[more])) == {f"update {entry}"}
    assert edit(account, spec(access=[])) == {f"delete {entry}"}


@on_a_copy
def test_tags(account: Account) -> None:
    found = edit(account, lambda account: account.metadata.update(tags={"team": "b", "cost": "7"}))
    assert {change.split(" ")[0] for change in found} == {"update"}
    tags = account.boto("eks").describe_cluster(name="demo")["cluster"]["tags"]
    assert {key: tags[key] for key in ("team", "cost")} == {"team": "b", "cost": "7"}
    edit(account, lambda account: account.metadata.update(tags={}))
    assert account.boto("eks").describe_cluster(name="demo")["cluster"]["tags"].keys().isdisjoint({"team", "cost"})


@on_a_copy
def test_addons_and_components(account: Account) -> None:
    extra = "eks_addon/eks-node-monitoring-agent"
    assert edit(account, spec(addons={"eks-node-monitoring-agent": {}})) == {f"create {extra}"}
    own = {"vpcCni": {"configuration": {"env": {"ENABLE_PREFIX_DELEGATION": "true"}}}}
    assert edit(account, spec(addons=own)) == {f"delete {extra}", "update eks_addon/vpc-cni"}
    karpenter = edit(account, spec(components={"karpenter": {}}))
    assert {"create iam_role/karpenter-controller", "create sqs_queue/karpenter"} < karpenter
    dropped = edit(account, spec(components={}))
    assert dropped == {change.replace("create", "delete") for change in karpenter}


@on_a_copy
def test_a_zone_comes_and_goes(account: Account) -> None:
    zones = account.spec["network"]["zones"]
    eks = account.boto("eks")
    cluster = eks.describe_cluster(name="demo")["cluster"]["resourcesVpcConfig"]["subnetIds"]
    subnets = {f"create subnet/{role}-us-west-2c" for role in ("private", "public", "intra")}
    more = edit(account, network(zones=[*zones, "us-west-2c"]))
    assert subnets | {"replace eks_node_group/system"} < more
    # EKS keeps the zones that a cluster was made in for life.
    assert eks.describe_cluster(name="demo")["cluster"]["resourcesVpcConfig"]["subnetIds"] == cluster
    less = edit(account, network(zones=zones))
    assert {change.replace("create", "delete") for change in subnets} < less


@on_a_copy
def test_nat_gateways(account: Account) -> None:
    more = edit(account, network(natGateways="perZone"))
    assert {"create nat_gateway/us-west-2b", "create elastic_ip/nat-us-west-2b"} < more
    assert not any(change.endswith("us-west-2a") and "nat" in change for change in more)
    less = edit(account, network(natGateways="single"))
    assert {"delete nat_gateway/us-west-2b", "delete elastic_ip/nat-us-west-2b"} < less
    assert edit(account, network(natGateways="none")) == {
        "delete nat_gateway/us-west-2a", "delete elastic_ip/nat-us-west-2a", "update route_table/private",
    }  # fmt: skip
