"""What the caller may not do: the refusal that AWS words for a denied action.

Only the actions in a World's `denied` set are refused; the sandbox does not evaluate policies.
"""

from collections.abc import Collection
from fnmatch import fnmatchcase

from eksgpu.sandbox.overlay import Call, Refused

# IAM's name for a service where it is not botocore's.
_IAM_PREFIX = {
    "resourcegroupstaggingapi": "tag",
    "service-quotas": "servicequotas",
    "elbv2": "elasticloadbalancing",
}


def action_of(service: str, operation: str) -> str:
    """The IAM action of an operation, as policies write it."""
    return f"{_IAM_PREFIX.get(service, service)}:{operation}"


def is_denied(action: str, denied: Collection[str]) -> bool:
    """Is the action in the set, by name or by a pattern such as `ec2:*`?"""
    return action in denied or any("*" in pattern and fnmatchcase(action, pattern) for pattern in denied)


def refusal(call: Call, denied: Collection[str], caller_arn: str) -> Refused | None:
    """The refusal of a call whose action is denied, worded by its service as in the public reports of such errors."""
    action = action_of(call.service, call.operation)
    if not is_denied(action, denied):
        return None
    service = action.split(":", 1)[0]
    resource = f"arn:aws:{service}:{'' if service == 'iam' else call.region}:{call.account}:*"
    text = (
        f"User: {caller_arn} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )
    if call.service == "ec2":
        encoded = call.world.new_id("", 64)
        message = f"You are not authorized to perform this operation. {text}. "
        return Refused("UnauthorizedOperation", f"{message}Encoded authorization failure message: {encoded}", 403)
    if call.target.protocol in ("query", "rest-xml"):
        return Refused("AccessDenied", text, 403)
    return Refused("AccessDeniedException", text, 403 if call.target.protocol == "rest-json" else 400)
