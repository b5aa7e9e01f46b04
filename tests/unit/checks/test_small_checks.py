"""Checks that need a sentence or two: permissions, names, endpoint, zones, Spot's role."""

import pytest

from eksgpu.checks.ami_type_ended import ami_type_ended
from eksgpu.checks.caller_permissions import caller_permissions
from eksgpu.checks.endpoint_open import endpoint_open
from eksgpu.checks.name_length import LIMITS, name_length
from eksgpu.checks.names_taken import names_taken
from eksgpu.checks.spot_role import spot_role
from eksgpu.checks.zone_count import zone_count
from tests.support.rig import Rig

from .account import context_of, found, only

SPOT = "  nodePools: [{name: gpu, gpu: {name: l4}, capacity: [spot]}]\n  components: {karpenter: {}}\n"


def test_an_administrator_lacks_nothing() -> None:
    assert found(caller_permissions, context_of(Rig())) == []


def test_missing_actions_are_named_by_service() -> None:
    rig = Rig(denied={"ec2:CreateVpc", "ec2:CreateSubnet", "iam:PassRole"})
    findings = list(caller_permissions.run(context_of(rig)))
    assert [(item.severity, item.where) for item in findings] == [("error", "caller, ec2"), ("error", "caller, iam")]
    assert "ec2:CreateSubnet, ec2:CreateVpc" in findings[0].message
    assert "user/sandbox" in findings[0].message


def test_a_free_name_and_our_own_cluster_are_no_finding() -> None:
    rig = Rig()
    assert found(names_taken, context_of(rig)) == []
    rig.apply(context_of(rig).graph)
    assert found(names_taken, context_of(rig)) == []


def test_a_cluster_of_somebody_else_is_an_error() -> None:
    finding = only(names_taken, context_of(Rig(), live_version="1.34", live_ours=False))
    assert (finding.severity, finding.where) == ("error", "eks cluster demo")
    assert "demo" in finding.message


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        ("{}", [("warning", "spec.endpointAccess.publicCidrs")]),
        ("{publicCidrs: [203.0.113.0/24, 0.0.0.0/0]}", [("warning", "spec.endpointAccess.publicCidrs")]),
        ("{publicCidrs: [203.0.113.0/24]}", []),
        ("{public: false}", []),
    ],
)
def test_an_endpoint_open_to_everybody_is_a_warning(access: str, expected: list[tuple[str, str]]) -> None:
    assert found(endpoint_open, context_of(Rig(), f"  endpointAccess: {access}\n")) == expected


def test_the_longest_name_of_a_cluster_cuts_some_names_and_says_which() -> None:
    body = "  components: {karpenter: {}, awsLoadBalancerController: {}}\n"
    findings = list(name_length.run(context_of(Rig(cluster="a" * 32), body)))
    assert {item.severity for item in findings} == {"note"}
    assert "event_rule" in {item.where.partition("/")[0] for item in findings}


def test_the_names_that_a_note_gives_are_those_in_aws() -> None:
    rig = Rig(cluster="a" * 32)
    context = context_of(rig, "  components: {awsLoadBalancerController: {}}\n")
    rig.apply(context.graph)
    roles = {role["RoleName"] for role in rig.run.aws.iam.pages("list_roles", "Roles")}
    told = {item.message.rsplit(" ", 1)[-1] for item in name_length.run(context) if item.where.startswith("iam_role/")}
    assert told
    assert told <= roles


def test_an_ordinary_name_is_never_cut() -> None:
    body = "  components: {karpenter: {}, awsLoadBalancerController: {}}\n"
    context = context_of(Rig(cluster="h100-spot"), body)
    assert found(name_length, context) == []
    assert LIMITS.keys() & {resource.kind for resource in context.graph}


def test_spots_role_is_noted_until_it_is_there() -> None:
    rig = Rig()
    assert found(spot_role, context_of(rig, SPOT, planned=True)) == [("note", "service_linked_role/spot")]
    rig.run.aws.iam.create_service_linked_role(AWSServiceName="spot.amazonaws.com")
    assert found(spot_role, context_of(rig, SPOT, planned=True)) == []


def test_two_zones_are_enough() -> None:
    assert found(zone_count, context_of(Rig(), "  network: {zones: 2}\n")) == []


def test_a_zone_without_control_planes_does_not_count() -> None:
    rig = Rig(region="us-east-1")
    barred = next(zone for zone in context_of(rig).facts.zones if not zone.control_plane)
    other = "us-east-1a" if barred.name != "us-east-1a" else "us-east-1b"
    finding = only(zone_count, context_of(rig, f"  network: {{zones: [{other}, {barred.name}]}}\n"))
    assert finding.severity == "error"
    assert f"only {other}" in finding.message
    assert barred.name in finding.message
    assert barred.name not in finding.fix


@pytest.mark.parametrize(
    ("group", "image"),
    [
        ("instanceTypes: [m7g.large], amiType: AL2_ARM_64", "AL2023_ARM_64_STANDARD"),
        ("instanceTypes: [g5.xlarge], amiType: AL2_x86_64_GPU", "AL2023_x86_64_NVIDIA"),
    ],
)
def test_an_image_that_has_ended_is_taken_as_what_came_after_it_with_a_warning(group: str, image: str) -> None:
    context = context_of(Rig(), f"  nodeGroups: [{{name: g, {group}}}]\n")
    finding = only(ami_type_ended, context)
    assert (finding.severity, finding.where) == ("warning", "spec.nodeGroups[g].amiType")
    assert f"is taken as {image}: AWS has published no image of Amazon Linux 2 since 2025-11-26" in finding.message
    assert "EKS's FAQ" in finding.message
    (wanted,) = context.new("eks_node_group")
    assert getattr(wanted, "ami_type", None) == image


def test_an_image_of_today_is_no_finding() -> None:
    body = "  nodeGroups: [{name: g, instanceTypes: [m7g.large], amiType: BOTTLEROCKET_ARM_64_FIPS}]\n"
    assert found(ami_type_ended, context_of(Rig(), body)) == []
