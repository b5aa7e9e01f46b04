"""What is special about the kinds of EKS, seen from outside: a fake account, the engine, and what lives afterwards."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from eksgpu.aws.access_entry import AccessEntry
from eksgpu.aws.eks_addon import EksAddon
from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.aws.eks_cluster_updates import next_update
from eksgpu.aws.eks_node_group import EksNodeGroup
from eksgpu.aws.eks_node_group_updates import config_update, taint, taint_text, update_config, version_update
from eksgpu.aws.launch_template import LaunchTemplate
from eksgpu.aws.pod_identity_association import PodIdentityAssociation
from eksgpu.engine.graph import Graph
from eksgpu.engine.refs import Chosen, Ref, Unknown
from eksgpu.engine.resource import Live, Resource, State
from eksgpu.errors import RunFailed
from tests.support.rig import Rig

CLUSTER = Ref("eks_cluster/main", "name")


class Account(Rig):
    """A fake account with our cluster `demo` in it."""

    def settled(self, resources: Iterable[Resource]) -> dict[str, Live]:
        """Carry out the plan; what lives then, which must leave nothing to plan."""
        graph = Graph(resources)
        self.apply(graph)
        assert self.plan(graph).empty
        return {live.identity: live for live in self.lives()}


@pytest.fixture
def account() -> Account:
    return Account()


def cluster_with(**fields: Any) -> tuple[Resource, ...]:
    *others, cluster = EksCluster.example_graph()
    return (*others, cluster.with_fields(**fields))


def live_cluster(**fields: Any) -> Live:
    known = {"version": "1.35", "authentication_mode": "API", "encryption_key": ""}
    return Live("eks_cluster", "main", "arn", fields=known | fields, outputs={"name": "demo"})


def live_group(**fields: Any) -> Live:
    known = {
        "version": "1.35", "release_version": "1.35.6-20261109", "ami_type": "AL2023_x86_64_STANDARD", "desired": 3,
        "labels": {}, "taints": (), "launch_template": None, "launch_template_version": None,
    }  # fmt: skip
    return Live("eks_node_group", "system", "arn", fields=known | fields, outputs={"name": "system-abc"})


# The cluster


def test_a_foreign_cluster_of_our_name_is_neither_found_nor_changed_nor_deleted(account: Account) -> None:
    base = account.settled(EksCluster.example_graph()[:-1])
    subnets = [live.id for live in base.values() if live.kind == "subnet"]
    account.run.aws.eks.create_cluster(
        name="demo", roleArn=base["iam_role/cluster"].id, resourcesVpcConfig={"subnetIds": subnets}
    )
    account.world.clock.sleep(900)
    before = account.run.aws.eks.describe_cluster(name="demo")["cluster"]
    assert EksCluster.discover(account.run) == []
    with pytest.raises(RunFailed, match="taken by something that is not ours"):
        account.settled(EksCluster.example_graph())
    assert account.run.aws.eks.describe_cluster(name="demo")["cluster"] == before


def test_the_outputs_that_other_resources_refer_to_are_known_once_it_is_ready(account: Account) -> None:
    live = account.settled(EksCluster.example_graph())["eks_cluster/main"]
    assert live.outputs["name"] == "demo"
    assert live.id == live.outputs["arn"] == "arn:aws:eks:us-west-2:111122223333:cluster/demo"
    assert all(live.outputs.values())
    assert live.outputs.keys() >= {"endpoint", "ca", "issuer", "cluster_security_group", "version", "vpc"}


def test_many_changes_at_once_are_made_one_update_after_the_other(account: Account) -> None:
    account.settled(cluster_with(authentication_mode="CONFIG_MAP"))
    seen = len(account.world.log)
    scheduler = {"type": "MostAllocated", "resources": {"nvidia.com/gpu": 10, "cpu": 1}}
    wanted = {
        "version": "1.36", "authentication_mode": "API", "log_types": ("audit", "api"), "endpoint_public": False,
        "security_groups": (Ref("security_group/control-plane"),), "encryption_key": Ref("kms_key/secrets", "arn"),
        "tier": "tier-xl", "scheduler": scheduler, "support_type": "EXTENDED", "deletion_protection": True,
    }  # fmt: skip
    live = account.settled(cluster_with(**wanted))["eks_cluster/main"]
    assert live.fields["scheduler"] == scheduler
    assert live.fields["log_types"] == ("api", "audit")
    assert (live.outputs["version"], live.fields["authentication_mode"]) == ("1.36", "API")
    updates = [call for call in account.world.log[seen:] if call.service == "eks" and call.mutates]
    assert [call.error for call in updates] == [None] * len(updates)
    assert [call.operation for call in updates[-2:]] == ["AssociateEncryptionConfig", "UpdateClusterVersion"]


def test_who_may_reach_a_public_endpoint_is_not_compared_when_there_is_none(account: Account) -> None:
    account.settled(cluster_with(endpoint_public=False, public_cidrs=("52.94.0.0/22",)))


def test_a_key_in_use_is_held_by_the_cluster(account: Account) -> None:
    lives = account.settled(cluster_with(encryption_key=Ref("kms_key/secrets", "arn")))
    assert lives["kms_key/secrets"].id in lives["eks_cluster/main"].uses


@pytest.mark.parametrize(
    ("wanted", "live", "reason"),
    [
        ({"version": "1.34"}, {}, "never downgraded"),
        ({"version": "1.37"}, {}, "1.36 first"),
        ({"version": "1.36"}, {}, None),
        ({"version": Chosen("1.37")}, {}, None),
        ({"authentication_mode": "API_AND_CONFIG_MAP"}, {}, "one direction only"),
        ({"authentication_mode": "API"}, {"authentication_mode": "CONFIG_MAP"}, None),
        ({"encryption_key": ""}, {"encryption_key": "arn:key/1"}, "neither removes"),
        ({"encryption_key": Unknown(Ref("kms_key/other"))}, {"encryption_key": "arn:key/1"}, "neither removes"),
        ({"encryption_key": "arn:key/1"}, {}, None),
        ({"encryption_key": None}, {"encryption_key": "arn:key/1"}, None),
    ],
)
def test_what_eks_would_not_do_is_refused_with_the_reason(
    wanted: dict[str, Any], live: dict[str, Any], reason: str | None
) -> None:
    cluster = EksCluster.example().with_fields(**{"authentication_mode": "API", **wanted})
    refused = cluster.refuse(live_cluster(**live))
    assert refused is None if reason is None else reason in (refused or "")


def test_taking_encryption_away_is_refused_before_anything_changes(account: Account) -> None:
    account.settled(cluster_with(encryption_key=Ref("kms_key/secrets", "arn")))
    refusals = account.plan(cluster_with(encryption_key="")).refusals
    assert ["neither removes" in text for text in refusals] == [True]


def test_a_failed_cluster_gives_the_issues_of_eks_as_reason() -> None:
    from eksgpu.aws.eks_cluster_live import live_cluster as parsed

    live = parsed({
        "name": "demo", "arn": "arn", "status": "FAILED", "roleArn": "role", "tags": {"eksgpu.dev/name": "main"},
        "resourcesVpcConfig": {"subnetIds": ["subnet-1"]},
        "health": {"issues": [{"code": "VpcNotFound", "message": "no such VPC", "resourceIds": []}]},
    })  # fmt: skip
    assert (live.state, live.reason) == (State.FAILED, "VpcNotFound: no such VPC")


def test_protection_goes_first_and_the_version_last() -> None:
    cluster = EksCluster.example().with_fields(version="1.36", deletion_protection=False)
    method, arguments = next_update(cluster, live_cluster(), frozenset({"version", "deletion_protection"}))
    assert (method, arguments["deletionProtection"]) == ("update_cluster_config", False)
    assert next_update(cluster, live_cluster(), frozenset({"version"}))[0] == "update_cluster_version"


# What hangs on the cluster


def test_nothing_is_found_where_there_is_no_cluster_or_only_half_of_one(account: Account) -> None:
    children = (EksNodeGroup, EksAddon, AccessEntry, PodIdentityAssociation)
    assert [kind.discover(account.run) for kind in children] == [[], [], [], []]
    base = account.settled(EksCluster.example_graph()[:-1])
    cluster = EksCluster.example().with_fields(
        role=base["iam_role/cluster"].id, subnets=tuple(live.id for live in base.values() if live.kind == "subnet")
    )
    assert cluster.create(account.run).state is State.PENDING
    assert [kind.discover(account.run) for kind in children] == [[], [], [], []]


def test_a_token_is_never_that_of_an_earlier_life(account: Account) -> None:
    graph = AccessEntry.example_graph()
    tokens = []
    for _ in range(2):
        account.settled(graph)
        account.settled(())
        created = [call for call in account.world.log if call.operation == "CreateAccessEntry"]
        tokens.append(created[-1].params["clientRequestToken"])
    assert tokens[0] != tokens[1]


# Node groups


def test_eks_own_by_products_of_a_node_group_are_not_ours(account: Account) -> None:
    lives = account.settled(EksNodeGroup.example_graph())
    listed = account.run.aws.eks.list_access_entries(clusterName="demo")["accessEntries"]
    assert lives["iam_role/node"].id in listed
    assert [identity for identity in lives if identity.startswith(("access_entry/", "launch_template/"))] == []


def test_a_replaced_group_stands_beside_the_old_one_under_another_name(account: Account) -> None:
    *others, group = EksNodeGroup.example_graph()
    before = account.settled((*others, group))["eks_node_group/system"]
    after = account.settled((*others, group.with_fields(instance_types=("m5.xlarge",))))["eks_node_group/system"]
    calls = [call.operation for call in account.world.log if call.operation in ("CreateNodegroup", "DeleteNodegroup")]
    assert before.outputs["name"] != after.outputs["name"]
    assert calls == ["CreateNodegroup", "CreateNodegroup", "DeleteNodegroup"]


def test_a_new_version_of_the_launch_template_reaches_the_nodes_and_nothing_else_changes(account: Account) -> None:
    template = LaunchTemplate("system", hop_limit=2)
    *others, group = EksNodeGroup.example_graph()
    group = group.with_fields(
        launch_template=Ref("launch_template/system"), launch_template_version=Ref("launch_template/system", "version")
    )
    before = account.settled((*others, template, group))["eks_node_group/system"]
    template = template.with_fields(hop_limit=1)
    after = account.settled((*others, template, group))["eks_node_group/system"]
    assert (before.fields["launch_template_version"], after.fields["launch_template_version"]) == ("1", "2")
    assert after.id == before.id
    assert after.fields["release_version"] == before.fields["release_version"]


def test_who_scales_the_group_keeps_the_number_of_nodes(account: Account) -> None:
    *others, group = EksNodeGroup.example_graph()
    before = account.settled((*others, group.with_fields(desired=Chosen(1), max=5)))["eks_node_group/system"]
    sizes = {"minSize": 1, "maxSize": 5, "desiredSize": 4}
    account.run.aws.eks.update_nodegroup_config(
        clusterName="demo", nodegroupName=before.outputs["name"], scalingConfig=sizes
    )
    account.world.clock.sleep(600)
    after = account.settled((*others, group.with_fields(desired=Chosen(1), max=6)))["eks_node_group/system"]
    assert (after.fields["max"], after.fields["desired"]) == (6, 4)
    bounded = account.settled((*others, group.with_fields(desired=None, max=3)))["eks_node_group/system"]
    assert bounded.fields["desired"] == 3


@pytest.mark.parametrize("text", ["karpenter.sh/controller=true:NoSchedule", "only:NoExecute", "a=b:PreferNoSchedule"])
def test_taints_survive_the_way_to_eks_and_back(text: str) -> None:
    assert taint_text(taint(text)) == text


def test_a_taint_with_a_new_value_is_not_removed_as_well() -> None:
    group = EksNodeGroup.example().with_fields(taints=("a=2:NoSchedule", "c:NoExecute"))
    live = live_group(taints=("a=1:NoSchedule", "b=1:NoSchedule"))
    taints = config_update(group, live, frozenset({"taints"}))["taints"]
    assert taints["removeTaints"] == [{"key": "b", "value": "1", "effect": "NO_SCHEDULE"}]
    assert [item["key"] for item in taints["addOrUpdateTaints"]] == ["a", "c"]


def test_labels_that_are_no_longer_wanted_go() -> None:
    group = EksNodeGroup.example().with_fields(labels={"a": "2"})
    labels = config_update(group, live_group(labels={"a": "1", "b": "1"}), frozenset({"labels"}))["labels"]
    assert labels == {"addOrUpdateLabels": {"a": "2"}, "removeLabels": ["b"]}


@pytest.mark.parametrize(
    ("wanted", "config"),
    [(2, {"maxUnavailable": 2}), ("33%", {"maxUnavailablePercentage": 33}), (None, None)],
)
def test_how_many_nodes_may_be_away(wanted: int | str | None, config: dict[str, int] | None) -> None:
    assert update_config(wanted) == config


def test_nodes_of_an_own_image_are_told_no_version() -> None:
    live = live_group(ami_type="CUSTOM", launch_template="lt-1", launch_template_version="1")
    group = EksNodeGroup.example().with_fields(launch_template="lt-1", launch_template_version="2")
    asked = version_update(group, live, frozenset({"launch_template_version"}))
    assert asked == {"launchTemplate": {"id": "lt-1", "version": "2"}}


def test_a_new_kubernetes_version_takes_the_release_chosen_for_it() -> None:
    group = EksNodeGroup.example().with_fields(version="1.36", release_version="1.36.2-20261109")
    asked = version_update(group, live_group(), frozenset({"version"}))
    assert asked == {"version": "1.36", "releaseVersion": "1.36.2-20261109"}


def test_nodes_are_never_downgraded() -> None:
    assert "never downgrades" in (EksNodeGroup.example().refuse(live_group()) or "")
    assert EksNodeGroup.example().with_fields(version="1.36").refuse(live_group()) is None


# Add-ons


def test_coredns_waits_with_its_reason_until_there_are_nodes(account: Account) -> None:
    account.settled(EksAddon.example_graph())
    live = EksAddon("coredns", cluster="demo").create(account.run)
    account.world.clock.sleep(120)
    now = EksAddon.read(account.run, live)
    assert now is not None
    assert now.state is State.PENDING
    assert now.reason.startswith("InsufficientNumberOfReplicas")


def test_values_are_compared_by_meaning_and_none_leaves_them_alone(account: Account) -> None:
    *others, addon = EksAddon.example_graph()
    values = {"env": {"WARM_ENI_TARGET": "2", "ENABLE_PREFIX_DELEGATION": "true"}}
    account.settled((*others, addon.with_fields(configuration=values)))
    turned = {"env": dict(reversed(values["env"].items()))}
    assert account.plan((*others, addon.with_fields(configuration=turned))).empty
    assert account.plan((*others, addon)).empty
    live = account.settled((*others, addon.with_fields(configuration={})))["eks_addon/vpc-cni"]
    assert live.fields["configuration"] == {}


def test_a_chosen_version_is_kept_when_only_the_values_change(account: Account) -> None:
    *others, addon = EksAddon.example_graph()
    account.settled((*others, addon.with_fields(version=Chosen("v1.22.3-eksbuild.1"))))
    newer = addon.with_fields(version=Chosen("v1.22.4-eksbuild.3"), configuration={"env": {"WARM_ENI_TARGET": "2"}})
    assert account.settled((*others, newer))["eks_addon/vpc-cni"].fields["version"] == "v1.22.3-eksbuild.1"


# Access


def test_policies_may_be_named_or_given_as_arn_and_their_scope_changes_in_place(account: Account) -> None:
    *others, entry = AccessEntry.example_graph()
    arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    first = account.settled((*others, entry.with_fields(policies=((arn, ("b", "a")), ("AmazonEKSEditPolicy", ())))))
    assert account.plan(
        (*others, entry.with_fields(policies=(("AmazonEKSEditPolicy", ()), ("AmazonEKSViewPolicy", ("a", "b")))))
    ).empty
    then = account.settled((*others, entry.with_fields(policies=(("AmazonEKSViewPolicy", ()),))))
    assert then["access_entry/admin"].id == first["access_entry/admin"].id
    assert then["access_entry/admin"].fields["policies"] == (("AmazonEKSViewPolicy", ()),)


def test_an_entry_for_nodes_needs_no_look_at_policies(account: Account) -> None:
    *others, entry = AccessEntry.example_graph()
    account.settled((*others, entry.with_fields(type="EC2_LINUX")))
    assert "eks:ListAssociatedAccessPolicies" not in account.run.aws.calls


def test_an_entry_that_somebody_removed_is_gone(account: Account) -> None:
    live = account.settled(AccessEntry.example_graph())["access_entry/admin"]
    AccessEntry.delete(account.run, live)
    assert AccessEntry.read(account.run, live) is None


def test_an_association_that_eks_made_for_an_add_on_is_not_ours(account: Account) -> None:
    lives = account.settled(PodIdentityAssociation.example_graph())
    account.run.aws.eks.create_addon(
        clusterName="demo",
        addonName="aws-ebs-csi-driver",
        podIdentityAssociations=[
            {"serviceAccount": "ebs-csi-controller-sa", "roleArn": lives["iam_role/pods"].id},
        ],
    )
    account.world.clock.sleep(timedelta(minutes=2).total_seconds())
    listed = account.run.aws.eks.list_pod_identity_associations(clusterName="demo")["associations"]
    assert len(listed) == 2
    assert [live.name for live in PodIdentityAssociation.discover(account.run)] == ["karpenter"]
