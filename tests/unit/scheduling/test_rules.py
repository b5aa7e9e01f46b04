"""Each documented rule, broken once: the breach names the rule, and nothing else is complained of."""

from copy import deepcopy
from typing import Any

import pytest

from eksgpu.scheduling.rules import node_class, node_pool

POOL = {
    "metadata": {"name": "gpu"},
    "spec": {
        "template": {
            "metadata": {"labels": {"team": "ml"}},
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
                "requirements": [{"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}],
                "taints": [{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}],
                "expireAfter": "720h",
            },
        },
        "disruption": {"consolidateAfter": "30s", "budgets": [{"nodes": "10%"}]},
        "limits": {"nvidia.com/gpu": "16"},
    },
}
CLASS = {
    "metadata": {"name": "gpu"},
    "spec": {
        "amiSelectorTerms": [{"alias": "bottlerocket@v1.64.0"}],
        "role": "node",
        "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "c"}}],
        "securityGroupSelectorTerms": [{"id": "sg-1"}],
        "blockDeviceMappings": [{"deviceName": "/dev/xvdb", "ebs": {"volumeSize": "80Gi", "volumeType": "gp3"}}],
        "instanceStorePolicy": "RAID0",
        "userData": "",
    },
}
NODE = "template.spec"
FIRST = {"networkCardIndex": 0, "deviceIndex": 0, "interfaceType": "interface"}
COMMANDS = '[settings.bootstrap-commands.x]\ncommands = [["apiclient", "ephemeral-storage", "init"]]\n'


def changed(manifest: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    copy = deepcopy(manifest)
    *steps, last = path.split(".")
    inside = copy["spec"]
    for step in steps:
        inside = inside[step]
    inside[last] = value
    return copy


def requirement(key: str = "team", operator: str = "In", values: Any = ("a",), **more: Any) -> list[dict[str, Any]]:
    return [{"key": key, "operator": operator, "values": list(values), **more}]


def taint(key: str = "a", value: str = "b", effect: str = "NoSchedule") -> list[dict[str, str]]:
    return [{"key": key, "value": value, "effect": effect}]


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        (f"{NODE}.requirements", requirement("karpenter.sh/nodepool"), "requirement-domain"),
        (f"{NODE}.requirements", requirement("kubernetes.io/hostname"), "requirement-domain"),
        (f"{NODE}.requirements", requirement("karpenter.k8s.aws/instance-pods"), "requirement-domain"),
        (f"{NODE}.requirements", requirement(values=()), "in-needs-values"),
        (f"{NODE}.requirements", requirement(operator="Gt", values=("x",)), "bound-is-one-number"),
        (f"{NODE}.requirements", requirement(operator="Lte", values=("1", "2")), "bound-is-one-number"),
        (f"{NODE}.requirements", requirement(minValues=51), "min-values-1-to-50"),
        (f"{NODE}.requirements", requirement(minValues=2), "min-values-of-in"),
        (f"{NODE}.requirements", requirement(operator="Near"), "requirement-operator"),
        (f"{NODE}.requirements", requirement() * 101, "requirements-at-most-100"),
        (f"{NODE}.requirements", None, "requirements-required"),
        (f"{NODE}.taints", taint(effect="Never"), "taint-effect"),
        (f"{NODE}.taints", taint(value="not valid"), "taint-value"),
        (f"{NODE}.taints", taint(key=""), "taint-key"),
        (f"{NODE}.expireAfter", "soon", "expire-after"),
        (f"{NODE}.startup", 1, "unknown-field"),
        ("template.metadata", {"labels": {"karpenter.sh/x": "y"}}, "label-domain"),
        ("disruption", {"consolidationPolicy": "WhenEmpty"}, "consolidate-after-required"),
        ("disruption.consolidationPolicy", "Sometimes", "consolidation-policy"),
        ("disruption.budgets", [{"nodes": "120%"}], "budget-nodes"),
        ("disruption.budgets", [{"nodes": "1", "schedule": "@daily"}], "budget-schedule-and-duration"),
        ("disruption.budgets", [{"nodes": "1", "schedule": "daily", "duration": "1h"}], "budget-schedule"),
        ("disruption.budgets", [{"nodes": "1", "reasons": ["Idle"]}], "budget-reason"),
        ("weight", 101, "weight-1-to-100"),
        ("replicas", 2, "static-limits-nodes"),
    ],
)
def test_rules_of_a_node_pool(path: str, value: Any, rule: str) -> None:
    assert [breach.rule for breach in node_pool.breaches(changed(POOL, path, value))] == [rule]


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("instanceProfile", "p", "role-or-profile"),
        ("role", None, "role-or-profile"),
        ("amiSelectorTerms", [], "ami-family-or-alias"),
        ("amiSelectorTerms", [{"alias": "bottlerocket@v1"}, {"id": "ami-1"}], "alias-alone"),
        ("amiSelectorTerms", [{"alias": "ubuntu@latest"}], "alias-form"),
        ("amiSelectorTerms", [{"alias": "windows2022@v1"}], "alias-windows-latest"),
        ("amiFamily", "AL2023", "alias-of-family"),
        ("subnetSelectorTerms", [], "subnetSelectorTerms-1-to-30"),
        ("subnetSelectorTerms", [{"id": "subnet-1", "tags": {"a": "b"}}], "term-says-one-thing"),
        ("securityGroupSelectorTerms", [{"id": "subnet-1"}], "term-id"),
        ("securityGroupSelectorTerms", [{}], "term-says-something"),
        ("capacityReservationSelectorTerms", [{"id": "cr-1", "ownerID": "1" * 12}], "term-says-one-thing"),
        ("capacityReservationSelectorTerms", [{"ownerID": "me"}], "reservation-owner"),
        ("blockDeviceMappings", [{"ebs": {"volumeType": "gp3"}}], "size-or-snapshot"),
        ("blockDeviceMappings", [{"ebs": {"volumeSize": "80"}}], "volume-size"),
        ("blockDeviceMappings", [{"ebs": {"volumeSize": "8Gi", "volumeType": "gp9"}}], "volume-type"),
        ("blockDeviceMappings", [{"ebs": {"volumeSize": "8Gi", "throughput": 600}}], "throughput-gp3"),
        ("blockDeviceMappings", [{"ebs": {"volumeSize": "8Gi", "volumeInitializationRate": 1}}], "initialization-rate"),
        ("blockDeviceMappings", [{"rootVolume": True, "ebs": {"volumeSize": "8Gi"}}] * 2, "one-root-volume"),
        ("instanceStorePolicy", "RAID1", "instance-store-policy"),
        ("userData", COMMANDS, "instance-store-once"),
        ("userData", "echo hello", "user-data-is-toml"),
        ("metadataOptions", {"httpPutResponseHopLimit": 65}, "hop-limit-1-to-64"),
        ("metadataOptions", {"httpTokens": "maybe"}, "metadata-tokens"),
        ("tags", {"karpenter.sh/nodepool": "x"}, "tag-restricted"),
        ("tags", {"": "x"}, "tag-key-empty"),
        ("kubelet", {"podPidsLimit": 1}, "unknown-field"),
        ("networkInterfaces", [{**FIRST, "networkCardIndex": 1}], "first-interface"),
        ("networkInterfaces", [FIRST, FIRST], "interfaces-apart"),
        ("connectionTracking", {}, "tracking-not-empty"),
        ("connectionTracking", {"udpTimeout": 61}, "tracking-range"),
    ],
)
def test_rules_of_a_node_class(path: str, value: Any, rule: str) -> None:
    found = [breach.rule for breach in node_class.breaches(changed(CLASS, path, value))]
    assert rule in found
    assert set(found) <= {rule, "amiSelectorTerms-1-to-30"}


def test_what_keeps_the_rules_breaks_none() -> None:
    assert list(node_pool.breaches(POOL)) == []
    assert list(node_class.breaches(CLASS)) == []


def test_several_interfaces_and_a_public_address_exclude_each_other() -> None:
    manifest = changed(CLASS, "networkInterfaces", [FIRST, {**FIRST, "deviceIndex": 1, "interfaceType": "efa-only"}])
    assert list(node_class.breaches(manifest)) == []
    manifest["spec"]["associatePublicIPAddress"] = True
    assert [breach.rule for breach in node_class.breaches(manifest)] == ["public-address-one-interface"]
