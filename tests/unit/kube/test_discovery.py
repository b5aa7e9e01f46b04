"""Discovery understands both forms of the API's answer, and looks again for what it does not find."""

from typing import Any

import pytest

from eksgpu.kube.discovery import Discovery
from eksgpu.kube.names import ApiResource, GroupKind

POOLS = ApiResource("karpenter.sh", "v1", "NodePool", "nodepools", namespaced=False)
PODS = ApiResource("", "v1", "Pod", "pods", namespaced=True)


def aggregated(group: str, *rows: ApiResource) -> dict[str, Any]:
    versions = [
        {
            "version": row.version,
            "resources": [
                {
                    "resource": row.plural,
                    "responseKind": {"group": row.group, "version": row.version, "kind": row.kind},
                    "scope": "Namespaced" if row.namespaced else "Cluster",
                }
            ],
        }
        for row in rows
    ]
    items = [{"metadata": {"name": group} if group else {}, "versions": versions}] if versions else []
    return {"kind": "APIGroupDiscoveryList", "items": items}


MODERN = {"/api": aggregated("", PODS), "/apis": aggregated("karpenter.sh", POOLS)}
GROUP = {
    "name": "karpenter.sh",
    "versions": [{"groupVersion": "karpenter.sh/v1", "version": "v1"}],
    "preferredVersion": {"groupVersion": "karpenter.sh/v1", "version": "v1"},
}
OLD: dict[str, dict[str, Any]] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "groups": [GROUP]},
    "/api/v1": {
        "resources": [
            {"name": "pods", "kind": "Pod", "namespaced": True},
            {"name": "pods/log", "kind": "Pod", "namespaced": True},
        ]
    },
    "/apis/karpenter.sh/v1": {"resources": [{"name": "nodepools", "kind": "NodePool", "namespaced": False}]},
}


@pytest.mark.parametrize("answers", [MODERN, OLD], ids=["aggregated", "group by group"])
def test_finds_what_is_served(answers: dict[str, dict[str, Any]]) -> None:
    discovery = Discovery(lambda path, _: answers[path])
    assert discovery.find("karpenter.sh/v1", "NodePool") == POOLS
    assert discovery.find("v1", "Pod") == PODS
    assert discovery.find("karpenter.sh/v1beta1", "NodePool") is None
    assert discovery.preferred(GroupKind("NodePool", "karpenter.sh")) == POOLS
    assert discovery.preferred(GroupKind("NodePool")) is None


def test_a_crd_that_came_later_is_found() -> None:
    answers = {"/api": aggregated("", PODS), "/apis": aggregated("karpenter.sh")}
    discovery = Discovery(lambda path, _: answers[path])
    assert discovery.find("karpenter.sh/v1", "NodePool") is None
    answers["/apis"] = aggregated("karpenter.sh", POOLS)
    assert discovery.find("karpenter.sh/v1", "NodePool") == POOLS


def test_what_is_known_is_not_asked_again() -> None:
    asked: list[str] = []

    def ask(path: str, _: str) -> dict[str, Any]:
        asked.append(path)
        return MODERN[path]

    discovery = Discovery(ask)
    for _ in range(5):
        discovery.find("v1", "Pod")
    assert asked == ["/api", "/apis"]
