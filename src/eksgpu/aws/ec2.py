"""What every kind of EC2 shares: tags in the same call as the creation, bulk discovery by our tag, changing tags.

EC2 is the one service where a single Describe with a tag filter finds everything that is ours.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.engine.mark import CLUSTER_TAG, user_tags
from eksgpu.engine.resource import Live, Resource

from .run import AwsRun, changed_tags, tag_list, tag_map


def tag_specifications(run: AwsRun, resource: Resource, resource_type: str) -> list[dict[str, Any]]:
    """TagSpecifications for a create call: the mark, a Name people see in the console, and the user's tags."""
    return [{"ResourceType": resource_type, "Tags": tag_list(all_tags(run, resource))}]


def all_tags(run: AwsRun, resource: Resource) -> dict[str, str]:
    """The tags a new object gets; `Name` is the cluster's name and the resource's."""
    mark = run.mark.tags(resource.name, resource.incarnation)
    return {"Name": f"{run.mark.cluster}-{resource.name}", **resource.tags, **mark}


def owned(run: AwsRun, method: str, key: str, **params: Any) -> Iterator[dict[str, Any]]:
    """Every object of a paginated Describe that carries our cluster tag and a name."""
    filters = [{"Name": f"tag:{CLUSTER_TAG}", "Values": [run.mark.cluster]}, *params.pop("Filters", [])]
    for item in run.aws.ec2.pages(method, key, Filters=filters, **params):
        if run.mark.owns(tag_map(item.get("Tags"))):
            yield item


def compared_tags(run: AwsRun, name: str, tags: Mapping[str, str]) -> dict[str, str]:
    """The tags to compare with what the user wants: without ours, the cloud's, and the Name we chose."""
    chosen = ("Name", f"{run.mark.cluster}-{name}")
    return dict(pair for pair in user_tags(tags).items() if pair != chosen)


def update_tags(run: AwsRun, live: Live, wanted: Mapping[str, str]) -> None:
    """Set and remove tags so that the person's tags of `live` become `wanted`."""
    set_, remove = changed_tags({"Name": f"{run.mark.cluster}-{live.name}", **wanted}, live.tags)
    if set_:
        run.aws.ec2.create_tags(Resources=[live.id], Tags=tag_list(set_))
    if remove:
        run.aws.ec2.delete_tags(Resources=[live.id], Tags=[{"Key": key} for key in remove])
