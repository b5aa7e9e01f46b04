"""Which kinds of objects we ever applied in a cluster: one ConfigMap, widened before the first apply of a new kind.

Prune and destroy list these kinds and no others. It is never narrowed: a kind too many costs one list, a kind that is
missing would leave objects behind.
"""

import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from eksgpu.engine.mark import CLUSTER_TAG
from eksgpu.engine.resource import Deletable, Live
from eksgpu.errors import AlreadyExists, NotFound

from .names import ApiResource, GroupKind

if TYPE_CHECKING:
    from .api import KubeApi

NAMESPACE = "kube-system"
CONFIG_MAPS = ApiResource("", "v1", "ConfigMap", "configmaps", namespaced=True)
KNOWN = "known"
ID = "kube_inventory/main"


class Inventory:
    """The inventory of one cluster. Thread-safe; read once a run."""

    def __init__(self, api: "KubeApi", cluster: str) -> None:
        self._api = api
        self.name = f"eksgpu-{cluster}"
        self._cluster = cluster
        self._lock = threading.Lock()
        self._known: frozenset[GroupKind] | None = None
        self._expected: frozenset[GroupKind] = frozenset()

    def group_kinds(self) -> frozenset[GroupKind]:
        """Every kind that was ever applied."""
        with self._lock:
            return self._read()

    def expect(self, group_kinds: Iterable[GroupKind]) -> None:
        """What this run is going to apply, so that the first widening writes all of it at once."""
        self._expected = frozenset(group_kinds)

    def widen(self, group_kind: GroupKind) -> None:
        """Make sure that this kind stands in the inventory: before its first object is applied."""
        with self._lock:
            known = self._read()
            if group_kind not in known:
                wider = known | self._expected | {group_kind}
                self._write({str(one): KNOWN for one in sorted(wider - known)})
                self._known = wider

    def _read(self) -> frozenset[GroupKind]:
        if self._known is None:
            try:
                data = self._api.get(CONFIG_MAPS, self.name, NAMESPACE).get("data") or {}
            except NotFound:
                data = {}
            self._known = frozenset(GroupKind.parse(key) for key in data)
        return self._known

    def _write(self, added: Mapping[str, str]) -> None:
        """Merging adds keys and takes none away, whoever else writes at the same time."""
        try:
            self._api.merge(CONFIG_MAPS, self.name, NAMESPACE, {"data": dict(added)})
        except NotFound:
            self._make(added)

    def _make(self, added: Mapping[str, str]) -> None:
        # Not labelled with the mark's name: what carries both is an object of the spec, and would be pruned.
        metadata = {"name": self.name, "namespace": NAMESPACE, "labels": {CLUSTER_TAG: self._cluster}}
        manifest: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": dict(added)}
        try:
            self._api.create(manifest)
        except AlreadyExists:
            self._api.merge(CONFIG_MAPS, self.name, NAMESPACE, {"data": dict(added)})


class KubeInventory(Deletable):
    """The inventory as something to delete: the last thing of ours in a cluster that stays."""

    kind: ClassVar[str] = "kube_inventory"
    permissions: ClassVar[frozenset[str]] = frozenset({"eks:DescribeCluster"})
    gone_before: ClassVar[tuple[str, ...]] = ("access_entry", "eks_node_group", "eks_cluster")

    @classmethod
    def discover(cls, run: Any) -> list[Live]:
        kube = run.kube()
        if kube is None:
            return []
        try:
            return [_live(kube.api.get(CONFIG_MAPS, kube.inventory.name, NAMESPACE))]
        except NotFound:
            return []

    @classmethod
    def read(cls, run: Any, live: Live) -> Live | None:
        found = cls.discover(run)
        return found[0] if found else None

    @classmethod
    def delete(cls, run: Any, live: Live) -> None:
        kube = run.kube()
        if kube is not None:
            kube.api.delete(CONFIG_MAPS, kube.inventory.name, NAMESPACE, uid=live.outputs["uid"])


def _live(config_map: Mapping[str, Any]) -> Live:
    metadata = config_map["metadata"]
    return Live(
        kind=KubeInventory.kind,
        name="main",
        id=ID,
        outputs={"uid": metadata["uid"]},
        created=metadata.get("creationTimestamp", ""),
    )
