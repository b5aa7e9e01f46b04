"""Checks of pools: Karpenter's rules, parallel pull, limits, images, instance store, and room for the controllers."""

import pytest

from eksgpu.checks.check import Check
from eksgpu.checks.context import CheckContext
from eksgpu.checks.image_pinned import image_pinned
from eksgpu.checks.instance_store_counted import instance_store_counted
from eksgpu.checks.karpenter_rules import karpenter_rules
from eksgpu.checks.pool_limits import pool_limits
from eksgpu.checks.soci_advice import soci_advice
from eksgpu.checks.soci_volume import soci_volume
from eksgpu.checks.system_room import system_room
from tests.support.rig import Rig

from .account import context_of, found, only

KARPENTER = "  components: {karpenter: {}}\n"
H100 = "gpu: {name: h100, count: 8}"
POOL = "spec.nodePools[x]"


@pytest.fixture(scope="module")
def rig() -> Rig:
    return Rig()


def pools(rig: Rig, fields: str) -> CheckContext:
    """A cluster with one pool of these fields."""
    return context_of(rig, f"{KARPENTER}  nodePools: [{{name: x, {fields}}}]\n")


@pytest.mark.parametrize(
    ("check", "fields"),
    [
        (karpenter_rules, H100),
        (soci_advice, "gpu: {name: l4, count: 1}"),
        (soci_advice, f"{H100}, soci: {{maxConcurrentDownloadsPerImage: 20, concurrentDownloadChunkSize: 16mb}}"),
        (soci_advice, f"{H100}, imagePull: standard"),
        (soci_volume, "vcpus: {min: 4}"),
        (soci_volume, f"{H100}, disk: {{size: 100Gi}}"),  # images live on instance store
        (soci_volume, "imagePull: standard, disk: {size: 100Gi}"),
        (pool_limits, "vcpus: {min: 4}"),
        (pool_limits, f"{H100}, replicas: 1"),
        (pool_limits, f"{H100}, limits: {{nvidia.com/gpu: 8}}"),
        (image_pinned, f"{H100}, ami: {{release: v1.64.0}}"),
        (instance_store_counted, H100),
        (instance_store_counted, "instanceTypes: [m5.xlarge], localStorage: bootstrapCommands"),
        (system_room, H100),
    ],
)
def test_what_is_right_is_no_finding(rig: Rig, check: Check, fields: str) -> None:
    assert found(check, pools(rig, fields)) == []


@pytest.mark.parametrize(
    ("check", "fields", "expected"),
    [
        (soci_advice, H100, ("warning", f"{POOL}.soci")),
        (soci_volume, "disk: {size: 100Gi}", ("warning", f"{POOL}.disk.throughput")),
        (soci_volume, f"{H100}, localStorage: none, disk: {{size: 1Ti}}", ("warning", f"{POOL}.disk.throughput")),
        (pool_limits, H100, ("note", f"{POOL}.limits")),
        (pool_limits, f"{H100}, limits: unlimited", ("warning", f"{POOL}.limits")),
        (pool_limits, f"{H100}, limits: {{nvidia.com/gpu: 4}}", ("error", f"{POOL}.limits")),
        (pool_limits, "vcpus: {min: 4}, limits: {nvidia.com/gpu: 4}", ("warning", f"{POOL}.limits")),
        (image_pinned, f"{H100}, ami: {{release: latest}}", ("warning", f"{POOL}.ami.release")),
        (instance_store_counted, f"{H100}, localStorage: bootstrapCommands", ("note", f"{POOL}.localStorage")),
    ],
)
def test_what_is_not_is_told_where_it_stands(rig: Rig, check: Check, fields: str, expected: tuple[str, str]) -> None:
    assert found(check, pools(rig, fields)) == [expected]


def test_a_field_that_karpenter_does_not_know_is_an_error_with_the_rules_name(rig: Rig) -> None:
    finding = only(karpenter_rules, pools(rig, f"{H100}, nodeClassSpec: {{instanceProfiles: [a]}}"))
    assert (finding.severity, finding.where) == ("error", "EC2NodeClass x, spec.instanceProfiles")
    assert "unknown-field" in finding.message


def test_instance_store_set_up_twice_is_an_error(rig: Rig) -> None:
    commands = "bootstrap-commands: {mine: {commands: [[apiclient, ephemeral-storage, init]]}}"
    finding = only(karpenter_rules, pools(rig, f"{H100}, settings: {{{commands}}}"))
    assert "instance-store-once" in finding.message


def test_the_limit_that_holds_by_default_is_told(rig: Rig) -> None:
    assert "nvidia.com/gpu: 16" in only(pool_limits, pools(rig, H100)).message


def test_a_taint_that_nothing_tolerates_leaves_coredns_and_controllers_without_a_node(rig: Rig) -> None:
    group = "{name: a, system: true, instanceTypes: [m5.large], desired: 2, taints: [{key: team, effect: NoSchedule}]}"
    findings = list(system_room.run(context_of(rig, f"{KARPENTER}  nodeGroups: [{group}]\n")))
    assert {(finding.severity, finding.where) for finding in findings} == {
        ("error", "spec.addons.coredns"),
        ("error", "helm_release kube-system/karpenter"),
    }
    assert "taint team:NoSchedule" in findings[0].message


def test_a_coredns_with_tolerations_of_its_own_must_bear_the_system_taint(rig: Rig) -> None:
    addons = "  addons: {coredns: {configuration: {tolerations: []}}}\n"
    assert only(system_room, context_of(rig, KARPENTER + addons)).where == "spec.addons.coredns"
    other = "{name: b, instanceTypes: [m5.large]}"
    groups = f"  nodeGroups: [{{name: a, system: true, instanceTypes: [m5.large], desired: 2}}, {other}]\n"
    assert found(system_room, context_of(rig, KARPENTER + addons + groups)) == []


def test_karpenters_replicas_do_not_share_a_node(rig: Rig) -> None:
    group = "  nodeGroups: [{name: a, system: true, instanceTypes: [m5.large], desired: 1}]\n"
    finding = only(system_room, context_of(rig, KARPENTER + group))
    assert "2 replicas of karpenter need as many nodes, and there are 1" in finding.message
    assert found(system_room, context_of(rig, "  components: {karpenter: {replicas: 1}}\n" + group)) == []
