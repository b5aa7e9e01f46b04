"""Kubernetes versions: what EKS offers today, what a live cluster runs, and which version this run is about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from eksgpu.aws.eks import known_cluster
from eksgpu.aws.run import AwsRun
from eksgpu.catalog.kubernetes import minor

from .model import Ask, ClusterVersion

PERMISSIONS = frozenset({"eks:DescribeClusterVersions", "eks:DescribeCluster"})


@dataclass(frozen=True)
class LiveCluster:
    """The cluster that has the name already. `ours`: it carries our mark."""

    version: str
    ours: bool


def read_cluster_versions(run: AwsRun) -> tuple[ClusterVersion, ...]:
    """Every version that EKS knows, newest first, those it no longer creates included."""
    found = run.aws.eks.pages("describe_cluster_versions", "clusterVersions", includeAll=True)
    return tuple(sorted(map(_version, found), key=lambda item: minor(item.version), reverse=True))


def read_live_cluster(run: AwsRun) -> LiveCluster | None:
    """The cluster of the run's name, whoever made it."""
    cluster = known_cluster(run)
    return LiveCluster(cluster["version"], run.mark.owns(cluster.get("tags", {}))) if cluster is not None else None


def newest_version(offered: Iterable[ClusterVersion], allowed: str) -> str:
    """The newest version up to `allowed` in standard support, else in extended support, else `allowed` itself."""
    fitting = [item for item in offered if minor(item.version) <= minor(allowed)]
    for support in ("standard", "extended"):
        found = [item.version for item in fitting if item.support == support]
        if found:
            return max(found, key=minor)
    return allowed


def next_version(newest: str, live: LiveCluster | None) -> str:
    """The next step from what lives to the newest; what lives when it is as new; the newest when nothing lives."""
    if live is None:
        return newest
    return live.version if minor(newest) <= minor(live.version) else f"1.{minor(live.version) + 1}"


def version_of_run(ask: Ask, next_: str, live: LiveCluster | None) -> str:
    """What the spec says, else what lives; the next step when nothing lives or an upgrade is asked for."""
    return ask.version or (live.version if live and not ask.upgrade else next_)


def _version(row: Mapping[str, Any]) -> ClusterVersion:
    return ClusterVersion(
        version=row["clusterVersion"],
        support=row["versionStatus"].partition("_")[0].lower(),  # STANDARD_SUPPORT, EXTENDED_SUPPORT, UNSUPPORTED
        default=row.get("defaultVersion", False),
        standard_ends=_day(row.get("endOfStandardSupportDate")),
        extended_ends=_day(row.get("endOfExtendedSupportDate")),
    )


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None
