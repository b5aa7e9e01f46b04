"""Which roles an IAM role may hand to EC2: what Karpenter needs for its nodes, and what nobody grants by the way."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from eksgpu.aws.run import AwsRun

PERMISSIONS = frozenset({
    "iam:ListAttachedRolePolicies", "iam:GetPolicy", "iam:GetPolicyVersion",
    "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:GetRole",
})  # fmt: skip
PASSING = "iam:passrole"


def read_passable(run: AwsRun, role: str) -> tuple[str, ...]:
    """ARNs, with IAM's wildcards, of the roles that a role may pass, by its name. What is denied is not looked at."""
    documents = [*_attached(run, role), *_inline(run, role)]
    found = (
        arn for document in documents for statement in _listed(document["Statement"]) for arn in _passes(statement)
    )
    return tuple(sorted(set(found)))


def may_pass(arn: str, passable: Iterable[str]) -> bool:
    """Whether a role is among what `read_passable` found."""
    return any(fnmatchcase(arn, pattern) for pattern in passable)


def _attached(run: AwsRun, role: str) -> Iterator[Mapping[str, Any]]:
    for policy in run.aws.iam.pages("list_attached_role_policies", "AttachedPolicies", RoleName=role):
        version = run.aws.iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
        found = run.aws.iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)
        yield found["PolicyVersion"]["Document"]


def _inline(run: AwsRun, role: str) -> Iterator[Mapping[str, Any]]:
    for name in run.aws.iam.pages("list_role_policies", "PolicyNames", RoleName=role):
        yield run.aws.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


def _passes(statement: Mapping[str, Any]) -> Iterator[str]:
    actions = [str(action).lower() for action in _listed(statement.get("Action", ()))]
    if statement["Effect"] == "Allow" and any(fnmatchcase(PASSING, action) for action in actions):
        yield from _listed(statement.get("Resource", ()))


def _listed(value: Any) -> list[Any]:
    """IAM writes one item without its list."""
    return list(value) if isinstance(value, list | tuple) else [value]
