"""The EventBridge rule: sends one sort of AWS's events to a queue.

PutRule overwrites a rule of that name whoever made it, so creation looks first.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.engine.mark import NAME_TAG, user_tags
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Live, OnChange, Resource
from eksgpu.errors import AlreadyExists, Later, NotFound

from .run import AwsRun, changed_tags, tag_list, tag_map
from .tagging import PERMISSIONS, new_tags, owned_arns

NAME_LIMIT = 64
TARGET_ID = "queue"

_RULES = "events:rules"


@dataclass(frozen=True)
class EventRule(Resource):
    """A rule of the default bus with one target.

    pattern: an EventBridge pattern, `{"source": […], "detail-type": […]}`.
    target:  ARN of the queue.
    """

    pattern: Mapping[str, Any]
    target: Ref | str
    enabled: bool = True

    kind: ClassVar[str] = "event_rule"
    permissions: ClassVar[frozenset[str]] = PERMISSIONS | frozenset({
        "events:PutRule", "events:TagResource", "events:UntagResource", "events:DescribeRule", "events:ListRules",
        "events:ListTagsForResource", "events:ListRuleNamesByTarget", "events:ListTargetsByRule", "events:PutTargets",
        "events:RemoveTargets", "events:DeleteRule",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "pattern": OnChange(sample={"source": ["aws.health"], "detail-type": ["AWS Health Event"]}),
        "target": OnChange(),
        "enabled": OnChange(sample=False),
        "tags": OnChange(sample={"team": "b"}),
    }
    terraform_attributes: ClassVar[Mapping[str, str]] = {"id": "arn"}

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        known = owned_arns(run, cls.kind, "events", "sqs")
        queues = [arn for arn in known if ":sqs:" in arn]
        rules = _listed(run)
        tags = run.parallel(lambda rule: _tags(run, rule["Arn"], known), rules)
        ours = [(rule, own) for rule, own in zip(rules, tags, strict=True) if run.mark.owns(own)]
        targets = _targets(run, [rule["Name"] for rule, _ in ours], queues)
        return [_live(rule, own, targets[rule["Name"]]) for rule, own in ours]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        name = live.outputs["name"]
        rule = run.aws.events.describe_rule(Name=name)
        return _live(rule, _tags(run, rule["Arn"], {}), _target(run, name))

    def create(self, run: AwsRun) -> Live:
        name, tags = run.mark.physical(self.name, limit=NAME_LIMIT), new_tags(run, self)
        if _exists(run, name):
            raise AlreadyExists(f"events:PutRule: there is a rule {name} already")
        rule = {"Name": name, "EventPattern": json.dumps(self.pattern), "State": self._state()}
        made = run.aws.events.put_rule(**rule, Tags=tag_list(tags))
        return _live({**rule, "Arn": made["RuleArn"]}, tags, "")

    def _state(self) -> str:
        return "ENABLED" if self.enabled else "DISABLED"

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> Live:
        events, name = run.aws.events, live.outputs["name"]
        if changed & {"pattern", "enabled"}:
            events.put_rule(Name=name, EventPattern=json.dumps(self.pattern), State=self._state())
        if "target" in changed:
            _check("PutTargets", name, events.put_targets(Rule=name, Targets=[{"Id": TARGET_ID, "Arn": self.target}]))
        if "tags" in changed:
            set_, remove = changed_tags(self.tags, live.tags)
            if set_:
                events.tag_resource(ResourceARN=live.id, Tags=tag_list(set_))
            if remove:
                events.untag_resource(ResourceARN=live.id, TagKeys=remove)
        return self.taken(live, changed)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        events, name = run.aws.events, live.outputs["name"]
        targets = [target["Id"] for target in events.pages("list_targets_by_rule", "Targets", Rule=name)]
        if targets:
            _check("RemoveTargets", name, events.remove_targets(Rule=name, Ids=targets))
        events.delete_rule(Name=name)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        rule = {
            "name": self.name,
            "event_pattern": dict(self.pattern),
            "state": self._state(),
            "tags": dict(self.tags),
        }
        target = {"rule": Ref(self.identity, "name"), "target_id": TARGET_ID, "arn": self.target}
        return [
            ("aws_cloudwatch_event_rule", self.name, rule),
            ("aws_cloudwatch_event_target", self.name, target),
        ]

    @classmethod
    def example(cls) -> "EventRule":
        pattern = {"source": ["aws.ec2"], "detail-type": ["EC2 Spot Instance Interruption Warning"]}
        return cls("spot-interruption", pattern=pattern, target=Ref("sqs_queue/interruption", "arn"))

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .sqs_queue import SqsQueue

        return (SqsQueue.example(), cls.example())


def _listed(run: AwsRun) -> list[dict[str, Any]]:
    """Every rule with our prefix, whoever's it is, as they are now."""
    run.aws.forget(_RULES)
    return _known(run)


def _known(run: AwsRun) -> list[dict[str, Any]]:
    """The same as they were when they were listed last."""
    prefix = f"{run.mark.cluster}-"
    rules: list[dict[str, Any]] = run.aws.once(
        _RULES, lambda: list(run.aws.events.pages("list_rules", "Rules", NamePrefix=prefix))
    )
    return rules


def _exists(run: AwsRun, name: str) -> bool:
    """Whether a rule of this name is known: PutRule would overwrite it without a word."""
    return any(rule["Name"] == name for rule in _known(run))


def _tags(run: AwsRun, arn: str, known: Mapping[str, dict[str, str]]) -> dict[str, str]:
    if arn in known:
        return known[arn]
    try:
        return tag_map(run.aws.events.list_tags_for_resource(ResourceARN=arn)["Tags"])
    except NotFound:
        return {}


def _targets(run: AwsRun, rules: list[str], queues: list[str]) -> dict[str, str]:
    """Rule -> ARN of its target: one call for each of our queues, and one for each rule that none of them tells of."""
    if not rules:
        return {}
    found: dict[str, str] = {}
    for queue in queues:
        names = run.aws.events.pages("list_rule_names_by_target", "RuleNames", TargetArn=queue)
        found |= dict.fromkeys(names, queue)
    others = [rule for rule in rules if rule not in found]
    return found | dict(zip(others, run.parallel(lambda rule: _target(run, rule), others), strict=True))


def _target(run: AwsRun, rule: str) -> str:
    try:
        targets = list(run.aws.events.pages("list_targets_by_rule", "Targets", Rule=rule))
    except NotFound:
        return ""
    return next((str(target["Arn"]) for target in targets if target["Id"] == TARGET_ID), "")


def _check(operation: str, rule: str, answer: Mapping[str, Any]) -> None:
    """Both calls succeed even if they did nothing."""
    for entry in answer.get("FailedEntries", ()):
        reason = f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}"
        raise Later(f"events:{operation}: {rule}: {reason}", code=str(entry.get("ErrorCode")))


def _live(rule: Mapping[str, Any], tags: Mapping[str, str], target: str) -> Live:
    return Live(
        kind=EventRule.kind,
        name=tags[NAME_TAG],
        id=rule["Arn"],
        uses=frozenset({target} if target else ()),
        fields={
            "pattern": json.loads(rule.get("EventPattern") or "{}"),
            "target": target,
            "enabled": rule.get("State", "ENABLED") == "ENABLED",
            "tags": user_tags(tags),
        },
        outputs={"arn": rule["Arn"], "name": rule["Name"]},
        tags=tags,
    )
