"""Tags of EC2 objects, all kept in moto's own tag store so that CreateTags and DescribeTags see every object.

It must not know kinds beyond the names that TagSpecifications use for them.
"""

from collections.abc import Mapping
from typing import Any

from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, get_prefix

from eksgpu.sandbox.overlay import Call


def requested(call: Call, resource_type: str) -> dict[str, str]:
    """The tags that a create asks for on the object it makes."""
    return {
        tag["Key"]: tag["Value"]
        for one in call.params.get("TagSpecifications", ())
        if one.get("ResourceType") == resource_type
        for tag in one.get("Tags", ())
    }


def shown(moto: Any, resource_id: str) -> list[dict[str, str]]:
    """An object's tags as responses show them."""
    return [{"Key": key, "Value": value} for key, value in moto.tags.get(resource_id, {}).items()]


def put(moto: Any, resource_id: str, tags: dict[str, str]) -> None:
    """Tag an object; raises moto's TagLimitExceeded above fifty."""
    if tags:
        moto.create_tags([resource_id], tags)


def forget(moto: Any, resource_id: str) -> None:
    """Drop the tags of an object that is gone."""
    moto.tags.pop(resource_id, None)


def _own_tags(self: TaggedEC2Resource) -> list[dict[str, str]]:
    """The tags of an EC2 object, as moto's DescribeTags lists them."""
    known: str = self.id  # type: ignore[attr-defined]
    tags: Mapping[str, str] = self.ec2_backend.tags.get(known, {}) if known else {}  # type: ignore[attr-defined]
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(known), "") if tags else ""
    return [{"resource_id": known, "key": key, "value": value, "resource_type": kind} for key, value in tags.items()]


# moto looks for an object's tags among those of all objects, by patterns.
TaggedEC2Resource.get_tags = _own_tags  # type: ignore[method-assign]
