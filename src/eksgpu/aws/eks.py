"""What the kinds of EKS share: lists of what hangs on the cluster, tags as a map, issues as text, one-time tokens.

EKS has no bulk Describe and no filter by tag: one List, then one Describe for each object.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from eksgpu.engine.resource import Live, Resource, State
from eksgpu.errors import CloudError, NotFound

from .run import AwsRun, changed_tags

NOT_IN_THIS_STATE = "InvalidRequestException"  # "the request is invalid given the state of the cluster"


def listed(run: AwsRun, method: str, key: str) -> list[Any]:
    """Every item of a paginated List of our cluster; none when there is no cluster, or none that has such things yet.

    EKS lists no access entries of a cluster that is being made or deleted, or that goes by its ConfigMap alone.
    """
    try:
        return list(run.aws.eks.pages(method, key, clusterName=run.eks_cluster))
    except CloudError as error:
        if not isinstance(error, NotFound) and error.code != NOT_IN_THIS_STATE:
            raise
        return []


def described(call: Callable[..., Any], key: str, **params: str) -> dict[str, Any] | None:
    """What a Describe answers under `key`, or None when the object is gone."""
    try:
        found: dict[str, Any] = call(**params)[key]
    except NotFound:
        return None
    return found


def known_cluster(run: AwsRun) -> dict[str, Any] | None:
    """The cluster as it was when this run first asked, shared by all that plan; None when there was none."""
    found: dict[str, Any] | None = run.aws.once(
        "eks cluster", lambda: described(run.aws.eks.describe_cluster, "cluster", name=run.eks_cluster)
    )
    return found


def owned(run: AwsRun, describe: Callable[[Any], dict[str, Any] | None], items: list[Any]) -> list[dict[str, Any]]:
    """The objects among the listed ones that are ours and still there."""
    found = (item for item in run.parallel(describe, items) if item is not None)
    return [item for item in found if run.mark.owns(item.get("tags", {}))]


def cluster_arn(run: AwsRun) -> str:
    """What everything in the cluster holds on to: the Live.id of the cluster."""
    return run.arn("eks", f"cluster/{run.eks_cluster}")


def update_tags(run: AwsRun, live: Live, wanted: Mapping[str, str]) -> None:
    """Set and remove tags so that the person's tags of `live` become `wanted`; takes effect at once."""
    set_, remove = changed_tags(wanted, live.tags)
    if set_:
        run.aws.eks.tag_resource(resourceArn=live.id, tags=set_)
    if remove:
        run.aws.eks.untag_resource(resourceArn=live.id, tagKeys=remove)


def underway(live: Live) -> Live:
    """`live` while EKS carries out a change that it has accepted: its Describe may show the old state for a moment."""
    return replace(live, state=State.PENDING)


def one_time_token(run: AwsRun, resource: Resource) -> str:
    """A token that no earlier life of the same object has used.

    Names in EKS are unique, so a create sent twice makes nothing twice anyway. What a token must not do is to bring
    back the answer of an earlier life: the same object in a cluster that was deleted and made again under its name.
    """
    words = (run.account, run.region, run.mark.cluster, resource.identity, run.clock.now().isoformat())
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:40]


def issues(described: Mapping[str, Any]) -> str:
    """EKS's health issues as one line: `Code: message; Code: message`."""
    found = described.get("health", {}).get("issues", [])
    return "; ".join(f"{issue.get('code', '')}: {issue.get('message', '')}" for issue in found)


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that are set; None stands for "EKS decides"."""
    return {name: value for name, value in arguments.items() if value is not None}


def iso(described: Mapping[str, Any]) -> str:
    """When it was made, as text that sorts."""
    created = described.get("createdAt")
    return created.isoformat() if created is not None else ""
