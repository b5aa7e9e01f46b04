"""DescribeClusterVersions: which Kubernetes versions exist, how long they are supported, what may be configured.

Support is judged by the World's date, so a version runs out while the sandbox lives.
"""

from datetime import datetime
from typing import Any

from eksgpu.sandbox.eks import data
from eksgpu.sandbox.eks.front import eks, page
from eksgpu.sandbox.overlay import Call


@eks("DescribeClusterVersions")
def describe_cluster_versions(call: Call) -> dict[str, Any]:
    now = call.world.clock.now()
    rows = [_row(version, row, now) for version, row in data.versions_at(now).items()]
    return page(call, [row for row in rows if _asked(row, call.params)], "clusterVersions")


def _asked(row: dict[str, Any], params: dict[str, Any]) -> bool:
    if params.get("clusterVersions"):
        return row["clusterVersion"] in params["clusterVersions"]
    if params.get("defaultOnly"):
        return bool(row["defaultVersion"])
    wanted = params.get("versionStatus") or params.get("status", "").upper().replace("-", "_")
    if wanted:
        return bool(row["versionStatus"] == wanted)
    return bool(params.get("includeAll")) or row["versionStatus"] != "UNSUPPORTED"


def _row(version: str, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    support = data.support(row, now)
    return {
        "clusterVersion": version,
        "clusterType": "eks",
        "defaultPlatformVersion": row["platform"],
        "defaultVersion": version == data.default_version(),
        "releaseDate": data.midnight(row["release"]),
        "endOfStandardSupportDate": data.midnight(row["endOfStandard"]),
        "endOfExtendedSupportDate": data.midnight(row["endOfExtended"]),
        "status": support.lower().replace("_", "-"),
        "versionStatus": support,
        "kubernetesPatchVersion": row["patch"],
        "controlPlaneScalingTiers": [
            {"tierName": tier} for tier in data.table("eks_versions")["controlPlaneScalingTiers"]
        ],
        "controlPlaneComponentConfig": {"kubeSchedulerConfig": _scheduler()},
    }


def _scheduler() -> dict[str, Any]:
    scheduler = data.table("eks_versions")["scheduler"]
    constraints = {
        "scoringStrategy": {"allowedValues": scheduler["scoringStrategies"]},
        "resources": {"name": {"allowedValues": scheduler["resources"]}, "weight": dict(scheduler["weight"])},
    }
    default = {"type": "LeastAllocated", "resources": [{"name": "cpu", "weight": 1}, {"name": "memory", "weight": 1}]}
    return {"nodeResourcesFit": {"scoringStrategy": {"defaultValue": default, "constraints": constraints}}}
