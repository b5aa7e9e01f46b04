"""IAM roles and policies with the checks that moto leaves out: trust documents, sizes, what is attached where.

AWS's own managed policies come into being when somebody names one. It must not know who uses a role.
"""

import json
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy

from eksgpu.sandbox.ec2.quota import limits
from eksgpu.sandbox.moto_bridge import backend
from eksgpu.sandbox.overlay import Call, Refused, operation
from eksgpu.sandbox.services.constraints import check
from eksgpu.sandbox.services.service_linked_roles import ensure_service_linked_role, service_linked_role_name

AWS_POLICY = "arn:aws:iam::aws:policy/"
PROTECTED = "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS"


@operation("iam", "CreateRole", "UpdateAssumeRolePolicy")
def write_trust(call: Call) -> dict[str, Any]:
    """Create a role or change whom it trusts; refuses documents that are no trust policy or too long."""
    check(call, "ValidationError")
    document = call.params.get("AssumeRolePolicyDocument") or call.params["PolicyDocument"]
    _check_trust(document)
    _check_size(document, int(call.world.quotas.value(limits()["iam"]["trustPolicySize"])), "ACLSizePerRole")
    if call.operation == "CreateRole":
        _check_count(call, "Roles", len(_iam(call).roles))
        return call.moto()
    _role(call).assume_role_policy_document = document
    return {}


@operation("iam", "UpdateRole", "UpdateRoleDescription", "TagRole", "TagPolicy", "CreateInstanceProfile")
def checked(call: Call) -> dict[str, Any]:
    """Writes that need nothing but the model's own limits."""
    check(call, "ValidationError")
    return call.moto()


@operation("iam", "DeleteRole")
def delete_role(call: Call) -> dict[str, Any]:
    """Delete a role that nothing is attached to; AWS's own roles are out of reach."""
    role = _role(call)
    if role.path.startswith("/aws-service-role/"):
        raise Refused("UnmodifiableEntity", PROTECTED.format(role.name), 400)
    return call.moto()


@operation("iam", "PutRolePolicy")
def put_role_policy(call: Call) -> dict[str, Any]:
    """Set an inline policy; all of a role's together have a size limit."""
    check(call, "ValidationError")
    others = [text for name, text in _role(call).policies.items() if name != call.params["PolicyName"]]
    _check_size(
        "".join([*others, call.params["PolicyDocument"]]),
        limits()["iam"]["inlinePolicySize"],
        "PolicySizePerRole",
        f"Maximum policy size of {{limit}} bytes exceeded for role {call.params['RoleName']}",
    )
    return call.moto()


@operation("iam", "CreatePolicy", "CreatePolicyVersion")
def write_policy(call: Call) -> dict[str, Any]:
    """Create a managed policy or a version of it; moto counts the versions."""
    check(call, "ValidationError")
    _check_size(call.params["PolicyDocument"], limits()["iam"]["policySize"], "PolicySize")
    if call.operation == "CreatePolicy":
        own = [arn for arn in _iam(call).managed_policies if not arn.startswith(AWS_POLICY)]
        _check_count(call, "Policies", len(own))
    return call.moto()


@operation("iam", "DeletePolicy")
def delete_policy(call: Call) -> dict[str, Any]:
    """Delete a policy that is attached nowhere and has its default version only."""
    policy = _iam(call).managed_policies.get(call.params["PolicyArn"])
    if policy is not None and policy.attachment_count:
        raise Refused("DeleteConflict", "Cannot delete a policy attached to entities.", 409)
    if policy is not None and len(policy.versions) > 1:
        raise Refused(
            "DeleteConflict",
            "This policy has more than one version. Before you delete a policy, you must delete the policy's"
            " versions. The default version is deleted with the policy.",
            409,
        )
    return call.moto()


@operation("iam", "AttachRolePolicy")
def attach_role_policy(call: Call) -> dict[str, Any]:
    """Attach a managed policy, within the number that a role may have."""
    _know(call, call.params["PolicyArn"])
    attached = _role(call).managed_policies
    allowed = int(call.world.quotas.value(limits()["iam"]["attachedPolicies"]))
    if call.params["PolicyArn"] not in attached and len(attached) >= allowed:
        raise Refused("LimitExceeded", f"Cannot exceed quota for PoliciesPerRole: {allowed}", 409)
    return call.moto()


