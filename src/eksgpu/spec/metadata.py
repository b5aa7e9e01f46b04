"""`metadata`: which cluster this is, where it is, and the tags of everything that is made for it."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from eksgpu.catalog import limits
from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.names import ClusterName, Tags, matching

TAGS_OF_OURS = 10
"""Room left on every resource for the tags that this program, EKS and Karpenter write."""

Region = Annotated[
    str,
    Field(json_schema_extra={"pattern": r"^[a-z]{2,5}(-[a-z]+)+-\d$"}),
    matching(r"[a-z]{2,5}(-[a-z]+)+-\d", "no AWS region is named so", "a region looks like us-west-2"),
]
AccountId = Annotated[
    str,
    Field(json_schema_extra={"pattern": r"^\d{12}$"}),
    matching(r"\d{12}", "an AWS account id has 12 digits", 'write it in quotes: "012345678901"'),
]


class Metadata(SpecModel):
    """Which cluster this is. Name, region and account together are how its resources are found again."""

    name: ClusterName
    """The cluster's name; everything made for it carries it. It cannot be changed once the cluster lives."""
    region: Region
    """The AWS region, such as us-west-2."""
    account_id: AccountId | None = None
    """When given, every other AWS account is refused."""
    tags: Tags = Field(default_factory=dict)
    """Tags on every AWS resource of the cluster, instances and volumes included."""

    def faults(self) -> Iterator[Fault]:
        most = limits.number("tagsPerResource") - TAGS_OF_OURS
        if len(self.tags) > most:
            message = (
                f"{len(self.tags)} tags are too many: AWS takes 50 on a resource, {TAGS_OF_OURS} are kept for others"
            )
            yield Fault(("tags",), message, f"leave at most {most}")
