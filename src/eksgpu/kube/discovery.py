"""What the API serves: group, version, kind, plural and scope of every resource, read in two calls and kept for a run.

A resource that is missing is looked for once more, since a CRD may have been made in the meantime.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from .names import ApiResource, GroupKind, group_of

# The aggregated form: every group in one answer (Kubernetes 1.30 and later), and the older one as a way out.
ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
Ask = Callable[[str, str], dict[str, Any]]


class Discovery:
    """The resources of one API. `ask(path, accept)` is a GET. Thread-safe."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._found: dict[GroupKind, list[ApiResource]] | None = None

    def find(self, api_version: str, kind: str) -> ApiResource | None:
        """The resource of exactly this version, or None when the API does not serve it."""
        version = api_version.rpartition("/")[2]
        return self._search(GroupKind(kind, group_of(api_version)), version)

    def preferred(self, group_kind: GroupKind) -> ApiResource | None:
        """The resource of the version that the API prefers."""
        return self._search(group_kind, None)

    def forget(self) -> None:
        """Ask anew next time."""
        with self._lock:
            self._found = None

    def _search(self, group_kind: GroupKind, version: str | None) -> ApiResource | None:
        with self._lock:
            known, fresh = self._found, self._found is None
            if known is None:
                known = self._found = self._load()
            found = _pick(known, group_kind, version)
            if found is None and not fresh:
                known = self._found = self._load()
                found = _pick(known, group_kind, version)
            return found

    def _load(self) -> dict[GroupKind, list[ApiResource]]:
        found: dict[GroupKind, list[ApiResource]] = {}
        for root in ("/api", "/apis"):
            answer = self._ask(root, ACCEPT)
            rows = _aggregated(answer) if answer.get("kind") == "APIGroupDiscoveryList" else self._one_by_one(answer)
            for row in rows:
                found.setdefault(row.group_kind, []).append(row)
        return found

    def _one_by_one(self, answer: dict[str, Any]) -> Iterator[ApiResource]:
        if answer.get("kind") == "APIVersions":
            paths = [("", version, f"/api/{version}") for version in answer["versions"]]
        else:
            paths = [
                (group["name"], version["version"], f"/apis/{version['groupVersion']}")
                for group in answer["groups"]
                for version in _preferred_first(group)
            ]
        for group, version, path in paths:
            for row in self._ask(path, "application/json").get("resources", []):
                if "/" not in row["name"]:
                    yield ApiResource(group, version, row["kind"], row["name"], row["namespaced"])


def _pick(known: dict[GroupKind, list[ApiResource]], group_kind: GroupKind, version: str | None) -> ApiResource | None:
    return next((row for row in known.get(group_kind, []) if version in (None, row.version)), None)


def _aggregated(answer: dict[str, Any]) -> Iterator[ApiResource]:
    for group in answer.get("items", []):
        name = group.get("metadata", {}).get("name", "")
        for version in group["versions"]:  # the preferred one comes first
            for row in version.get("resources", []):
                kind = row.get("responseKind", {}).get("kind")
                if kind:
                    yield ApiResource(name, version["version"], kind, row["resource"], row["scope"] == "Namespaced")


def _preferred_first(group: dict[str, Any]) -> list[dict[str, Any]]:
    preferred = group.get("preferredVersion")
    return sorted(group["versions"], key=lambda version: version != preferred)
