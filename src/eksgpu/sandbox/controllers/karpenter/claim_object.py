"""A NodeClaim as Karpenter writes it for a node that it planned."""

from eksgpu.sandbox.controllers.client import NODE_CLAIM, Object
from eksgpu.scheduling.labels import INSTANCE_TYPE, NODE_POOL
from eksgpu.scheduling.packing import PlannedNode
from eksgpu.scheduling.resources import quantity

from .names import FINALIZER, owner

_MOST_TYPES = 60


def claim_object(pool: Object, node: PlannedNode) -> Object:
    """The claim of a pool's manifest; every type that the node could be stands in it, the first choice first."""
    template = pool["spec"]["template"]
    types = list(dict.fromkeys(candidate.item.name for candidate, _ in node.choices()))[:_MOST_TYPES]
    requirements = [_written(key, node) for key in node.requirements if key not in (INSTANCE_TYPE, NODE_POOL)]
    requirements.append({"key": INSTANCE_TYPE, "operator": "In", "values": types})
    metadata = template.get("metadata") or {}
    return {
        "apiVersion": NODE_CLAIM.api_version,
        "kind": NODE_CLAIM.kind,
        "metadata": {
            "generateName": f"{node.pool.name}-",
            "labels": {**(metadata.get("labels") or {}), NODE_POOL: node.pool.name},
            "annotations": dict(metadata.get("annotations") or {}),
            "finalizers": [FINALIZER],
            "ownerReferences": [owner(pool)],
        },
        "spec": {
            **{name: value for name, value in template["spec"].items() if name != "requirements"},
            "requirements": requirements,
            "resources": {"requests": {name: quantity(name, count) for name, count in node.requests.items()}},
        },
    }


def _written(key: str, node: PlannedNode) -> Object:
    """A requirement as Karpenter writes it; bounds are spelled out by the values that are left."""
    requirement = node.requirements[key]
    if not requirement.complement:
        return {
            "key": key,
            "operator": "In" if requirement.values else "DoesNotExist",
            "values": sorted(requirement.values),
        }
    if requirement.bounded or not requirement.values:
        return {"key": key, "operator": "Exists"}
    return {"key": key, "operator": "NotIn", "values": sorted(requirement.values)}
