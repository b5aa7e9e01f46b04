"""What EKS sees of IAM: roles, users, and whom they trust.

EKS sees a new role only some time after IAM has made it: the World's option `iam_visibility_seconds`, in seconds of its
clock, 0 when not given. Reads moto's IAM and changes nothing there.
"""

import json
from typing import Any

from eksgpu.sandbox import moto_bridge
from eksgpu.sandbox.world import World

_BIRTHS = {"CreateRole": "RoleName", "CreateUser": "UserName"}


def visible_role(world: World, arn: str) -> Any | None:
    """moto's role object with this ARN, or None when there is none or EKS does not see it yet."""
    found = next((role for role in _backend(world).roles.values() if role.arn == arn), None)
    return None if found is None or _too_young(world, "CreateRole", found.name) else found


def principal_visible(world: World, arn: str) -> bool:
    """Can an access entry name this role or user? The account's root always exists."""
    if arn == f"arn:aws:iam::{world.account}:root" or visible_role(world, arn) is not None:
        return True
    user = next((user for user in _backend(world).users.values() if user.arn == arn), None)
    if user is None:
        return arn == caller_principal(world)
    return not _too_young(world, "CreateUser", user.name)


def caller_principal(world: World) -> str:
    """The IAM principal that calls: for a session of an assumed role, that role with its path."""
    arn = world.caller_arn
    if ":assumed-role/" not in arn:
        return arn
    name = arn.split("/")[1]
    known = (str(role.arn) for role in _backend(world).roles.values() if role.name == name)
    return next(known, f"arn:aws:iam::{world.account}:role/{name}")


def trusts(role: Any, service: str, *actions: str) -> bool:
    """Does the role's trust policy let `service` do all of `actions`?"""
    allowed: set[str] = set()
    for statement in _as_list(_document(role).get("Statement")):
        principal = statement.get("Principal")
        services = _as_list(principal.get("Service")) if isinstance(principal, dict) else []
        if statement.get("Effect") == "Allow" and service in services:
            allowed.update(_as_list(statement.get("Action")))
    return bool({"*", "sts:*"} & allowed) or set(actions) <= allowed


def has_managed_policy(role: Any, name: str) -> bool:
    return any(arn.rsplit("/", 1)[-1] == name for arn in role.managed_policies)


def _backend(world: World) -> Any:
    return moto_bridge.backend("iam", world.account, "aws")


def _too_young(world: World, operation: str, name: str) -> bool:
    wait = float(world.options.get("iam_visibility_seconds", 0))
    if not wait:
        return False
    births = [
        call.seconds
        for call in world.log
        if call.operation == operation
        and call.error != "EntityAlreadyExists"
        and call.params.get(_BIRTHS[operation]) == name
    ]
    return bool(births) and world.clock.monotonic() < births[-1] + wait


def _document(role: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(role.assume_role_policy_document)
    return document


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
