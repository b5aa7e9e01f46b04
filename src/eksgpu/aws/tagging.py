"""Tags of the services that have no filter of their own (KMS, logs, SQS, events): one question for all of them.

The tagging API lags some seconds behind. So no kind may rely on it alone: what it finds by name and misses here is read
directly. A changed tag may still show its old value in a plan made within those seconds; the next plan is right, and
nothing but that tag would be written again. `read` of a kind never asks here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from eksgpu.engine.mark import CLUSTER_TAG
from eksgpu.engine.resource import Resource

from .run import GLOBAL_TAGGING_REGION, AwsRun, tag_map

SERVICES = ("events", "kms", "logs", "sqs")
PERMISSIONS = frozenset({"tag:GetResources"})

_TAGS = "tagging:owned"
_GLOBAL_TAGS = "tagging:global"


def owned_arns(run: AwsRun, kind: str, *services: str) -> dict[str, dict[str, str]]:
    """ARN -> tags of what carries our mark in some of `SERVICES`; `kind` is who asks."""
    found: dict[str, dict[str, str]] = once_a_round(run, _TAGS, kind, lambda: _ask(run))
    return {arn: tags for arn, tags in found.items() if arn.split(":", 3)[2] in services}


def owned_policies(run: AwsRun, kind: str) -> dict[str, dict[str, str]]:
    """The same for IAM policies, whose tags the API of one region per partition knows."""
    region = GLOBAL_TAGGING_REGION[run.partition]
    found: dict[str, dict[str, str]] = once_a_round(run, _GLOBAL_TAGS, kind, lambda: _ask(run, ("iam:policy",), region))
    return found


def once_a_round(run: AwsRun, key: str, kind: str, ask: Callable[[], Any]) -> Any:
    """An answer that several kinds share. The kind that comes for it a second time starts a new round.

    So discovering everything costs one call, and who looks again (for a create whose answer was lost) sees the present.
    """
    answer: _Answer = run.aws.once(key, lambda: _Answer(ask()))
    if kind in answer.seen_by:
        run.aws.forget(key)
        answer = run.aws.once(key, lambda: _Answer(ask()))
    answer.seen_by.add(kind)
    return answer.value


def new_tags(run: AwsRun, resource: Resource) -> dict[str, str]:
    """The tags a new object gets: the user's and the mark."""
    return {**resource.tags, **run.mark.tags(resource.name, resource.incarnation)}


@dataclass(frozen=True)
class _Answer:
    value: Any
    seen_by: set[str] = field(default_factory=set)


def _ask(run: AwsRun, types: Sequence[str] = SERVICES, region: str | None = None) -> dict[str, dict[str, str]]:
    pages = run.aws.service("resourcegroupstaggingapi", region).pages(
        "get_resources",
        "ResourceTagMappingList",
        ResourceTypeFilters=list(types),
        TagFilters=[{"Key": CLUSTER_TAG, "Values": [run.mark.cluster]}],
    )
    found = {item["ResourceARN"]: tag_map(item["Tags"]) for item in pages}
    return {arn: tags for arn, tags in found.items() if run.mark.owns(tags)}
