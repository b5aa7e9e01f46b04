"""What the Kubernetes API's answers mean to us: the only file that knows its reasons and texts.

Sources: the Status object (Kubernetes API conventions, "Response Status Kind"), and what a kube-apiserver 1.35 says
for webhooks, quotas and field conflicts.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eksgpu.errors import (
    AlreadyExists,
    AnswerLost,
    CloudError,
    CredentialsError,
    Denied,
    Later,
    NotFound,
    QuotaExceeded,
    Throttled,
)

CONFLICT = "Conflict"  # `code` when others own fields that an apply would change
INVALID = "Invalid"  # `code` when the object can never be accepted as it is
EXPIRED = "Expired"  # `code` of 410 Gone: a resourceVersion or a page that the server no longer remembers
UNREACHABLE = "Unreachable"  # `code` when no request could be sent at all

# A webhook or an aggregated API whose pods are not there yet. The text after it names the webhook.
NOT_READY = re.compile(
    r"failed calling webhook|no endpoints available for service|webhook .* connection refused"
    r"|the server is currently unable to handle the request|etcdserver: leader changed"
)
# A manifest that does not fit the kind; the server calls this its own error.
MALFORMED = re.compile(r"failed to create typed patch object")
QUOTA = re.compile(r"exceeded quota")
OWNER = re.compile(r'conflict with "(?P<manager>[^"]+)"')
IMMUTABLE = re.compile(
    r"immutable|may not change once set|cannot change roleRef|updates to statefulset spec for fields other than"
    r"|updates may not change fields other than"
)


@dataclass(frozen=True)
class Answer:
    """An answer that is no success. `status` is the HTTP code; `body` a Status object where the API sent one."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""

    @classmethod
    def parse(cls, status: int, raw: bytes | str | None) -> "Answer":
        """From the bytes of a response; proxies and load balancers answer with plain text."""
        text = raw.decode(errors="replace") if isinstance(raw, bytes) else raw or ""
        try:
            body = json.loads(text)
        except ValueError:
            body = {}
        found = body if isinstance(body, dict) else {}
        # One line is enough of a proxy's page.
        words = str(found.get("message") or text.strip().partition("\n")[0] or f"HTTP {status}")
        return cls(status, found, words)

    @property
    def reason(self) -> str:
        return str(self.body.get("reason") or "")

    @property
    def causes(self) -> list[Mapping[str, Any]]:
        return list((self.body.get("details") or {}).get("causes") or [])


def translate(answer: Answer, operation: str, *, settling: bool = False) -> CloudError:
    """The error of ours that means the same.

    operation: verb and object, `apply Deployment/default/web`.
    settling:  the caller's access entry was made a moment ago: being refused may still pass by itself.
    """
    kind, code = meaning(answer, settling)
    words = _conflict(answer) if code == CONFLICT else answer.text
    message = f"{operation}: {code}: {words}" if code else f"{operation}: {words}"
    return kind(message, code=code, operation=operation, hint=_hint(kind, code))


def meaning(answer: Answer, settling: bool) -> tuple[type[CloudError], str]:
    """What an answer means, and the code to keep: the API's reason, or ours."""
    reason = answer.reason or str(answer.status)
    if answer.status in (401, 403):
        return _refused(answer, settling), reason
    if answer.status == 409:
        return _collided(answer)
    if answer.status == 404:
        return NotFound, reason
    if answer.status == 429:
        return Throttled, reason
    if answer.status == 410:
        return CloudError, EXPIRED
    if answer.status in (400, 422):
        return CloudError, INVALID
    if answer.status >= 500 and MALFORMED.search(answer.text):
        return CloudError, INVALID
    if answer.status >= 500:
        return (Later if NOT_READY.search(answer.text) else AnswerLost), reason
    return CloudError, reason


def unreachable(error: Exception, operation: str, *, settling: bool) -> CloudError:
    """Nothing was sent: no address, no connection, no trust. A new cluster's name takes a while to be known."""
    kind = Later if settling else CloudError
    return kind(
        f"{operation}: cannot reach the cluster's API: {error}",
        code=UNREACHABLE,
        operation=operation,
        hint="a private endpoint is reached only from within its VPC; else check the network and any proxy",
    )


def lost(error: Exception, operation: str) -> CloudError:
    """The request went out, and no answer came back."""
    return AnswerLost(f"{operation}: {type(error).__name__}: {error}", operation=operation)


def owners(answer: Answer) -> tuple[tuple[str, str], ...]:
    """Of a field conflict: (field, who manages it)."""
    found = ((cause.get("field", ""), OWNER.search(cause.get("message", ""))) for cause in answer.causes)
    return tuple((name, match["manager"] if match else "somebody else") for name, match in found)


def is_immutable(error: CloudError) -> bool:
    """Whether a live object refuses a change that a new object would not."""
    return error.code == INVALID and bool(IMMUTABLE.search(error.message))


def _refused(answer: Answer, settling: bool) -> type[CloudError]:
    if any(cause.get("reason") == "NamespaceTerminating" for cause in answer.causes):
        return Later
    if answer.status == 403 and QUOTA.search(answer.text):
        return QuotaExceeded
    if settling:
        return Later
    return CredentialsError if answer.status == 401 else Denied


def _collided(answer: Answer) -> tuple[type[CloudError], str]:
    if answer.reason == "AlreadyExists":
        if "object is being deleted" in answer.text:
            return Later, answer.reason
        return AlreadyExists, answer.reason
    if any(cause.get("reason") == "FieldManagerConflict" for cause in answer.causes):
        return CloudError, CONFLICT
    return Later, answer.reason or "409"  # somebody changed it in between


def _conflict(answer: Answer) -> str:
    found = owners(answer)
    return "; ".join(f"{name} is managed by {manager}" for name, manager in found) or answer.text


def _hint(kind: type[CloudError], code: str) -> str | None:
    if code == CONFLICT:
        return "leave these fields out of the spec, or take them over with `apply --accept conflicts`"
    if kind is Denied:
        return "the caller needs an access entry whose policy or groups allow this"
    if kind is CredentialsError:
        return "the cluster knows no such caller: it needs an access entry (`access:` in the spec)"
    return None
