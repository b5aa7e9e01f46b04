"""Physical names in an export: the same ones that apply gives, since a kind's Terraform form knows no cluster.

Security groups are the exception: apply adds a hash where it replaces one, which Terraform has no use for.
"""

from collections.abc import Mapping
from typing import Any

from eksgpu.aws import event_rule, iam_policy, iam_role, launch_template, security_group, sqs_queue
from eksgpu.engine.mark import Mark

LIMITS = {
    "aws_cloudwatch_event_rule": event_rule.NAME_LIMIT,
    "aws_iam_policy": iam_policy.NAME_LIMIT,
    "aws_iam_role": iam_role.NAME_LIMIT,
    "aws_launch_template": launch_template.NAME_LIMIT,
    "aws_security_group": security_group.NAME_LIMIT,
    "aws_sqs_queue": sqs_queue.NAME_LIMIT,
}
GLOBAL = frozenset({"aws_iam_policy", "aws_iam_role"})
ALIAS = "alias/eksgpu/"
DATA = "data."
"""Before the type of a block that looks up what is there already."""


def named(type_: str, name: str, arguments: Mapping[str, Any], mark: Mark, cluster: str) -> dict[str, Any]:
    """The arguments of the block of a resource called `name`, with the names that the mark gives it.

    cluster: EKS's name of the cluster.
    """
    found = dict(arguments)
    if type_ in LIMITS:
        found["name"] = mark.physical(name, limit=LIMITS[type_], regional=type_ in GLOBAL)
    if type_ in GLOBAL:
        found["path"] = mark.path
    if type_.removeprefix(DATA) == "aws_eks_cluster":
        found["name"] = cluster
    if type_ == "aws_kms_alias":
        found["name"] = f"{ALIAS}{mark.cluster}/{name}"
    if "Name" in found.get("tags", {}):
        found["tags"] = {**found["tags"], "Name": mark.physical(found["tags"]["Name"], limit=256)}
    return found
