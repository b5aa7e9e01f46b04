"""The refusals of a Kubernetes API, with its own reasons and words: each is a Status object with an HTTP status.

Wording follows apimachinery's `pkg/api/errors`, because kubectl and our own client print and match it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eksgpu.sandbox.kubernetes.types.registry import ResourceType

Cause = dict[str, str]


class ApiError(Exception):
    """`status` is the HTTP status, `reason` the machine's word (`NotFound`), `details` what it is about."""

    def __init__(self, status: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.details = details or {}

    def as_status(self) -> dict[str, Any]:
        """The Status object of the answer."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.status,
        }


def success(kind: "ResourceType", name: str, uid: str) -> dict[str, Any]:
    """The Status object of a completed deletion."""
    details = {"name": name, "kind": kind.plural, "uid": uid} | ({"group": kind.group} if kind.group else {})
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def not_found(kind: "ResourceType", name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{kind.qualified} "{name}" not found', _about(kind, name))


def no_such_path() -> ApiError:
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def already_exists(kind: "ResourceType", name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{kind.qualified} "{name}" already exists', _about(kind, name))


def conflict(kind: "ResourceType", name: str, why: str) -> ApiError:
    message = f'Operation cannot be fulfilled on {kind.qualified} "{name}": {why}'
    return ApiError(409, "Conflict", message, _about(kind, name))


def modified(kind: "ResourceType", name: str) -> ApiError:
    return conflict(
        kind, name, "the object has been modified; please apply your changes to the latest version and try again"
    )


def apply_conflict(message: str, causes: list[Cause]) -> ApiError:
    return ApiError(409, "Conflict", message, {"causes": causes})


def invalid(kind: "ResourceType", name: str, causes: Sequence[Cause]) -> ApiError:
    """`causes` as made by `cause`; one is written plainly, several in brackets."""
    texts = [f"{cause['field']}: {cause['message']}" for cause in causes]
    shown = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    called = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
    details = {"name": name, "kind": kind.kind} | ({"group": kind.group} if kind.group else {})
    return ApiError(422, "Invalid", f'{called} "{name}" is invalid: {shown}', details | {"causes": list(causes)})


def unreadable_options(kind: str, *causes: Cause) -> ApiError:
    """Options of a request (`DeleteOptions`, `CreateOptions` …) that mean nothing."""
    texts = ", ".join(f"{found['field']}: {found['message']}" for found in causes)
    details = {"group": "meta.k8s.io", "kind": kind, "causes": list(causes)}
    return ApiError(422, "Invalid", f'{kind}.meta.k8s.io "" is invalid: {texts}', details)


def cause(field: str, reason: str, message: str) -> Cause:
    """`reason` is FieldValueRequired, FieldValueInvalid, FieldValueNotSupported, FieldValueForbidden …"""
    return {"reason": reason, "message": message, "field": field}


def shown(value: Any) -> str:
    """A value as a cause quotes it."""
    return f'"{value}"' if isinstance(value, str) else str(value)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def forbidden(kind: "ResourceType", name: str, why: str) -> ApiError:
    shown = f'{kind.qualified} "{name}"' if name else kind.qualified
    return ApiError(403, "Forbidden", f"{shown} is forbidden: {why}", _about(kind, name))


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def method_not_allowed() -> ApiError:
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def unsupported_media(accepted: str) -> ApiError:
    message = f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    return ApiError(415, "UnsupportedMediaType", message)


def expired(asked: int, oldest: int) -> ApiError:
    return ApiError(410, "Expired", f"too old resource version: {asked} ({oldest})")


def too_many_requests(message: str, causes: list[Cause]) -> ApiError:
    return ApiError(429, "TooManyRequests", message, {"causes": causes})


def _about(kind: "ResourceType", name: str) -> dict[str, Any]:
    return {"name": name, "kind": kind.plural} | ({"group": kind.group} if kind.group else {})
