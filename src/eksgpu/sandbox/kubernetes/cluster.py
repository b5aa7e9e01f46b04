"""The state of one cluster: its objects, its types, its clock, and what others lend it (logs, metrics, exec, pages).

Everything that changes objects works on a Cluster; users and HTTP stay outside.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from eksgpu.engine.clock import Clock
from eksgpu.sandbox.kubernetes.logs import LogBook
from eksgpu.sandbox.kubernetes.store import Object, Store
from eksgpu.sandbox.kubernetes.types.registry import Registry, StoreKey

PODS: StoreKey = ("", "pods")
NODES: StoreKey = ("", "nodes")
NAMESPACES: StoreKey = ("", "namespaces")
PRIORITY_CLASSES: StoreKey = ("scheduling.k8s.io", "priorityclasses")
CRDS: StoreKey = ("apiextensions.k8s.io", "customresourcedefinitions")

# What Kubernetes makes random names of: no vowels, no look-alikes.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"

Metrics = Callable[[str], list[dict[str, Any]]]
Execute = Callable[[str, str, str, list[str]], tuple[str, str, int]]
Page = Callable[[str, str, int, str], str | None]
"""Namespace, pod, port and path to what the pod serves there; None where nothing listens."""


@dataclass
class Cluster:
    """`version` is Kubernetes' minor version ("1.35"). The same seed gives the same uids and random names."""

    clock: Clock
    version: str = "1.35"
    seed: int = 0
    store: Store = field(default_factory=Store)
    types: Registry = field(default_factory=Registry)
    logs: LogBook = field(default_factory=LogBook)
    metrics: Metrics | None = None
    execute: Execute | None = None
    page: Page | None = None

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311  reproducible names, no secrets

    def now(self, *, exact: bool = False) -> str:
        """The wall time as Kubernetes writes it: UTC, whole seconds; `exact` with microseconds."""
        at = self.clock.now()
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if exact else timestamp(at)

    def new_uid(self) -> str:
        value = f"{self._random.getrandbits(128):032x}"
        return f"{value[:8]}-{value[8:12]}-4{value[13:16]}-a{value[17:20]}-{value[20:]}"

    def suffix(self) -> str:
        """Five characters for a generated name."""
        return "".join(self._random.choices(_ALPHABET, k=5))

    def namespace(self, name: str) -> Object | None:
        return self.store.get(NAMESPACES, "", name)


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    """The time that a timestamp names."""
    return datetime.fromisoformat(text)
