"""The order among wanted objects that Kubernetes itself knows of: namespaces and CRDs before what lives in them, and
what a pod refers to before the pod."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from eksgpu.engine.refs import Ref

from .live import CRDS, identity
from .names import Address, GroupKind
from .object import KubeObject

# field of a pod's spec, at any depth -> the kind it names; `name` of a reference, or the text itself
REFERENCES: Mapping[str, GroupKind] = {
    "serviceAccountName": GroupKind("ServiceAccount"),
    "priorityClassName": GroupKind("PriorityClass", "scheduling.k8s.io"),
    "runtimeClassName": GroupKind("RuntimeClass", "node.k8s.io"),
    "claimName": GroupKind("PersistentVolumeClaim"),
    "secretName": GroupKind("Secret"),
    "storageClassName": GroupKind("StorageClass", "storage.k8s.io"),
    "configMap": GroupKind("ConfigMap"),
    "configMapRef": GroupKind("ConfigMap"),
    "configMapKeyRef": GroupKind("ConfigMap"),
    "secretRef": GroupKind("Secret"),
    "secretKeyRef": GroupKind("Secret"),
    "roleRef": GroupKind("Role", "rbac.authorization.k8s.io"),
    "nodeClassRef": GroupKind("EC2NodeClass", "karpenter.k8s.aws"),
}


def arranged(objects: Iterable[KubeObject]) -> tuple[KubeObject, ...]:
    """The same objects, each `after` those among them that it cannot do without."""
    objects = tuple(objects)
    there = {one.address for one in objects}
    crds = {(one.manifest["spec"]["group"], one.manifest["spec"]["names"]["kind"]): one.identity for one in objects
            if one.address.group_kind == CRDS}  # fmt: skip
    return tuple(_after(one, [*_ground(one, there, crds), *_named(one, there)]) for one in objects)


def _after(one: KubeObject, needed: Iterable[str]) -> KubeObject:
    known = {ref.target for ref in one.after}
    added = tuple(Ref(target) for target in sorted(set(needed)) if target not in known and target != one.identity)
    return replace(one, after=(*one.after, *added)) if added else one


def _ground(one: KubeObject, there: set[Address], crds: Mapping[tuple[str, str], str]) -> Iterator[str]:
    address = one.address
    namespace = Address(GroupKind("Namespace"), "", address.namespace)
    if address.namespace and namespace in there:
        yield identity(namespace)
    crd = crds.get((address.group_kind.group, address.group_kind.kind))
    if crd is not None:
        yield crd


def _named(one: KubeObject, there: set[Address]) -> Iterator[str]:
    for group_kind, name in _references(one.manifest):
        for namespace in (one.address.namespace, ""):
            target = Address(group_kind, namespace, name)
            if target in there:
                yield identity(target)
                break


def _references(tree: Any) -> Iterator[tuple[GroupKind, str]]:
    match tree:
        case Mapping():
            for key, value in tree.items():
                name = value.get("name") if isinstance(value, Mapping) else value
                if key in REFERENCES and isinstance(name, str):
                    yield REFERENCES[key], name
                yield from _references(value)
        case list() | tuple():
            for value in tree:
                yield from _references(value)
