"""Addresses that are used already: by VPCs of the account, by networks that the VPC is peered with."""

from dataclasses import replace

from eksgpu.checks.cidr_overlap import cidr_overlap
from eksgpu.engine.plan import Action
from tests.support.rig import Rig

from .account import context_of, found, only


def test_addresses_of_our_own_are_no_finding() -> None:
    assert found(cidr_overlap, context_of(Rig(), "  network: {cidr: 10.0.0.0/16}\n")) == []


def test_another_vpc_with_the_same_addresses_is_a_warning_that_names_it() -> None:
    rig = Rig()
    other = rig.run.aws.ec2.create_vpc(CidrBlock="10.0.128.0/20")["Vpc"]["VpcId"]
    finding = only(cidr_overlap, context_of(rig, "  network: {cidr: 10.0.0.0/16}\n"))
    assert (finding.severity, finding.where) == ("warning", "spec.network.cidr")
    assert f"{other} (10.0.128.0/20)" in finding.message


def test_a_vpc_that_lives_is_compared_with_nothing() -> None:
    rig = Rig()
    rig.apply(context_of(rig).graph)
    rig.run.aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")
    context = context_of(rig, planned=True)
    before = len(rig.world.log)
    assert found(cidr_overlap, context) == []
    assert rig.calls_since(before) == []


def test_services_with_the_addresses_of_a_peered_network_are_an_error() -> None:
    rig = Rig()
    body = "  network: {serviceCidr: 172.20.0.0/16}\n"
    rig.apply(context_of(rig, body).graph)
    live = context_of(rig, body, planned=True)
    assert live.plan is not None
    ours = next(change.live.id for change in live.plan.changes if change.kind == "vpc" and change.live)
    peer = rig.run.aws.ec2.create_vpc(CidrBlock="172.20.16.0/20")["Vpc"]["VpcId"]
    made = rig.run.aws.ec2.create_vpc_peering_connection(VpcId=ours, PeerVpcId=peer)["VpcPeeringConnection"]
    rig.run.aws.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=made["VpcPeeringConnectionId"])
    # The cluster is gone, its VPC is not: what an apply finds that was stopped there.
    changes = (
        replace(change, action=Action.CREATE, live=None) if change.kind == "eks_cluster" else change
        for change in live.plan.changes
    )
    context = replace(live, plan=replace(live.plan, changes=tuple(changes)))
    finding = only(cidr_overlap, context)
    assert (finding.severity, finding.where) == ("error", "spec.network.serviceCidr")
    assert peer in finding.message
    assert made["VpcPeeringConnectionId"] in finding.message
