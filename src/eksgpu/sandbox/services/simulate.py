"""IAM's policy simulator, answered from the World's denied actions: those are implicitly denied, the rest allowed."""

import re
from typing import Any

from eksgpu.sandbox.overlay import Call, Refused, operation
from eksgpu.sandbox.permissions import is_denied

_PRINCIPAL = re.compile(r"arn:aws[\w-]*:iam::\d{12}:(user|group|role)/.+")
_PAGE = 100


@operation("iam", "SimulatePrincipalPolicy")
def simulate_principal_policy(call: Call) -> dict[str, Any]:
    """One result per action and resource. Raises InvalidInput for a principal that is no user, group or role."""
    source = call.params["PolicySourceArn"]
    if not _PRINCIPAL.fullmatch(source):
        raise Refused("InvalidInput", f"Invalid Entity Arn: {source} does not clearly define entity type and name.")
    results = [
        _result(action, resource, is_denied(action, call.world.denied))
        for action in call.params["ActionNames"]
        for resource in call.params.get("ResourceArns") or ["*"]
    ]
    start = int(call.params.get("Marker") or 0)
    end = start + call.params.get("MaxItems", _PAGE)
    more = end < len(results)
    return {
        "EvaluationResults": results[start:end],
        "IsTruncated": more,
        "Marker": str(end) if more else None,
    }


def _result(action: str, resource: str, denied: bool) -> dict[str, Any]:
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": "implicitDeny" if denied else "allowed",
        "MatchedStatements": [],
        "MissingContextValues": [],
    }
