"""The seed's classes and pools, rows 000-12 to 000-15, and that they keep Karpenter's rules."""

import tomllib

import pytest

from eksgpu.catalog.instance import instances
from eksgpu.components.node_pools import NodePool, Volume, default_volume
from eksgpu.components.node_requirements import Wish, requirements
from eksgpu.scheduling.offering import Market, Storage, candidates
from eksgpu.scheduling.pool import pool
from eksgpu.scheduling.rules import node_class as class_rules
from eksgpu.scheduling.rules import node_pool as pool_rules

from .seed_pools import GENERAL, GROUPS, P5, ROLE, default_pool, h100_pool, node_class

MARKET = Market({"us-west-2a": "usw2-az1"})


def taken(wanted: NodePool) -> set[str]:
    everything = candidates(instances().values(), MARKET, Storage())
    return {candidate.item.name for candidate in pool(wanted.manifest, everything).candidates}


def test_the_h100_pool_takes_p5_and_nothing_else() -> None:
    assert taken(h100_pool()) == {"p5.48xlarge"}
    spec = h100_pool().manifest["spec"]
    assert spec["template"]["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}]
    assert spec["limits"] == {"nvidia.com/gpu": "16"}
    assert spec["template"]["spec"]["nodeClassRef"]["name"] == "h100-gpu"


def test_the_default_pool_takes_exactly_what_the_spec_means() -> None:
    expected = {
        item.name for item in GENERAL if item.arch == "amd64" and not set(item.usage).isdisjoint({"spot", "on-demand"})
    }
    assert taken(default_pool()) == expected


@pytest.mark.parametrize("wanted", [h100_pool(), default_pool()], ids=lambda one: one.name)
def test_pools_keep_karpenters_rules(wanted: NodePool) -> None:
    assert list(pool_rules.breaches(wanted.manifest)) == []


@pytest.mark.parametrize("os", ["bottlerocket", "al2023"])
@pytest.mark.parametrize("types", [P5, GENERAL], ids=["p5", "general"])
@pytest.mark.parametrize("storage", ["raid0", "none"])
def test_classes_keep_karpenters_rules(os: str, types: list, storage: str) -> None:  # type: ignore[type-arg]
    manifest = node_class("default", types, storage=storage, os=os).manifest
    assert list(class_rules.breaches(manifest)) == []


def test_p5_uses_its_instance_store_by_karpenters_policy() -> None:
    spec = node_class("h100-gpu", P5).manifest["spec"]
    assert spec["instanceStorePolicy"] == "RAID0"
    assert "bootstrap-commands" not in spec["userData"]
    assert spec["role"] == ROLE
    assert spec["securityGroupSelectorTerms"] == [{"id": group} for group in GROUPS]
    assert spec["subnetSelectorTerms"] == [{"tags": {"karpenter.sh/discovery": "h100-spot"}}]


def test_the_seeds_own_mode_writes_the_commands_and_no_policy() -> None:
    manifest = node_class("h100-gpu", P5, storage="bootstrapCommands").manifest
    assert "instanceStorePolicy" not in manifest["spec"]
    assert "k8s-ephemeral-storage" in tomllib.loads(manifest["spec"]["userData"])["settings"]["bootstrap-commands"]
    assert list(class_rules.breaches(manifest)) == []


def test_types_without_instance_store_get_a_volume_fast_enough() -> None:
    devices = node_class("default", GENERAL).manifest["spec"]["blockDeviceMappings"]
    assert devices[0] == {
        "deviceName": "/dev/xvda",
        "ebs": {"volumeSize": "4Gi", "volumeType": "gp3", "encrypted": True, "deleteOnTermination": True},
    }
    assert devices[1]["deviceName"] == "/dev/xvdb"
    assert devices[1]["ebs"]["throughput"] >= 600


def test_where_images_live_elsewhere_the_volume_is_plain() -> None:
    assert default_volume(P5, local_storage="raid0", soci=True) == Volume(80)
    assert default_volume(P5, local_storage="none", soci=True).throughput == 600


def test_a_wish_for_ranges_includes_both_ends() -> None:
    found = requirements(Wish(generations=(7, None), memory_bytes=(16 * 2**30, None), exact_vcpus=(2, 4)))
    assert [(entry["key"].rpartition("-")[2], entry["operator"], entry["values"]) for entry in found[1:]] == [
        ("generation", "Gt", ["6"]),
        ("cpu", "In", ["2", "4"]),
        ("memory", "Gt", ["16383"]),
    ]


def test_a_capacity_block_is_a_reservation_to_karpenter() -> None:
    (first, *_) = requirements(Wish(capacity=("reserved", "capacity-block")))
    assert first["values"] == ["reserved"]


def test_two_sizes_of_one_gpu_are_told_apart_by_memory() -> None:
    wanted = NodePool("a100", "a100", requirements(Wish(gpu_name="a100", gpu_count=8, gpu_memory_mib=(40960,))))
    assert taken(wanted) == {"p4d.24xlarge"}
