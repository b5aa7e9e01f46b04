"""The SQS queue: where Karpenter hears that AWS takes a Spot node away.

CreateQueue and the service's deletions have two traps: an equal queue that exists is answered as if it had been made,
and a deleted name stays taken for a minute (which the engine waits out).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG, user_tags
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Live, OnChange, Resource
from eksgpu.errors import AlreadyExists, NotFound

from .iam import Document, canonical, compact, comparable
from .run import AwsRun, changed_tags
from .tagging import PERMISSIONS, new_tags, owned_arns

NAME_LIMIT = 80


@dataclass(frozen=True)
class SqsQueue(Resource):
    """A standard queue.

    message_retention: seconds, 60 to 1209600.
    sse:               encrypted with SQS's own key.
    policy:            who may send; a statement without `Resource` is about this queue.
    """

    message_retention: int | None = None
    sse: bool | None = True
    policy: Document | None = None

    kind: ClassVar[str] = "sqs_queue"
    permissions: ClassVar[frozenset[str]] = PERMISSIONS | frozenset({
        "sqs:CreateQueue", "sqs:TagQueue", "sqs:UntagQueue", "sqs:ListQueues", "sqs:ListQueueTags", "sqs:GetQueueUrl",
        "sqs:GetQueueAttributes", "sqs:SetQueueAttributes", "sqs:DeleteQueue",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "message_retention": OnChange(sample=600),
        "sse": OnChange(sample=False),
        "policy": OnChange(
            sample={
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "events.amazonaws.com"},
                        "Action": "sqs:SendMessage",
                    }
                ],
            }
        ),
        "tags": OnChange(sample={"team": "b"}),
    }
    waits_gone: ClassVar[bool] = True
    typical: ClassVar[str] = "sqs:queue:create"
    terraform_attributes: ClassVar[Mapping[str, str]] = {"id": "arn"}

    def wanted(self) -> dict[str, Any]:
        return super().wanted() | ({} if self.policy is None else {"policy": comparable(self.policy)})

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        known = owned_arns(run, cls.kind, "sqs")
        listed = run.aws.sqs.pages("list_queues", "QueueUrls", QueueNamePrefix=f"{run.mark.cluster}-")
        arns = known.keys() | {run.arn("sqs", url.rsplit("/", 1)[1]) for url in listed}
        lives = run.parallel(lambda arn: _read(run, arn, known.get(arn)), sorted(arns))
        return [live for live in lives if live is not None]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        return _read(run, live.id, None)

    def create(self, run: AwsRun) -> Live:
        name, tags = run.mark.physical(self.name, limit=NAME_LIMIT), new_tags(run, self)
        url, arn = _url(run, name), run.arn("sqs", name)
        if _exists(run, url):
            raise AlreadyExists(f"sqs:CreateQueue: there is a queue {name} already")
        attributes = self._attributes(arn)
        run.aws.sqs.create_queue(QueueName=name, Attributes=attributes, tags=tags)
        return _live(arn, url, attributes, tags)

    def _attributes(self, arn: str) -> dict[str, str]:
        """Those that are wanted, in SQS's names."""
        wanted: dict[str, str] = {}
        if self.message_retention is not None:
            wanted["MessageRetentionPeriod"] = str(self.message_retention)
        if self.sse is not None:
            wanted["SqsManagedSseEnabled"] = str(self.sse).lower()
        if self.policy is not None:
            wanted["Policy"] = compact(_about(self.policy, arn))
        return wanted

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> None:
        url = live.outputs["url"]
        if changed - {"tags"}:
            run.aws.sqs.set_queue_attributes(QueueUrl=url, Attributes=self._attributes(live.id))
        if "tags" in changed:
            set_, remove = changed_tags(self.tags, live.tags)
            if set_:
                run.aws.sqs.tag_queue(QueueUrl=url, Tags=set_)
            if remove:
                run.aws.sqs.untag_queue(QueueUrl=url, TagKeys=remove)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.sqs.delete_queue(QueueUrl=live.outputs["url"])

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        arguments = {
            "name": self.name,
            "message_retention_seconds": self.message_retention,
            "sqs_managed_sse_enabled": self.sse,
            "tags": dict(self.tags),
        }
        queue = ("aws_sqs_queue", self.name, {key: value for key, value in arguments.items() if value is not None})
        if self.policy is None:
            return [queue]
        # A resource of its own, since the policy names the queue.
        policy = {"queue_url": Ref(self.identity, "url"), "policy": _about(self.policy, Ref(self.identity, "arn"))}
        return [queue, ("aws_sqs_queue_policy", self.name, policy)]

    @classmethod
    def example(cls) -> "SqsQueue":
        return cls("interruption", message_retention=300)


def _about(policy: Document, arn: Ref | str) -> dict[str, Any]:
    """The policy with every statement saying that it is about this queue."""
    return {**policy, "Statement": [{"Resource": arn, **statement} for statement in policy["Statement"]]}


def _read(run: AwsRun, arn: str, tags: Mapping[str, str] | None) -> Live | None:
    """One queue if it is ours; its tags are asked for when they are not given."""
    url = _url(run, arn.rsplit(":", 1)[1])
    try:
        known = tags if tags is not None else run.aws.sqs.list_queue_tags(QueueUrl=url).get("Tags", {})
        if not run.mark.owns(known):
            return None
        attributes = run.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    except NotFound:
        return None
    return _live(arn, url, attributes, known)


def _exists(run: AwsRun, url: str) -> bool:
    try:
        run.aws.sqs.get_queue_url(QueueName=url.rsplit("/", 1)[1])
    except NotFound:
        return False
    return True


def _url(run: AwsRun, name: str) -> str:
    """SQS reads account and name from it, whatever its host."""
    suffix = "amazonaws.com.cn" if run.partition == "aws-cn" else "amazonaws.com"
    return f"https://sqs.{run.region}.{suffix}/{run.account}/{name}"


def _live(arn: str, url: str, attributes: Mapping[str, str], tags: Mapping[str, str]) -> Live:
    return Live(
        kind=SqsQueue.kind,
        name=tags[NAME_TAG],
        id=arn,
        fields={
            "message_retention": int(attributes.get("MessageRetentionPeriod", 0)),
            "sse": attributes.get("SqsManagedSseEnabled") == "true",
            "policy": _policy(attributes.get("Policy", ""), arn),
            "tags": user_tags(tags),
        },
        outputs={"arn": arn, "url": url, "name": arn.rsplit(":", 1)[1]},
        tags=tags,
        created=attributes.get("CreatedTimestamp", ""),
    )


def _policy(text: str, arn: str) -> Any:
    """As `policy` is written: statements about this queue do not name it."""
    if not text:
        return None
    policy = json.loads(text)
    statements = [
        {key: value for key, value in statement.items() if key != "Resource" or value not in (arn, [arn])}
        for statement in policy["Statement"]
    ]
    return canonical({**policy, "Statement": statements})
