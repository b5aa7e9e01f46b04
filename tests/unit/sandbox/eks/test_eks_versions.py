"""What EKS says exists: Kubernetes versions by the date, add-on versions by the Kubernetes version."""

from datetime import UTC, datetime
from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.eks import data
from tests.unit.sandbox.eks.account import refusal

DAY = 86_400


def versions(eks: Any, **asked: Any) -> dict[str, str]:
    rows = eks.describe_cluster_versions(**asked)["clusterVersions"]
    return {row["clusterVersion"]: row["versionStatus"] for row in rows}


def test_support_on_the_day_of_the_facts(client: Any) -> None:
    eks = client("eks")
    assert versions(eks) == {
        "1.37": "STANDARD_SUPPORT",
        "1.36": "STANDARD_SUPPORT",
        "1.35": "STANDARD_SUPPORT",
        "1.34": "STANDARD_SUPPORT",
        "1.33": "EXTENDED_SUPPORT",
        "1.32": "EXTENDED_SUPPORT",
        "1.31": "EXTENDED_SUPPORT",
    }
    assert versions(eks, includeAll=True)["1.30"] == "UNSUPPORTED"
    assert versions(eks, versionStatus="EXTENDED_SUPPORT").keys() == {"1.33", "1.32", "1.31"}
    assert versions(eks, status="extended-support").keys() == {"1.33", "1.32", "1.31"}
    assert versions(eks, defaultOnly=True).keys() == {"1.36"}
    assert versions(eks, clusterVersions=["1.29", "1.35"]).keys() == {"1.29", "1.35"}


def test_support_runs_out_with_time(client: Any, clock: SteppedClock) -> None:
    clock.sleep(11 * DAY)
    later = versions(client("eks"))
    assert later["1.34"] == "EXTENDED_SUPPORT"
    assert "1.31" not in later


def test_what_a_version_says(client: Any) -> None:
    row = client("eks").describe_cluster_versions(clusterVersions=["1.34"])["clusterVersions"][0]
    assert row["endOfStandardSupportDate"] == datetime(2026, 12, 2, tzinfo=UTC)
    assert [tier["tierName"] for tier in row["controlPlaneScalingTiers"]][-1] == "tier-8xl"
    scheduler = row["controlPlaneComponentConfig"]["kubeSchedulerConfig"]["nodeResourcesFit"]["scoringStrategy"]
    assert "nvidia.com/gpu" in scheduler["constraints"]["resources"]["name"]["allowedValues"]


def test_addon_versions_of_a_kubernetes_version(client: Any) -> None:
    eks = client("eks")
    pages = eks.get_paginator("describe_addon_versions").paginate(
        kubernetesVersion="1.35", PaginationConfig={"PageSize": 3}
    )
    addons = [addon for page in pages for addon in page["addons"]]
    assert {"vpc-cni", "coredns", "kube-proxy", "eks-pod-identity-agent", "metrics-server"} <= {
        a["addonName"] for a in addons
    }
    for addon in addons:
        compatible = [row for version in addon["addonVersions"] for row in version["compatibilities"]]
        assert {row["clusterVersion"] for row in compatible} == {"1.35"}
        assert sum(row["defaultVersion"] for row in compatible) == 1, addon["addonName"]


@pytest.mark.parametrize("kubernetes", ["1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"])
def test_every_addon_has_one_default_for_each_version(kubernetes: str) -> None:
    for name in data.table("addon_versions")["addons"]:
        defaults = [row["version"] for row in data.addon_rows(name, kubernetes) if kubernetes in row.get("default", ())]
        assert len(defaults) == 1, name


def test_addon_filters(client: Any) -> None:
    eks = client("eks")
    assert [a["addonName"] for a in eks.describe_addon_versions(addonName="coredns")["addons"]] == ["coredns"]
    assert [a["addonName"] for a in eks.describe_addon_versions(owners=["community"])["addons"]] == ["metrics-server"]
    types = {a["type"] for a in eks.describe_addon_versions(types=["networking"])["addons"]}
    assert types == {"networking"}
    assert eks.describe_addon_versions(kubernetesVersion="1.20")["addons"] == []


def test_an_addons_configuration(client: Any) -> None:
    eks = client("eks")
    about = eks.describe_addon_configuration(addonName="aws-ebs-csi-driver", addonVersion="v1.63.1-eksbuild.1")
    assert "controller" in about["configurationSchema"]
    assert about["podIdentityConfiguration"][0]["serviceAccount"] == "ebs-csi-controller-sa"
    code, _ = refusal(eks.describe_addon_configuration, addonName="coredns", addonVersion="v0")
    assert code == "ResourceNotFoundException"
