"""The spec's pools as Karpenter's objects: the seed's two, and every field that a pool has. Rows 000-12 to 000-15."""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eksgpu.blueprint.build import build
from eksgpu.catalog.instance import instances
from eksgpu.engine.refs import Chosen, Ref, resolve
from eksgpu.facts.model import Facts
from eksgpu.kube.object import KubeObject
from eksgpu.scheduling.offering import Market, Storage, candidates
from eksgpu.scheduling.pool import pool as scheduled
from eksgpu.scheduling.rules import node_class as class_rules
from eksgpu.scheduling.rules import node_pool as pool_rules
from eksgpu.spec.load import load, loads
from eksgpu.spec.models import GpuCluster
from tests.support.example import THEIRS

from .test_kubernetes import FACTS, HEAD, PERSON

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))
H100 = next(path for path in EXAMPLES if path.stem == "h100-spot")
MARKET = Market({"us-west-2a": "usw2-az1"}, reservations={"cr-0a1b2c3d4e5f67890": ("p5.48xlarge", "us-west-2a")})
EVERYTHING = candidates(instances().values(), MARKET, Storage())
# One pool for each way of choosing types, and one with every other field.
POOLS = {
    "a gpu, any number": "gpu: {name: l4}",
    "a gpu by its memory": "gpu: {name: a100, memory: 40Gi}",
    "two types": "instanceTypes: [g6.xlarge, g5g.xlarge], capacity: [spot, on-demand]",
    "a family": "instanceFamilies: [g6e], vcpus: {min: 8}",
    "arm of one generation": "generation: {min: 7, max: 7}, arch: arm64, vcpus: [2, 4]",
    "memory": "memory: {min: 16Gi, max: 64Gi}",
    "a reservation": "gpu: {name: h100, count: 8}, capacity: [reserved], reservations: [{id: cr-0a1b2c3d4e5f67890}]",
    "general": "capacity: [spot, on-demand]",
}
FULL = """\
gpu: {name: h100, count: 8}
    weight: 50
    zones: [us-west-2a]
    labels: {team: ml}
    annotations: {example.com/owner: ml}
    startupTaints: [{key: example.com/warming, effect: NoSchedule}]
    expireAfter: Never
    terminationGracePeriod: 1h
    disruption:
      consolidationPolicy: WhenEmpty
      consolidateAfter: 10m
      budgets: [{nodes: "0", schedule: "@daily", duration: 8h, reasons: [Drifted]}]
    limits: {nvidia.com/gpu: 32, cpu: 2000}
    requirements: [{key: topology.k8s.aws/zone-id, operator: NotIn, values: [usw2-az4]}]
    disk: {size: 500Gi, iops: 6000, throughput: 1000}
    tags: {cost: research}
    kubelet: {maxPods: 64}
    settings: {kernel: {sysctl: {vm.nr_hugepages: "5128"}}}
    soci: {maxConcurrentDownloadsPerImage: 15, concurrentDownloadChunkSize: 8mb}
    placementGroup: {name: training}
    publicAddress: false
    detailedMonitoring: true
    metadataHopLimit: 2
    nodeClassSpec: {ipPrefixCount: 1}
    ami: {release: v1.64.0}
"""


def manifests(spec: GpuCluster, facts: Facts = FACTS) -> dict[str, dict[str, Any]]:
    """Every manifest by kind and name, as it stands in the graph."""
    facts = facts if spec.spec.cluster is None else replace(facts, cluster=THEIRS)
    graph = build(spec, facts, account="123456789012", caller=PERSON)
    wanted = [one for one in graph if isinstance(one, KubeObject)]
    return {f"{one.address.group_kind.kind} {one.address.name}": dict(one.manifest) for one in wanted}


def spec_of(fields: str) -> GpuCluster:
    """A spec with one pool, its fields on one line or one below the other."""
    pool = f"  - name: x\n    {fields}" if "\n" in fields else f"  - {{name: x, {fields}}}\n"
    return loads(f"{HEAD}  components: {{karpenter: {{}}}}\n  nodePools:\n{pool}")


