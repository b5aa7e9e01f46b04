"""From an object as the API shows it to a `Live`: identity, state, and what must outlive it.

An object's id in a run is its identity (`kubernetes/NodePool.karpenter.sh/default`): unique in a cluster, and
what others can name before it exists. The uid is kept beside it and guards deletion.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Live

from .difference import visible
from .inventory import ID as INVENTORY
from .names import Address, ApiResource, GroupKind, address_of
from .readiness import readiness

KIND = "kubernetes"
AFTER = "eksgpu.dev/after"  # annotation: identities that must outlive the object, since deleting knows no graph
ADHOC = "eksgpu.dev/adhoc"  # label of what a verb made on the side: no plan prunes it
IN_CLUSTER = (f"{KIND}/", "helm_release/")
NODE_POOL = GroupKind("NodePool", "karpenter.sh")
CRDS = GroupKind("CustomResourceDefinition", "apiextensions.k8s.io")


def live_of(found: Mapping[str, Any], resource: ApiResource, *, kind: str = KIND) -> Live:
    """The Live of an object. `fields` hold it whole; a plan puts there what the dry run tells (see compare.py)."""
    address = address_of(found)
    metadata = found["metadata"]
    state, reason = readiness(address.group_kind, found)
    return Live(
        kind=kind,
        name=str(address),
        id=identity(address),
        state=state,
        uses=frozenset(_uses(address, metadata, resource)),
        fields={"manifest": visible(found), "refused": ()},
        outputs={
            "name": address.name,
            "namespace": address.namespace,
            "apiVersion": found["apiVersion"],
            "uid": metadata.get("uid", ""),
            "resourceVersion": metadata.get("resourceVersion", ""),
        },
        tags=metadata.get("labels") or {},
        created=metadata.get("creationTimestamp") or "",
        reason=reason,
        carries_nodes=address.group_kind == NODE_POOL,
    )


def identity(address: Address) -> str:
    """The identity of the object at an address, for Refs too."""
    return f"{KIND}/{address}"


def after_text(after: Iterable[Ref]) -> str:
    """The value of the annotation: which of these are in the cluster."""
    return ",".join(sorted({ref.target for ref in after if ref.target.startswith(IN_CLUSTER)}))


def _uses(address: Address, metadata: Mapping[str, Any], resource: ApiResource) -> Iterator[str]:
    yield INVENTORY
    yield from filter(None, (metadata.get("annotations") or {}).get(AFTER, "").split(","))
    if address.namespace:
        yield identity(Address(GroupKind("Namespace"), "", address.namespace))
    if resource.group:  # where a CRD made the kind, this is its name
        yield identity(Address(CRDS, "", f"{resource.plural}.{resource.group}"))
