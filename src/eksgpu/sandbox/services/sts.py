"""STS: who is calling. The sandbox has one caller, which the World names."""

from typing import Any

from eksgpu.sandbox.overlay import Call, operation


@operation("sts", "GetCallerIdentity")
def get_caller_identity(call: Call) -> dict[str, Any]:
    """The World's caller: a user, or a session of an assumed role."""
    return {"Account": call.account, "Arn": call.world.caller_arn, "UserId": _user_id(call.world.caller_arn)}


def _user_id(arn: str) -> str:
    """A user's unique id; for a role session the role's id, a colon and the session's name."""
    resource = arn.rsplit(":", 1)[-1]
    if resource == "root":
        return arn.split(":")[4]
    if resource.startswith("assumed-role/"):
        return f"AROASANDBOX0000000000:{resource.rsplit('/', 1)[-1]}"
    return "AIDASANDBOX0000000000"
