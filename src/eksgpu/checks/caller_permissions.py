"""Whether the caller may do what apply, and later destroy, will do: by IAM's own simulation."""

from collections.abc import Iterator
from itertools import groupby

from .check import check
from .context import CheckContext
from .finding import Finding, Severity


@check("caller-permissions", "the caller may do everything that apply and destroy do")
def caller_permissions(context: CheckContext) -> Iterator[Finding]:
    """A permission that is missing stops an apply halfway, with half a cluster that costs money. IAM's policy simulator
    knows beforehand; conditions that depend on the request itself it cannot judge, and they count as allowed.
    """
    who = context.facts.principals.get(context.run.caller, context.run.caller)
    denied = sorted(context.facts.denied)
    for service, actions in groupby(denied, key=lambda action: action.partition(":")[0]):
        names = list(actions)
        message = f"{who} may not do {', '.join(names)}"
        fix = "add these actions to the caller's IAM policy, or use another profile"
        yield Finding("caller-permissions", Severity.ERROR, f"caller, {service}", message, fix)
