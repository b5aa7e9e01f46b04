"""Discovery: which groups, versions and resources there are, in the legacy documents and the aggregated one."""

from typing import Any

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.types.registry import Registry, ResourceType

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
METRICS = ("metrics.k8s.io", "v1beta1")
_METRICS_KINDS = (("nodes", "NodeMetrics", False), ("pods", "PodMetrics", True))
_SUB_KINDS = {
    "scale": ("autoscaling", "v1", "Scale"),
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"),
    "exec": ("", "v1", "PodExecOptions"),
    "proxy": ("", "v1", "PodProxyOptions"),
}
_SUB_VERBS = {"log": ["get"], "exec": ["create", "get"], "eviction": ["create"], "binding": ["create"],
              "finalize": ["update"], "proxy": ["create", "delete", "get", "patch", "update"]}  # fmt: skip


def version(cluster: Cluster) -> dict[str, str]:
    """`/version`: an EKS build of the cluster's minor version."""
    major, minor = cluster.version.split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": f"v{cluster.version}.0-eks-sandbox",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2026-11-22T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "linux/amd64",
    }


def aggregated(cluster: Cluster, *, core: bool) -> dict[str, Any]:
    """APIGroupDiscoveryList of `/api` (core) or `/apis`."""
    groups: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for kind in cluster.types:
        if (kind.group == "") == core:
            groups.setdefault(kind.group, {}).setdefault(kind.version, []).append(_resource(kind))
    if not core and cluster.metrics is not None:
        groups[METRICS[0]] = {METRICS[1]: [_metric(*row) for row in _METRICS_KINDS]}
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": [
            {
                "metadata": {"name": group} if group else {},
                "versions": [
                    {"version": name, "resources": resources, "freshness": "Current"}
                    for name, resources in versions.items()
                ],
            }
            for group, versions in groups.items()
        ],
    }


def group_list(cluster: Cluster) -> dict[str, Any]:
    """The legacy `/apis`."""
    versions: dict[str, list[str]] = {}
    for kind in cluster.types:
        held = versions.setdefault(kind.group, [])
        if kind.version not in held:
            held.append(kind.version)
    if cluster.metrics is not None:
        versions[METRICS[0]] = [METRICS[1]]
    groups = [_group(name, held) for name, held in versions.items() if name]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(cluster: Cluster, name: str) -> dict[str, Any] | None:
    """The legacy `/apis/GROUP`; None when it is not served."""
    return next(
        (
            {"kind": "APIGroup", "apiVersion": "v1", **row}
            for row in group_list(cluster)["groups"]
            if row["name"] == name
        ),
        None,
    )


def resource_list(cluster: Cluster, group_name: str, version_name: str) -> dict[str, Any] | None:
    """The legacy `/api/v1` and `/apis/GROUP/VERSION`; None when it is not served."""
    rows = [row for kind in cluster.types if (kind.group, kind.version) == (group_name, version_name)
            for row in _legacy(kind)]  # fmt: skip
    if (group_name, version_name) == METRICS and cluster.metrics is not None:
        rows = [
            {"name": plural, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": ["get", "list"]}
            for plural, kind, namespaced in _METRICS_KINDS
        ]
    if not rows:
        return None
    name = f"{group_name}/{version_name}" if group_name else version_name
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": rows}


def group_versions(types: Registry) -> list[str]:
    """`v1`, `apps/v1` …, in the order of discovery."""
    return list(dict.fromkeys(kind.api_version for kind in types))


def _group(name: str, versions: list[str]) -> dict[str, Any]:
    rows = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": rows, "preferredVersion": rows[0]}


def _resource(kind: ResourceType) -> dict[str, Any]:
    return {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
        "shortNames": list(kind.short),
        "categories": list(kind.categories),
        "subresources": [
            {
                "subresource": name,
                "responseKind": dict(zip(("group", "version", "kind"), _sub_kind(kind, name), strict=True)),
                "verbs": _SUB_VERBS.get(name, ["get", "patch", "update"]),
            }
            for name in kind.sub
        ],
    }


def _metric(plural: str, kind: str, namespaced: bool) -> dict[str, Any]:
    return {
        "resource": plural,
        "responseKind": {"group": METRICS[0], "version": METRICS[1], "kind": kind},
        "scope": "Namespaced" if namespaced else "Cluster",
        "singularResource": "",
        "verbs": ["get", "list"],
    }


def _legacy(kind: ResourceType) -> list[dict[str, Any]]:
    main = {
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": list(kind.verbs),
        "shortNames": list(kind.short),
        "categories": list(kind.categories),
    }
    rows = [{key: value for key, value in main.items() if value != []}]
    for name in kind.sub:
        group_name, version_name, called = _sub_kind(kind, name)
        row: dict[str, Any] = {
            "name": f"{kind.plural}/{name}",
            "singularName": "",
            "namespaced": kind.namespaced,
            "kind": called,
            "verbs": _SUB_VERBS.get(name, ["get", "patch", "update"]),
        }
        if (group_name, version_name) != (kind.group, kind.version):
            row |= {"group": group_name, "version": version_name}
        rows.append(row)
    return rows


def _sub_kind(kind: ResourceType, name: str) -> tuple[str, str, str]:
    return _SUB_KINDS.get(name, (kind.group, kind.version, kind.kind))
