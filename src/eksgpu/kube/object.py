"""One wanted Kubernetes object of any kind, brought about by server-side apply.

Its plan is the server's own dry run (compare.py), its state the table in readiness.py. Kinds of Kubernetes need no
classes of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from eksgpu.engine.mark import CLUSTER_TAG, NAME_TAG, Mark, short_name
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Effect, Live, OnChange, Resource
from eksgpu.errors import AlreadyExists, Later, NotFound

from .difference import Path, with_value
from .finalizers import abandoned
from .live import ADHOC, AFTER, KIND, after_text, identity, live_of
from .names import Address, GroupKind, address_of
from .readiness import DRAINED
from .run import Kube, KubeRun, reached

LABEL_LIMIT = 63


@dataclass(frozen=True)
class KubeObject(Resource):
    """An object; make it with `KubeObject.of(manifest, cluster=…)`, which gives it its name.

    manifest: apiVersion, kind and metadata.name as plain text, Refs and Chosen values anywhere else; its mark is added.
    cluster:  the cluster it lives in: an edge of the graph.
    force:    take fields over from whoever manages them now.
    refused:  always empty; a live object has here what it refuses to change in place.
    """

    manifest: Mapping[str, Any]
    cluster: Ref | str
    force: bool = False
    refused: tuple[str, ...] = ()

    kind: ClassVar[str] = KIND
    permissions: ClassVar[frozenset[str]] = frozenset({"eks:DescribeCluster"})
    changes: ClassVar[Mapping[str, OnChange]] = {
        "manifest": OnChange(),
        "refused": OnChange(Effect.RECREATE, "the API changes these fields of no live object"),
    }
    # What runs in the cluster works until it is gone: with its nodes, its roles and the operator's own access. What its
    # controllers made in AWS is theirs to take away; only what is left comes after.
    gone_before: ClassVar[tuple[str, ...]] = (
        "eks_node_group", "eks_addon", "pod_identity_association", "access_entry", "eks_cluster",
        "karpenter_instance", "karpenter_launch_template", "karpenter_instance_profile", "load_balancer",
        "target_group", "controller_security_group", "volume", "network_interface",
    )  # fmt: skip
    waits_gone: ClassVar[bool] = True
    changed_unready: ClassVar[bool] = True
    deadline: ClassVar[float] = 1800.0

    def __post_init__(self) -> None:
        text, metadata = after_text(self.after), self.manifest["metadata"]
        others = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != AFTER}
        annotations = others | ({AFTER: text} if text else {})
        metadata = {key: value for key, value in metadata.items() if key != "annotations"}
        metadata |= {"annotations": annotations} if annotations else {}
        object.__setattr__(self, "manifest", {**self.manifest, "metadata": metadata})

    @classmethod
    def of(
        cls,
        manifest: Mapping[str, Any],
        *,
        cluster: Ref | str,
        after: tuple[Ref, ...] = (),
        shared: bool = False,
        force: bool = False,
    ) -> "KubeObject":
        """The object that a manifest describes, under the name that its address gives it."""
        name = str(address_of(manifest))
        return cls(name, manifest=manifest, cluster=cluster, after=after, shared=shared, force=force)

    @property
    def address(self) -> Address:
        return Address.parse(self.name)

    @classmethod
    def ref(cls, manifest: Mapping[str, Any], output: str = "id") -> Ref:
        """A Ref to the object that a manifest describes."""
        return Ref(identity(address_of(manifest)), output)

    @classmethod
    def discover(cls, run: KubeRun) -> list[Live]:
        return marked(run, f"{CLUSTER_TAG}={run.mark.cluster},{NAME_TAG},!{ADHOC}", KIND)

    @classmethod
    def read(cls, run: KubeRun, live: Live) -> Live | None:
        return read_marked(run, live)

    def create(self, run: KubeRun) -> Live:
        kube, sent = reached(run), self.sent(run.mark)
        try:
            if self.name not in kube.checked:
                there = self._look(kube, run.mark)
                if there is not None:
                    return there
            kube.inventory.widen(self.address.group_kind)
            return self._applied(kube, sent)
        except NotFound as error:  # its namespace or its CRD: somebody is about to make it
            raise Later(error.message, code=error.code) from error

    def update(self, run: KubeRun, live: Live, changed: frozenset[str]) -> Live:
        # What the tool chose stays as it lives, although self holds today's choice by now.
        manifest = kept(self.manifest, live)
        return self._applied(reached(run), replace(self, manifest=manifest).sent(run.mark))

    @classmethod
    def delete(cls, run: KubeRun, live: Live) -> None:
        delete_marked(run, live)

    @classmethod
    def in_vain(cls, run: KubeRun, live: Live) -> str | None:
        return abandoned(run, live)

    def sent(self, mark: Mark) -> dict[str, Any]:
        """The manifest (Refs resolved) as it is applied: with the mark."""
        metadata = self.manifest["metadata"]
        labels = (metadata.get("labels") or {}) | mark.tags(short_name(self.address.name, LABEL_LIMIT))
        return {**self.manifest, "metadata": {**metadata, "labels": labels}}

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        label = self.name.replace("/", "-").replace(".", "-")
        return [("kubernetes_manifest", label, {"manifest": dict(self.manifest)})]

    @classmethod
    def example(cls) -> "KubeObject":
        metadata = {"name": "example", "namespace": "default"}
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": "value"}}
        return cls.of(manifest, cluster=Ref("eks_cluster/main", "name"))

    def _applied(self, kube: Kube, sent: Mapping[str, Any]) -> Live:
        found, _ = kube.api.apply(sent, force=self.force)
        live = live_of(found, kube.api.resource(sent["apiVersion"], sent["kind"]))
        return replace(live, fields={"manifest": self.manifest, "refused": ()})

    def _look(self, kube: Kube, mark: Mark) -> Live | None:
        """What the plan could not look at: is the name free? The live object where it is there to stay as it is."""
        resource = kube.api.resource(self.manifest["apiVersion"], self.manifest["kind"])
        try:
            found = kube.api.get(resource, self.address.name, self.address.namespace)
        except NotFound:
            return None
        if self.shared:
            live = live_of(found, resource)
            return replace(live, fields={"manifest": self.manifest, "refused": ()})
        if not mark.owns(found["metadata"].get("labels") or {}):
            raise AlreadyExists(f"{self.name} is there already, without the mark of {mark.cluster}")
        return None


def kept(manifest: Mapping[str, Any], live: Live) -> dict[str, Any]:
    """A manifest with the values that stay as they live (see compare.py)."""
    whole: dict[str, Any] = dict(manifest)
    values: Mapping[Path, Any] = live.outputs.get("kept", {})
    for path, value in values.items():
        whole = with_value(whole, path, value)
    return whole


def marked(run: KubeRun, selector: str, kind: str) -> list[Live]:
    """Every live object of the inventory's kinds that a label selector finds, except what a controller owns."""
    kube = run.kube()
    if kube is None:
        return []

    def listed(group_kind: GroupKind) -> list[Live]:
        resource = kube.api.discovery.preferred(group_kind)
        if resource is None:  # its CRD is gone, and all its objects with it
            return []
        items, _ = kube.api.list(resource, labels=selector)
        return [live_of(item, resource, kind=kind) for item in items if not _controlled(item)]

    found = run.parallel(listed, sorted(kube.inventory.group_kinds()))
    return [live for lives in found for live in lives]


def read_marked(run: KubeRun, live: Live) -> Live | None:
    """The same object as it is now; another one of its name is not it."""
    kube = run.kube()
    behind = kube.behind(live) if kube is not None else None
    if behind is None:
        return None
    resource, found = behind
    if found["metadata"]["uid"] != live.outputs["uid"]:
        return None
    return replace(live_of(found, resource, kind=live.kind), fields=live.fields)


def delete_marked(run: KubeRun, live: Live) -> None:
    """Ask for the deletion of this very object."""
    kube = reached(run)
    address = Address.parse(live.name)
    resource = kube.api.resource(live.outputs["apiVersion"], address.group_kind.kind)
    propagation = "Foreground" if address.group_kind in DRAINED else "Background"
    kube.api.delete(resource, address.name, address.namespace, uid=live.outputs["uid"], propagation=propagation)


def _controlled(found: Mapping[str, Any]) -> bool:
    return any(owner.get("controller") for owner in found["metadata"].get("ownerReferences") or ())
