"""The tagging API: every tagged object of the account in a region, whatever service keeps it.

Each service adds its objects through a provider; a provider yields all that it holds, the filters are applied here.
Like the real one, it knows no IAM roles or users, and shows other IAM objects in us-east-1 only.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from eksgpu.sandbox.overlay import Call, operation

if TYPE_CHECKING:
    from eksgpu.sandbox.world import World

Tagged = tuple[str, Mapping[str, str]]
Provider = Callable[["World", str], Iterable[Tagged]]

PROVIDERS: dict[str, Provider] = {}

_PAGE = 100


def tagged_resources(service: str) -> Callable[[Provider], Provider]:
    """Register what yields (ARN, tags) of a service's objects in a region. Raises ValueError when one is there."""

    def register(provider: Provider) -> Provider:
        if service in PROVIDERS:
            raise ValueError(f"{service} has two providers of tagged resources")
        PROVIDERS[service] = provider
        return provider

    return register


@operation("resourcegroupstaggingapi", "GetResources")
def get_resources(call: Call) -> dict[str, Any]:
    """Tagged objects that match the tag and type filters, in the order of their ARNs, paged."""
    matching = sorted(_matching(call), key=lambda tagged: tagged[0])
    start = int(call.params.get("PaginationToken") or 0)
    end = start + call.params.get("ResourcesPerPage", _PAGE)
    return {
        "PaginationToken": str(end) if end < len(matching) else "",
        "ResourceTagMappingList": [
            {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            for arn, tags in matching[start:end]
        ],
    }


def resource_type(arn: str) -> str:
    """`service:type` of an ARN, as ResourceTypeFilters name it; queues have no type in their ARN."""
    service, resource = arn.split(":", 5)[2], arn.split(":", 5)[5]
    parts = re.split(r"[:/]", resource)
    return f"{service}:{parts[0]}" if len(parts) > 1 else f"{service}:queue"


def _matching(call: Call) -> Iterator[Tagged]:
    types = set(call.params.get("ResourceTypeFilters", ()))
    arns = set(call.params.get("ResourceARNList", ()))
    for provider in PROVIDERS.values():
        for arn, tags in provider(call.world, call.region):
            kind = resource_type(arn)
            if types and not types & {kind, kind.split(":", 1)[0]}:
                continue
            if arns and arn not in arns:
                continue
            if tags and all(_fits(tags, wanted) for wanted in call.params.get("TagFilters", ())):
                yield arn, tags


def _fits(tags: Mapping[str, str], wanted: Mapping[str, Any]) -> bool:
    values = wanted.get("Values") or []
    return wanted["Key"] in tags and (not values or tags[wanted["Key"]] in values)
