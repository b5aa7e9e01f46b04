"""The readers behind a probe, each where it has a case of its own."""

from decimal import Decimal

import pytest

from eksgpu.catalog.instance import instances
from eksgpu.catalog.quota import Quota, counts
from eksgpu.facts.addons import read_addon_versions
from eksgpu.facts.amis import alias, read_releases
from eksgpu.facts.ceiling import most_nodes
from eksgpu.facts.denied import read_denied
from eksgpu.facts.model import ClusterVersion
from eksgpu.facts.offerings import read_offerings
from eksgpu.facts.prices import read_price
from eksgpu.facts.principal import roles_of
from eksgpu.facts.quotas import read_quota
from eksgpu.facts.versions import newest_version
from eksgpu.units import Quantity
from tests.support.rig import Rig

ACCOUNT = "111122223333"
TRUST = '{"Version": "2012-10-17", "Statement": []}'
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role"


def test_a_role_with_a_path_is_found_by_its_session() -> None:
    rig = Rig()
    sso = rig.run.aws.iam.create_role(
        RoleName="AWSReservedSSO_Admin_0a1b", Path="/aws-reserved/sso.amazonaws.com/", AssumeRolePolicyDocument=TRUST
    )["Role"]["Arn"]
    arn = f"{SESSION}/AWSReservedSSO_Admin_0a1b/someone@example.com"
    assert roles_of(rig.run, [arn]) == {arn: sso}


@pytest.mark.parametrize("account", [ACCOUNT, "444455556666"])
def test_a_role_that_cannot_be_read_is_given_without_a_path(account: str) -> None:
    arn = f"arn:aws:sts::{account}:assumed-role/Gone/me"
    assert roles_of(Rig().run, [arn]) == {arn: f"arn:aws:iam::{account}:role/Gone"}


def test_users_and_roles_are_what_they_are() -> None:
    rig = Rig()
    assert roles_of(rig.run, [f"arn:aws:iam::{ACCOUNT}:user/me", f"arn:aws:iam::{ACCOUNT}:role/Admin"]) == {}
    assert len(rig.world.log) == 0


def test_many_actions_are_simulated_a_hundred_at_a_time() -> None:
    rig = Rig(denied={"ec2:Action120", "s3:Action3"})
    wanted = [*(f"ec2:Action{number}" for number in range(150)), "s3:Action3"]
    assert read_denied(rig.run, rig.run.caller, wanted) == ("ec2:Action120", "s3:Action3")
    # Two for the actions, one more to ask again about EC2's own objects; of S3 we have none to ask about.
    assert rig.run.aws.calls["iam:SimulatePrincipalPolicy"] == 3


def test_the_root_user_may_do_everything() -> None:
    rig = Rig(denied={"ec2:CreateVpc"})
    assert read_denied(rig.run, f"arn:aws:iam::{ACCOUNT}:root", ["ec2:CreateVpc"]) == ()


def test_addons_of_all_owners_come_with_one_question() -> None:
    rig = Rig()
    found = read_addon_versions(rig.run, "1.35", ["metrics-server", "coredns", "no-such-addon"])
    assert list(found) == ["metrics-server", "coredns"]
    assert found["coredns"].default == "v1.13.2-eksbuild.1"
    assert found["coredns"].versions[0] == "v1.14.3-eksbuild.16"
    assert rig.run.aws.calls["eks:DescribeAddonVersions"] == 2  # the missing one is asked for by name


def test_offerings_of_many_types_are_asked_in_filters_that_ec2_takes() -> None:
    rig = Rig()
    types = list(instances())[:450]
    assert read_offerings(rig.run, types).keys() == set(types)
    assert rig.run.aws.calls["ec2:DescribeInstanceTypeOfferings"] >= 3


def test_a_type_without_a_price_has_none() -> None:
    assert read_price(Rig().run, "p99.huge") is None


def test_a_quota_that_service_quotas_does_not_list_is_the_catalogues() -> None:
    rig = Rig()
    assert read_quota(rig.run, counts()["vpcs"]) == 20
    assert read_quota(rig.run, Quota("vpc", "L-00000000", "Unheard of", 7)) == 7


@pytest.mark.parametrize(
    ("allowed", "newest"), [("1.37", "1.36"), ("1.36", "1.36"), ("1.34", "1.34"), ("1.20", "1.20")]
)
def test_the_newest_version_is_one_in_standard_support_where_there_is_one(allowed: str, newest: str) -> None:
    offered = [
        ClusterVersion(version, support, False, None, None)
        for version, support in {
            "1.36": "standard",
            "1.35": "standard",
            "1.34": "extended",
            "1.33": "unsupported",
        }.items()
    ]
    assert newest_version(offered, allowed) == newest


@pytest.mark.parametrize(
    ("limits", "type_", "nodes"),
    [
        ({"nvidia.com/gpu": "16"}, "p5.48xlarge", 2),
        ({"nvidia.com/gpu": "15"}, "p5.48xlarge", 1),
        ({"cpu": "1000"}, "m5.large", 500),
        ({"cpu": "1000", "memory": "16Gi"}, "m5.large", 2),
        ({"nodes": "3", "cpu": "1000"}, "m5.large", 3),
        ({"nvidia.com/gpu": "8"}, "m5.large", None),
        ({"pods": "110"}, "m5.large", None),
        ({}, "m5.large", None),
    ],
)
def test_the_tightest_limit_decides_how_many_nodes_there_can_be(
    limits: dict[str, str], type_: str, nodes: int | None
) -> None:
    parsed = {name: Quantity.parse(value) for name, value in limits.items()}
    assert most_nodes(parsed, instances()[type_]) == nodes


def test_limits_may_be_fractions() -> None:
    assert most_nodes({"cpu": Quantity(Decimal(2500), "m")}, instances()["m5.large"]) == 1


def test_the_newest_images_as_node_groups_and_as_karpenter_write_their_releases() -> None:
    rig = Rig()
    found = read_releases(rig.run, "1.35", ("bottlerocket", "al2023"))
    assert {system: alias(system, release) for system, release in found.items()} == {
        "bottlerocket": "v1.65.0", "al2023": "v20261109",
    }  # fmt: skip
    assert found["al2023"].startswith("1.35.")
    assert found["bottlerocket"].startswith("1.65.0-")
    assert rig.run.aws.calls["ssm:GetParameters"] == 1


def test_a_version_without_images_has_no_release() -> None:
    assert read_releases(Rig().run, "1.99", ("bottlerocket",)) == {}
