"""A cluster's whole life through the real verbs: made, edited in every way a spec can be edited, taken down.

After each edit the plan is empty; after destroy the account is as before, but for what AWS itself keeps for a while.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eksgpu.errors import PlanRefused
from eksgpu.ops.report import PlanReport
from tests.support.account import Account, names
from tests.support.inventory import inventory

ROLE = "arn:aws:iam::111122223333:role/team"
Edit = Callable[[Account], None]


def changed(report: PlanReport) -> set[str]:
    """`action kind/name` of everything that a plan would touch."""
    return {f"{change.action} {change.identity}" for change in report.plan.changes if change.action != "no-op"}


def edit(account: Account, do: Edit) -> set[str]:
    """Edit, apply, and see that this was all; returns what the plan said."""
    do(account)
    report = account.apply()
    assert account.plan().plan.empty
    return changed(report.planned)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    made = Account(tmp_path)
    made.apply()
    assert made.plan().plan.empty
    return made


def test_from_an_empty_account_and_back(tmp_path: Path) -> None:
    account = Account(tmp_path)
    before = inventory(account)
    made = account.apply()
    assert made.outputs["cluster_name"] == "demo"
    assert account.plan().plan.summary() == {
        "create": 0, "update": 0, "replace": 0, "delete": 0, "noOp": len(made.planned.plan.changes),
    }  # fmt: skip
    report = account.destroy()
    assert report.left == ()
    assert [scheduled.kind for scheduled in report.scheduled] == ["kms_key"]
    assert report.scheduled[0].deletes_at > account.world.clock.now().isoformat()
    assert inventory(account) == before


def test_again_while_the_old_key_waits_for_its_deletion(tmp_path: Path) -> None:
    account = Account(tmp_path)
    account.apply()
    first = account.destroy().scheduled
    account.apply()
    assert account.plan().plan.empty
    report = account.destroy()
    assert report.left == ()
    assert {key.id for key in first} < {key.id for key in report.scheduled}


def test_the_role_for_spot_is_made_once_and_stays(tmp_path: Path) -> None:
    account = Account(tmp_path)
    account.group["capacity"] = "spot"
    assert "create service_linked_role/spot" in changed(account.apply().planned)
    assert account.destroy().left == ()
    assert "create service_linked_role/spot" not in changed(account.plan())


def test_what_is_not_ours_stays_as_it_is(tmp_path: Path) -> None:
    account = Account(tmp_path)
    ec2, iam, sqs = account.boto("ec2"), account.boto("iam"), account.boto("sqs")
    account.role("demo-team", Tags=[{"Key": "eksgpu.dev/cluster", "Value": "demo"}])
    url = sqs.create_queue(QueueName="demo-other", tags={"eksgpu.dev/cluster": "demo"})["QueueUrl"]
    # Look-alikes: another cluster's object, and one that somebody gave our tag but that has no name of ours.
    for tags in ({"eksgpu.dev/cluster": "other", "eksgpu.dev/name": "main"}, {"eksgpu.dev/cluster": "demo"}):
        specification = {"ResourceType": "vpc", "Tags": [{"Key": key, "Value": tags[key]} for key in tags]}
        made = ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=[specification])["Vpc"]
        ec2.create_subnet(VpcId=made["VpcId"], CidrBlock="10.9.0.0/20")
    vpcs = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]]
    inside = [{"Name": "vpc-id", "Values": vpcs}]

    def seen() -> list[Any]:
        return [
            ec2.describe_vpcs(VpcIds=vpcs)["Vpcs"],
            ec2.describe_subnets(Filters=inside)["Subnets"],
            ec2.describe_security_groups(Filters=inside)["SecurityGroups"],
            iam.get_role(RoleName="demo-team")["Role"],
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"],
        ]

    before = seen()
    account.apply()
    assert seen() == before
    assert account.destroy().left == ()
    assert seen() == before


def set_group(**fields: Any) -> Edit:
    return lambda account: account.group.update(fields)


def set_spec(**fields: Any) -> Edit:
    return lambda account: account.spec.update(fields)


def give(*entries: dict[str, Any]) -> Edit:
    return lambda account: account.spec.update(access=list(entries))


EDITS: dict[str, tuple[Edit, set[str]]] = {
    "tag": (lambda account: account.metadata.update(tags={"team": "b", "cost": "7"}), set()),
    "endpoint": (
        set_spec(endpointAccess={"public": True, "private": True, "publicCidrs": ["203.0.113.0/24"]}),
        {"update eks_cluster/main"},
    ),
    "private endpoint": (set_spec(endpointAccess={"public": False}), {"update eks_cluster/main"}),
    "log types": (set_spec(logging={"types": ["api", "scheduler"]}), {"update eks_cluster/main"}),
    "retention": (set_spec(logging={"retentionDays": 7}), {"update log_group/control-plane"}),
    "no logs": (set_spec(logging={"types": []}), {"update eks_cluster/main", "delete log_group/control-plane"}),
    "packing": (
        set_spec(controlPlane={"scheduler": {"packing": "MostAllocated", "weights": {"nvidia.com/gpu": 5}}}),
        {"update eks_cluster/main"},
    ),
    "labels": (set_group(labels={"tier": "b"}), {"update eks_node_group/system"}),
    "taints": (
        set_group(taints=[{"key": "dedicated", "effect": "NoSchedule"}]),
        {"update eks_node_group/system"},
    ),
    "desired": (set_group(desired=1), {"update eks_node_group/system"}),
    "instance types": (set_group(instanceTypes=["m5.xlarge"]), {"replace eks_node_group/system"}),
    "disk": (
        set_group(disk={"size": "120Gi"}),
        {"update launch_template/system", "update eks_node_group/system"},
    ),
    "access": (give({"principal": ROLE, "policy": "view"}), {"create access_entry/role-team"}),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_is_one_change_and_then_none(account: Account, what: str) -> None:
    account.role("team")
    do, expected = EDITS[what]
    found = edit(account, do)
    assert found == expected if expected else all(action.startswith("update ") for action in found)
    assert account.destroy().left == ()


def test_access_is_given_changed_and_taken(account: Account) -> None:
    account.role("team")
    entry = "access_entry/role-team"
    assert edit(account, give({"principal": ROLE, "policy": "view"})) == {f"create {entry}"}
    more = {"principal": ROLE, "policy": "edit", "namespaces": ["ml"], "groups": ["team"]}
    assert edit(account, give(more)) == {f"update {entry}"}
    assert edit(account, give()) == {f"delete {entry}"}


def test_a_zone_is_added_and_dropped(account: Account) -> None:
    zones = account.spec["network"]["zones"]
    cluster = account.boto("eks").describe_cluster(name="demo")["cluster"]["resourcesVpcConfig"]["subnetIds"]
    more = edit(account, lambda account: account.spec.update(network={"zones": [*zones, "us-west-2c"]}))
    assert {f"create subnet/{role}-us-west-2c" for role in ("private", "public", "intra")} < more
    assert "replace eks_node_group/system" in more
    assert account.boto("eks").describe_cluster(name="demo")["cluster"]["resourcesVpcConfig"]["subnetIds"] == cluster
    less = edit(account, lambda account: account.spec.update(network={"zones": zones}))
    assert {f"delete subnet/{role}-us-west-2c" for role in ("private", "public", "intra")} < less


def test_nat_gateways_one_then_one_per_zone_then_one(account: Account) -> None:
    zones = account.spec["network"]["zones"]
    more = edit(account, set_spec(network={"zones": zones, "natGateways": "perZone"}))
    assert "create nat_gateway/us-west-2b" in more
    assert not any("nat_gateway/us-west-2a" in change for change in more)
    less = edit(account, set_spec(network={"zones": zones, "natGateways": "single"}))
    assert {"delete nat_gateway/us-west-2b", "delete elastic_ip/nat-us-west-2b"} < less
    assert edit(account, set_spec(network={"zones": zones, "natGateways": "none"})) == {
        "delete nat_gateway/us-west-2a", "delete elastic_ip/nat-us-west-2a", "update route_table/private",
    }  # fmt: skip


def test_an_addon_is_taken_and_dropped(account: Account) -> None:
    extra = "eks-node-monitoring-agent"
    assert edit(account, set_spec(addons={extra: {}})) == {f"create eks_addon/{extra}"}
    account.spec.pop("addons")
    assert edit(account, lambda _: None) == {f"delete eks_addon/{extra}"}


def test_a_newer_kubernetes_goes_to_control_plane_then_addons_then_nodes(account: Account) -> None:
    start = len(account.world.log)
    edit(account, set_spec(version="1.35"))
    calls = [name.removeprefix("eks:") for name in names(account.mutations(start))]
    assert calls[0] == "UpdateClusterVersion"
    assert calls[-1] == "UpdateNodegroupVersion"
    assert set(calls[1:-1]) == {"UpdateAddon"}


@pytest.mark.parametrize(("version", "words"), [("1.36", "one at a time"), ("1.33", "never downgraded")])
def test_a_version_that_eks_cannot_go_to_is_refused(account: Account, version: str, words: str) -> None:
    account.spec["version"] = version
    start = len(account.world.log)
    with pytest.raises(PlanRefused, match=words):
        account.apply()
    assert account.mutations(start) == []
