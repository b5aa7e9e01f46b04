"""What an AWS kind is handed for its work: the mark, the clock and the clients of one run."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from eksgpu.engine.clock import Clock
from eksgpu.engine.mark import Mark, user_tags

if TYPE_CHECKING:
    from .clients import Clients

# Where the tagging API answers for global services such as IAM. Source: AWS General Reference, tagging API.
GLOBAL_TAGGING_REGION = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class AwsRun:
    """One run of one verb on one cluster.

    existing:  EKS's name of a cluster that is there already and is added to; "" where the cluster is ours.
    partition: `aws`, `aws-cn` or `aws-us-gov`, the second word of every ARN.
    caller:    ARN of who is calling, as STS gives it.
    started:   when this run began (ISO); part of client tokens, so that a later life never meets an old token.
    pool:      where the calls of one kind run side by side; None: one after the other, for runs that must repeat
    exactly.
    """

    mark: Mark
    clock: Clock
    aws: "Clients"
    partition: str = "aws"
    caller: str = ""
    pool: Executor | None = None
    started: str = ""
    existing: str = ""

    @property
    def eks_cluster(self) -> str:
        """EKS's name of the cluster; the mark's names what is ours in it."""
        return self.existing or self.mark.cluster

    @property
    def region(self) -> str:
        return self.mark.region

    @property
    def account(self) -> str:
        return self.mark.account

    def parallel(self, call: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """`[call(item) for item in items]`, side by side; the first error is raised once all have ended."""
        if self.pool is None:
            return [call(item) for item in items]
        return [future.result() for future in [self.pool.submit(call, item) for item in items]]

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """An ARN of this account; `region=""` for global services."""
        where = self.region if region is None else region
        return f"arn:{self.partition}:{service}:{where}:{self.account}:{resource}"


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as EC2, IAM and KMS-like APIs want them: `[{"Key": …, "Value": …}]`, sorted."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def tag_map(tags: "list[Any] | None") -> dict[str, str]:
    """The same read back; KMS writes TagKey and TagValue."""
    return {tag.get("Key") or tag.get("TagKey", ""): tag.get("Value", tag.get("TagValue", "")) for tag in tags or []}


def changed_tags(wanted: Mapping[str, str], live: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Which tags to set and which keys to remove, so that a person's tags become `wanted`; ours stay."""
    mine = user_tags(live)
    return {k: v for k, v in wanted.items() if mine.get(k) != v}, sorted(mine.keys() - wanted.keys())
