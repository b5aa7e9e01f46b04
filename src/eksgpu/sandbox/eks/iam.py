"""What EKS sees of IAM: roles and users, what they trust, and the service-linked roles that it makes itself.

EKS sees a new role some seconds after IAM has made it: `Visibility.seconds`. It reads moto's IAM and changes nothing
there but the service-linked roles.
"""

import json
from typing import Any

from eksgpu.sandbox import moto_bridge
from eksgpu.sandbox.world import World

CLUSTER_SERVICE_ROLE = ("AWSServiceRoleForAmazonEKS", "eks.amazonaws.com")
NODEGROUP_SERVICE_ROLE = ("AWSServiceRoleForAmazonEKSNodegroup", "eks-nodegroup.amazonaws.com")
SPOT_SERVICE_ROLE = "AWSServiceRoleForEC2Spot"

_BIRTHS = {"CreateRole": "RoleName", "CreateUser": "UserName"}


class Visibility:
    """How long after its creation a role or user is unknown to EKS; `seconds` of the World's clock, 0 at first."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.seconds = 0.0


def hide_new_roles(world: World, seconds: float) -> None:
    """From now on EKS sees a role or user only `seconds` after its creation."""
    world.state(Visibility, "aws").seconds = seconds


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
        return arn == world.caller_arn
    return not _too_young(world, "CreateUser", user.name)


def role_named(world: World, name: str) -> bool:
    return any(role.name == name for role in _backend(world).roles.values())


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


def ensure_service_linked_role(world: World, role: tuple[str, str]) -> None:
    """Make the service-linked role (name, service) if the account lacks it."""
    name, service = role
    if role_named(world, name):
        return
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    _backend(world).create_role(
        name, json.dumps(trust), f"/aws-service-role/{service}/",
        permissions_boundary=None, description="", tags=[], max_session_duration="3600", linked_service=service,
    )  # fmt: skip


def _backend(world: World) -> Any:
    return moto_bridge.backend("iam", world.account, "aws")


def _too_young(world: World, operation: str, name: str) -> bool:
    wait = world.state(Visibility, "aws").seconds
    if not wait:
        return False
    births = [
        call.seconds
        for call in world.log
        if call.operation == operation and call.error is None and call.params.get(_BIRTHS[operation]) == name
    ]
    return bool(births) and world.clock.monotonic() < births[-1] + wait


def _document(role: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(role.assume_role_policy_document)
    return document


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
