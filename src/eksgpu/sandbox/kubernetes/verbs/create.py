"""Creating an object: metadata, defaults, admission, checks, managed fields, then the store."""

from typing import Any

from eksgpu.sandbox.kubernetes.cluster import NAMESPACES, Cluster
from eksgpu.sandbox.kubernetes.failure import ApiError, already_exists, bad_request, cause, forbidden, invalid
from eksgpu.sandbox.kubernetes.fields.managed import Manager, after_update
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.defaults import fill
from eksgpu.sandbox.kubernetes.types.registry import ResourceType
from eksgpu.sandbox.kubernetes.verbs import admission, definitions, strategy, validation
from eksgpu.sandbox.kubernetes.verbs.options import Options, decoded

_SERVER_SET = ("uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
               "generation", "selfLink", "managedFields")  # fmt: skip


def create(cluster: Cluster, kind: ResourceType, namespace: str, raw: Any, options: Options) -> Object:
    """The stored object (as it would be, for a dry run). `namespace` is "" for cluster-wide types.

    Raises ApiError 400, 403, 404 (no namespace), 409 (exists) or 422.
    """
    return admit(cluster, kind, namespace, decoded(raw, kind, options), options)


def admit(
    cluster: Cluster,
    kind: ResourceType,
    namespace: str,
    new: Object,
    options: Options,
    managed: list[dict[str, Any]] | None = None,
) -> Object:
    """Create a decoded object. `managed` are its managed fields when apply has computed them already."""
    meta = new["metadata"]
    if meta.get("resourceVersion") and not options.dry_run:
        raise bad_request("resourceVersion should not be set on objects to be created")
    for key in _SERVER_SET:
        meta.pop(key, None)
    _name(cluster, kind, meta)
    _place(cluster, kind, namespace, meta)
    meta.update(uid=cluster.new_uid(), creationTimestamp=cluster.now())
    if kind.generation:
        meta["generation"] = 1
    if kind.has_status and kind.qualified != "nodes":  # a kubelet registers its node with its status
        new.pop("status", None)
    fill(new, kind.type)
    validation.require(kind, new)
    if managed is None and options.manager:
        manager = Manager(options.manager, "Update", "", kind.api_version)
        written = {key: value for key, value in new.items() if key != "status" or not kind.has_status}
        managed = after_update(None, written, kind.type, manager, cluster.now())
    admission.on_create(cluster, kind, new)
    strategy.on_create(kind, new)
    validation.check(kind, new)
    if cluster.store.get(kind.key, meta.get("namespace", ""), meta["name"]) is not None:
        raise already_exists(kind, meta["name"])
    if managed:
        meta["managedFields"] = managed
    if not options.dry_run:
        cluster.store.put(kind.key, new)
        definitions.register(cluster, kind, new)
    return new


def _name(cluster: Cluster, kind: ResourceType, meta: dict[str, Any]) -> None:
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = meta["generateName"][:58] + cluster.suffix()
    if not meta.get("name"):
        raise invalid(kind, "", [cause("metadata.name", "FieldValueRequired", _NAMELESS)])


def _place(cluster: Cluster, kind: ResourceType, namespace: str, meta: dict[str, Any]) -> None:
    if not kind.namespaced:
        meta.pop("namespace", None)
        return
    if meta.setdefault("namespace", namespace) != namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    space = cluster.namespace(namespace)
    if space is None:
        about = {"name": namespace, "kind": NAMESPACES[1]}
        raise ApiError(404, "NotFound", f'namespaces "{namespace}" not found', about)
    if space["metadata"].get("deletionTimestamp"):
        why = f"unable to create new content in namespace {namespace} because it is being terminated"
        refused = forbidden(kind, meta["name"], why)
        refused.details["causes"] = [
            {"reason": "NamespaceTerminating", "message": f"namespace {namespace} is being terminated",
             "field": "metadata.namespace"}
        ]  # fmt: skip
        raise refused


_NAMELESS = "Required value: name or generateName is required"