@operation("iam", "GetPolicy", "GetPolicyVersion", "ListPolicyVersions", "ListEntitiesForPolicy")
def read_policy(call: Call) -> dict[str, Any]:
    """Read a policy, AWS's own among them."""
    _know(call, call.params["PolicyArn"])
    return call.moto()


@operation("iam", "CreateServiceLinkedRole")
def create_service_linked_role(call: Call) -> dict[str, Any]:
    """Make AWS's role for a service; one that is there already is refused as InvalidInput."""
    service = call.params["AWSServiceName"]
    name = service_linked_role_name(service)
    if ensure_service_linked_role(call.world, service, create=False):
        raise Refused(
            "InvalidInput",
            f"Service role name {name} has been taken in this account, please try a different suffix.",
            400,
        )
    ensure_service_linked_role(call.world, service)
    role = next(role for role in _iam(call).roles.values() if role.name == name)
    shown = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": role.assume_role_policy_document,
    }
    return {"Role": shown}


@operation("iam", "CreateOpenIDConnectProvider")
def create_open_id_connect_provider(call: Call) -> dict[str, Any]:
    """Register an issuer once."""
    check(call, "ValidationError")
    moto, url = _iam(call), call.params["Url"]
    issuer = url.removeprefix("https://")
    if any(arn.endswith(f":oidc-provider/{issuer}") for arn in moto.open_id_providers):
        raise Refused("EntityAlreadyExists", f"Provider with url {url} already exists.", 409)
    _check_count(call, "OpenIdConnectProviders", len(moto.open_id_providers))
    return call.moto()


def _iam(call: Call) -> Any:
    return backend("iam", call.account, "aws")


def _role(call: Call) -> Any:
    name = call.params["RoleName"]
    role = next((role for role in _iam(call).roles.values() if role.name == name), None)
    if role is None:
        raise Refused("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    return role


def _check_trust(document: str) -> None:
    """A trust policy is JSON with statements that name a principal and an sts action, and no resource."""
    try:
        statements = json.loads(document)["Statement"]
    except (ValueError, TypeError, KeyError):
        raise Refused("MalformedPolicyDocument", "This policy contains invalid Json", 400) from None
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
            raise Refused("MalformedPolicyDocument", "Syntax errors in policy.", 400)
        if "Resource" in statement or "NotResource" in statement:
            raise Refused("MalformedPolicyDocument", "Has prohibited field Resource.", 400)
        if not {"Principal", "NotPrincipal"} & set(statement):
            raise Refused("MalformedPolicyDocument", "Missing required field Principal", 400)
        actions = statement.get("Action", statement.get("NotAction"))
        named = [actions] if isinstance(actions, str) else actions
        if not named or not all(str(action).lower().startswith("sts:") or action == "*" for action in named):
            raise Refused("MalformedPolicyDocument", "AssumeRole policy may only specify STS AssumeRole actions.", 400)


def _check_size(document: str, limit: int, quota: str, text: str = "Cannot exceed quota for {quota}: {limit}") -> None:
    """IAM counts the characters of a policy without its white space."""
    if len("".join(document.split())) > limit:
        raise Refused("LimitExceeded", text.format(quota=quota, limit=limit), 409)


def _check_count(call: Call, what: str, existing: int) -> None:
    row = limits()["iam"]["counts"][what]
    allowed = int(call.world.quotas.value(row["quota"]))
    if existing >= allowed:
        raise Refused("LimitExceeded", f"Cannot exceed quota for {row['name']}: {allowed}", 409)


def _know(call: Call, arn: str) -> None:
    """Put an AWS managed policy into the account's IAM the first time somebody asks for it."""
    moto = _iam(call)
    if not arn.startswith(AWS_POLICY) or arn in moto.managed_policies:
        return
    name = arn.rpartition("/")[2]
    data = _aws_policies().get(name)
    if data is None:
        return
    policy = AWSManagedPolicy.from_data(name, call.account, "us-east-1", data)
    if policy.arn == arn:
        moto.managed_policies[arn] = policy


@cache
def _aws_policies() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(aws_managed_policies_data)
    return loaded
