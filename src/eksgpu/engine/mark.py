"""The mark: how a run knows what is its own, with no state file.

Everything we make carries (account, region, cluster) as tags, as an IAM path, or as a label; what lacks the mark is
read and checked, never changed or deleted.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

CLUSTER_TAG = "eksgpu.dev/cluster"
NAME_TAG = "eksgpu.dev/name"
INCARNATION_TAG = "eksgpu.dev/incarnation"
OWN_PREFIX = "eksgpu.dev/"


@dataclass(frozen=True)
class Mark:
    """One cluster of one account in one region."""

    account: str
    region: str
    cluster: str

    @property
    def path(self) -> str:
        """The IAM path: IAM is global, so the region is part of it."""
        return f"/eksgpu/{self.region}/{self.cluster}/"

    def tags(self, name: str, incarnation: str = "") -> dict[str, str]:
        """The tags that make an object ours; `name` is the resource's name within its kind."""
        tags = {CLUSTER_TAG: self.cluster, NAME_TAG: name}
        return tags | {INCARNATION_TAG: incarnation} if incarnation else tags

    def owns(self, tags: Mapping[str, str]) -> bool:
        """Whether an object with these tags is ours (in this account and region, where it was found)."""
        return tags.get(CLUSTER_TAG) == self.cluster and bool(tags.get(NAME_TAG))

    def physical(self, *parts: str, limit: int, regional: bool = False) -> str:
        """A physical name: cluster, region when names are global, and `parts`, joined by `-`.

        A name over `limit` characters is cut and ends in a hash of the whole, so that two long names stay apart.
        """
        words = [self.cluster, *([self.region] if regional else []), *(part for part in parts if part)]
        return short_name("-".join(words), limit)


def short_name(name: str, limit: int) -> str:
    """`name` itself when it fits into `limit`, else its head and eight hex digits of its hash."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: limit - 9].rstrip('-')}-{digest}"


def user_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that a person or a policy of theirs set: without ours and without the cloud's own."""
    return {key: value for key, value in tags.items() if not key.startswith((OWN_PREFIX, "aws:"))}
