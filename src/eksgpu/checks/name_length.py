"""Which names in AWS had to be cut, so that nobody looks for the long ones in vain."""

from collections.abc import Iterator, Mapping

from eksgpu.aws import event_rule, iam_policy, iam_role, launch_template, security_group, sqs_queue

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

LIMITS: Mapping[str, tuple[int, bool]] = {
    "event_rule": (event_rule.NAME_LIMIT, False),
    "iam_policy": (iam_policy.NAME_LIMIT, True),
    "iam_role": (iam_role.NAME_LIMIT, True),
    "launch_template": (launch_template.NAME_LIMIT, False),
    "security_group": (security_group.NAME_LIMIT, False),
    "sqs_queue": (sqs_queue.NAME_LIMIT, False),
}
"""Kinds whose name in AWS is derived from the cluster's: most characters, and whether the region is part of it."""


@check("name-length", "no derived name exceeds AWS's limit")
def name_length(context: CheckContext) -> Iterator[Finding]:
    """A name that is too long for AWS is cut and ends in a hash. Nothing breaks by it, but people and policies that
    look for the whole name do not find it.
    """
    mark = context.run.mark
    for resource in context.graph:
        if resource.kind not in LIMITS:
            continue
        most, regional = LIMITS[resource.kind]
        whole = mark.physical(resource.name, limit=1000, regional=regional)
        if len(whole) > most:
            cut = mark.physical(resource.name, limit=most, regional=regional)
            message = f"{whole} has {len(whole)} characters, AWS takes {most}: in AWS it is called {cut}"
            yield Finding("name-length", Severity.NOTE, resource.identity, message)