def one_pool(fields: str, facts: Facts = FACTS) -> tuple[dict[str, Any], dict[str, Any]]:
    """The specs of the class and the pool that a pool of these fields becomes."""
    found = manifests(spec_of(fields), facts)
    return found["EC2NodeClass x"]["spec"], found["NodePool x"]["spec"]


def settings(node_class: dict[str, Any]) -> Any:
    return tomllib.loads(node_class["userData"])["settings"]


def soci(node_class: dict[str, Any]) -> list[Any]:
    plugin = settings(node_class)["container-runtime-plugins"]["soci-snapshotter"]
    return list(plugin["parallel-pull-unpack"].values())


def test_the_seeds_objects_by_name_with_the_seeds_values() -> None:
    found = manifests(load(H100))
    assert set(found) == {"EC2NodeClass default", "EC2NodeClass h100-gpu", "NodePool default", "NodePool p5-gpu-h100"}
    assert soci(found["EC2NodeClass default"]["spec"]) == [10, "16mb", 10, True]
    assert soci(found["EC2NodeClass h100-gpu"]["spec"]) == [30, "32mb", 30, True]
    h100 = found["NodePool p5-gpu-h100"]["spec"]
    assert h100["template"]["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}]
    assert h100["limits"] == {"nvidia.com/gpu": "16"}
    taken = {one.item.name for one in scheduled(found["NodePool p5-gpu-h100"], EVERYTHING).candidates}
    assert taken == {"p5.48xlarge"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_what_the_examples_generate_keeps_karpenters_rules(example: Path) -> None:
    for name, manifest in manifests(load(example)).items():
        rules = {"NodePool": pool_rules, "EC2NodeClass": class_rules}.get(name.partition(" ")[0])
        assert rules is None or list(rules.breaches(resolve(manifest, lambda ref: ref))) == []


@pytest.mark.parametrize("fields", [*POOLS.values(), FULL], ids=[*POOLS, "every field"])
def test_a_pool_keeps_the_rules_and_takes_the_types_that_its_fields_mean(fields: str) -> None:
    node_class, node_pool = one_pool(fields)
    assert list(class_rules.breaches({"spec": resolve(node_class, lambda ref: ref)})) == []
    assert list(pool_rules.breaches({"spec": node_pool})) == []
    (wanted,) = spec_of(fields).spec.node_pools
    buyable = {one.item.name for one in EVERYTHING if _bought(one, wanted.capacity)}
    manifest = {"metadata": {"name": "x"}, "spec": {**node_pool, "limits": {}}}
    taken = {one.item.name for one in scheduled(manifest, EVERYTHING).candidates}
    assert taken == {item.name for item in wanted.types} & buyable


def _bought(one: Any, capacity: tuple[str, ...]) -> bool:
    return any(offering.capacity_type in capacity for offering in one.offerings)


def test_every_field_arrives() -> None:
    node_class, node_pool = one_pool(FULL)
    node = node_pool["template"]["spec"]
    assert node_pool["weight"] == 50
    assert node_pool["limits"] == {"nvidia.com/gpu": "32", "cpu": "2000"}
    assert node_pool["template"]["metadata"] == {"labels": {"team": "ml"}, "annotations": {"example.com/owner": "ml"}}
    assert node["startupTaints"] == [{"key": "example.com/warming", "effect": "NoSchedule"}]
    assert (node["expireAfter"], node["terminationGracePeriod"]) == ("Never", "1h")
    assert {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["us-west-2a"]} in node["requirements"]
    assert {"key": "topology.k8s.aws/zone-id", "operator": "NotIn", "values": ["usw2-az4"]} in node["requirements"]
    assert node_pool["disruption"] == {
        "consolidationPolicy": "WhenEmpty",
        "consolidateAfter": "10m",
        "budgets": [{"nodes": "0", "schedule": "@daily", "duration": "8h", "reasons": ["Drifted"]}],
    }
    assert node_class["amiSelectorTerms"] == [{"alias": "bottlerocket@v1.64.0"}]
    assert node_class["blockDeviceMappings"][1]["ebs"]["throughput"] == 1000
    assert node_class["tags"] == {"cost": "research"}
    assert node_class["kubelet"] == {"maxPods": 64}
    assert settings(node_class)["kernel"]["sysctl"]["vm.nr_hugepages"] == "5128"
    assert soci(node_class) == [15, "8mb", 30, True]
    assert node_class["placementGroupSelector"] == {"name": "training"}
    assert (node_class["associatePublicIPAddress"], node_class["detailedMonitoring"]) == (False, True)
    assert node_class["metadataOptions"]["httpPutResponseHopLimit"] == 2
    assert node_class["ipPrefixCount"] == 1


def test_nodes_join_with_the_cluster_s_role_subnets_and_groups() -> None:
    node_class, _ = one_pool("gpu: {name: l4}")
    assert node_class["role"] == Ref("iam_role/karpenter-node", "name")
    assert node_class["subnetSelectorTerms"] == [{"tags": {"karpenter.sh/discovery": "demo"}}]
    assert node_class["securityGroupSelectorTerms"] == [
        {"id": Ref("security_group/node")},
        {"id": Ref("eks_cluster/main", "cluster_security_group")},
    ]


def test_the_newest_image_is_chosen_once_and_latest_only_where_none_is_known() -> None:
    known, _ = one_pool("gpu: {name: l4}")
    assert known["amiSelectorTerms"] == [{"alias": Chosen("bottlerocket@v1.65.0")}]
    unknown, _ = one_pool("gpu: {name: l4}", replace(FACTS, amis={}))
    assert unknown["amiSelectorTerms"] == [{"alias": Chosen("bottlerocket@latest", quiet=True)}]


def test_an_image_of_the_users_own_brings_its_family() -> None:
    node_class, _ = one_pool("gpu: {name: l4}, os: al2023, ami: {id: ami-0a1b2c3d4e5f67890}")
    assert node_class["amiSelectorTerms"] == [{"id": "ami-0a1b2c3d4e5f67890"}]
    assert node_class["amiFamily"] == "AL2023"


def test_pools_of_one_class_get_what_suits_both() -> None:
    pools = "  - {name: a, instanceTypes: [p5.48xlarge], nodeClass: c}\n  - {name: b, nodeClass: c}\n"
    found = manifests(loads(f"{HEAD}  components: {{karpenter: {{}}}}\n  nodePools:\n{pools}"))
    assert set(found) == {"EC2NodeClass c", "NodePool a", "NodePool b"}
    assert soci(found["EC2NodeClass c"]["spec"])[0] == 10
    assert found["EC2NodeClass c"]["spec"]["blockDeviceMappings"][1]["ebs"]["throughput"] == 600


def test_b300_gets_its_interfaces_since_card_0_has_no_efa() -> None:
    node_class, _ = one_pool("gpu: {name: b300}, capacity: [on-demand, spot]")
    interfaces = node_class["networkInterfaces"]
    assert interfaces[0] == {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}
    assert [one["networkCardIndex"] for one in interfaces if one["interfaceType"] == "efa-only"] == list(range(1, 17))
    assert "networkInterfaces" not in one_pool("gpu: {name: h100, count: 8}")[0]


def test_a_static_pool_has_replicas_and_no_limit_of_gpus() -> None:
    _, node_pool = one_pool("gpu: {name: l4, count: 1}, replicas: 2")
    assert node_pool["replicas"] == 2
    assert "limits" not in node_pool


def test_unlimited_lifts_the_default_limit() -> None:
    assert "limits" not in one_pool("gpu: {name: l4, count: 1}, limits: unlimited")[1]


@pytest.mark.parametrize(
    ("mode", "policy", "commands"), [("raid0", True, False), ("bootstrapCommands", False, True), ("none", False, False)]
)
def test_instance_store_is_set_up_once(mode: str, policy: bool, commands: bool) -> None:
    node_class, _ = one_pool(f"gpu: {{name: h100, count: 8}}, localStorage: {mode}")
    assert ("instanceStorePolicy" in node_class) is policy
    assert ("bootstrap-commands" in settings(node_class)) is commands
