"""Tags of everything EKS has: the limits, the three tag operations, and all ARNs with their tags for the tagging API.

Knows every kind of object only as an ARN and a dict of tags.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from eksgpu.sandbox.eks import refusals
from eksgpu.sandbox.eks.front import eks
from eksgpu.sandbox.eks.state import Cluster, Eks, Fields, eks_of
from eksgpu.sandbox.overlay import Call, Refused
from eksgpu.sandbox.services.tagging import tagged_resources
from eksgpu.sandbox.world import World

_MOST = 50


def check_tags(tags: Mapping[str, str] | None) -> dict[str, str]:
    """The tags of a create request; raises InvalidParameterException beyond AWS's limits."""
    checked = dict(tags or {})
    problem = _problem(checked)
    if problem is not None:
        raise refusals.invalid(problem)
    return checked


@tagged_resources("eks")
def tagged_in_region(world: World, region: str) -> Iterable[tuple[str, dict[str, str]]]:
    return tagged(world.state(Eks, region))


def tagged(state: Eks) -> Iterator[tuple[str, dict[str, str]]]:
    """(ARN, tags) of every object of a region."""
    for cluster in state.clusters.values():
        for arn_key, fields in _objects(cluster):
            yield fields[arn_key], fields["tags"]


@eks("TagResource")
def tag_resource(call: Call) -> dict[str, Any]:
    tags = _tags_of(call)
    merged = {**tags, **call.params["tags"]}
    problem = _problem(merged)
    if problem is not None:
        raise Refused("BadRequestException", problem, 400)
    tags.update(merged)
    return {}


@eks("UntagResource")
def untag_resource(call: Call) -> dict[str, Any]:
    tags = _tags_of(call)
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}


@eks("ListTagsForResource")
def list_tags_for_resource(call: Call) -> dict[str, Any]:
    return {"tags": dict(_tags_of(call))}


def _tags_of(call: Call) -> dict[str, str]:
    arn = call.params["resourceArn"]
    found = dict(tagged(eks_of(call))).get(arn)
    if found is None:
        raise Refused("NotFoundException", f"Resource was not found: {arn}", 404)
    return found


def _objects(cluster: Cluster) -> Iterator[tuple[str, Fields]]:
    yield "arn", cluster.fields
    for nodegroup in cluster.nodegroups.values():
        yield "nodegroupArn", nodegroup.fields
    for addon in cluster.addons.values():
        yield "addonArn", addon.fields
    for entry in cluster.entries.values():
        yield "accessEntryArn", entry.fields
    for association in cluster.associations.values():
        yield "associationArn", association.fields


def _problem(tags: Mapping[str, str]) -> str | None:
    if len(tags) > _MOST:
        return f"Number of tags must be at most {_MOST}, got {len(tags)}"
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256:
            return f"Tag key must have 1 to 128 characters and its value at most 256: {key}"
        if key.lower().startswith("aws:"):
            return f"Tag key may not start with the reserved prefix aws: {key}"
    return None
