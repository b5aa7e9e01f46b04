"""KMS keys by their state: one that is pending deletion refuses everything but being looked at and being saved.

Source: "Key states of AWS KMS keys" in the KMS developer guide. moto lets such a key encrypt, and fails on ARNs.
"""

import functools
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from eksgpu.sandbox import moto_bridge
from eksgpu.sandbox.overlay import Call, Refused, operation
from eksgpu.sandbox.services.constraints import check

SHORTEST, LONGEST = 7, 30
INVALID_PRINCIPAL = "Policy contains a statement with one or more invalid principals."


@operation("kms", "CreateKey", "PutKeyPolicy")
def write_policy(call: Call) -> dict[str, Any]:
    """Create a key or set its policy; the policy may name only roles and users that exist."""
    check(call)
    if call.operation == "PutKeyPolicy":
        _usable(call, call.params["KeyId"])
    document = call.params.get("Policy")
    if document:
        _check_principals(call, document)
    _spare_key_pairs()
    return _plain(call)


@operation(
    "kms",
    "CreateGrant",
    "Decrypt",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "TagResource",
    "UntagResource",
    "UpdateKeyDescription",
)
def use(call: Call) -> dict[str, Any]:
    """Anything that needs a key that stays."""
    check(call)
    if "KeyId" in call.params:
        _usable(call, call.params["KeyId"])
    return _plain(call)


@operation("kms", "CreateAlias", "UpdateAlias")
def write_alias(call: Call) -> dict[str, Any]:
    """Point a name at a key that stays."""
    check(call)
    key = _usable(call, call.params["TargetKeyId"])
    return call.moto_with(TargetKeyId=key.id)


@operation("kms", "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags", "ListGrants")
def read(call: Call) -> dict[str, Any]:
    """Look at a key in any state, by id, ARN or alias."""
    return _plain(call)


@operation("kms", "ScheduleKeyDeletion")
def schedule_key_deletion(call: Call) -> dict[str, Any]:
    """Start the waiting period after which the key is gone."""
    days = call.params.get("PendingWindowInDays", LONGEST)
    if not SHORTEST <= days <= LONGEST:
        raise Refused(
            "ValidationException",
            f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed to satisfy constraint:"
            f" Member must have value {'greater' if days < SHORTEST else 'less'} than or equal to"
            f" {SHORTEST if days < SHORTEST else LONGEST}",
        )
    key = _usable(call, call.params["KeyId"])
    key.enabled, key.key_state = False, "PendingDeletion"
    key.deletion_date = (call.world.clock.now() + timedelta(days=days)).replace(tzinfo=None)
    return {
        "KeyId": key.arn,
        "DeletionDate": call.world.clock.now() + timedelta(days=days),
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }


@operation("kms", "CancelKeyDeletion")
def cancel_key_deletion(call: Call) -> dict[str, Any]:
    """Save a key; it stays disabled until somebody enables it."""
    key = _key(call, call.params["KeyId"])
    if key.key_state != "PendingDeletion":
        raise Refused("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    key.enabled, key.key_state, key.deletion_date = False, "Disabled", None
    return {"KeyId": key.arn}


def _plain(call: Call) -> dict[str, Any]:
    """moto's answer with the key named by its bare id, the one form that all of moto's KMS takes."""
    key_id = call.params.get("KeyId", "")
    if key_id.startswith("arn:") and ":key/" in key_id:
        return call.moto_with(KeyId=key_id.rpartition("/")[2])
    return call.moto()


@functools.cache
def _spare_key_pairs() -> None:
    """moto draws an RSA key pair for symmetric keys too, a twentieth of a second for nothing: let them share one."""
    from moto.kms import models
    from moto.kms.utils import generate_private_key as draw

    shared = functools.cache(draw)

    def generate_private_key(key_spec: str) -> Any:
        return shared(key_spec) if key_spec == "SYMMETRIC_DEFAULT" else draw(key_spec)

    models.generate_private_key = generate_private_key  # type: ignore[attr-defined]


def _usable(call: Call, key_id: str) -> Any:
    key = _key(call, key_id)
    if key.key_state == "PendingDeletion":
        raise Refused("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    return key


def _key(call: Call, key_id: str) -> Any:
    name = re.sub(r"^arn:[^:]*:kms:[^:]*:\d*:", "", key_id).removeprefix("key/")
    moto = moto_bridge.backend("kms", call.account, call.region)
    for key in moto.keys.values():
        if name == key.id or name in key.aliases:
            return key
    shown = key_id if key_id.startswith("arn:") else f"arn:aws:kms:{call.region}:{call.account}:key/{key_id}"
    what = f"Alias {shown.replace(':key/', ':')} is not found." if "alias/" in name else f"Key '{shown}' does not exist"
    raise Refused("NotFoundException", what)


def _check_principals(call: Call, document: str) -> None:
    """Source: minimum-viable-dataspace-on-aws#5, a key policy that named a role made a moment before."""
    iam = moto_bridge.backend("iam", call.account, "aws")
    known = {one.arn for one in [*iam.roles.values(), *iam.users.values()]} | {call.world.caller_arn}
    for principal in _principals(document):
        own = principal.startswith(f"arn:aws:iam::{call.account}:") and not principal.endswith(":root")
        if own and principal not in known:
            raise Refused("MalformedPolicyDocumentException", INVALID_PRINCIPAL)


def _principals(document: str) -> Iterator[str]:
    try:
        statements = json.loads(document)["Statement"]
    except (ValueError, TypeError, KeyError):
        raise Refused("MalformedPolicyDocumentException", "The new key policy is not valid JSON.") from None
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal")
        named = principal.get("AWS", []) if isinstance(principal, dict) else []
        yield from [named] if isinstance(named, str) else named
