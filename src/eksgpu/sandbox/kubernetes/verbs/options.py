"""What accompanies a write: who, whether for real, and how strictly unknown fields are taken."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from eksgpu.sandbox.kubernetes.failure import ApiError, bad_request, cause, unreadable_options
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.decoding import Decoded, Mismatch, decode_object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType

_LONGEST_MANAGER = 128


@dataclass(frozen=True)
class Options:
    """`manager` "" leaves managed fields alone (the server's own controllers). `warnings` are filled by the write."""

    manager: str = ""
    dry_run: bool = False
    validation: str = "Warn"
    force: bool = False
    warnings: list[str] = field(default_factory=list)


def check_query(query: dict[str, str], kind: str, *, is_apply: bool) -> None:
    """Raises ApiError 422 for options that mean nothing; `kind` is theirs, such as `PatchOptions`."""
    causes = []
    if kind == "PatchOptions" and "force" in query and not is_apply:
        causes.append(cause("force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch"))
    if query.get("dryRun", "All") not in ("All", ""):
        message = f'Unsupported value: ["{query["dryRun"]}"]: supported values: "All"'
        causes.append(cause("dryRun", "FieldValueNotSupported", message))
    if len(query.get("fieldManager", "")) > _LONGEST_MANAGER:
        message = f"Too long: may not be more than {_LONGEST_MANAGER} bytes"
        causes.append(cause("fieldManager", "FieldValueTooLong", message))
    asked = query.get("fieldValidation", "")
    if asked not in ("", "Ignore", "Warn", "Strict"):
        message = f'Unsupported value: "{asked}": supported values: "Ignore", "Strict", "Warn"'
        causes.append(cause("fieldValidation", "FieldValueNotSupported", message))
    if causes:
        raise unreadable_options(kind, *causes)


def copy(value: Any) -> Any:
    """A deep copy of a JSON value."""
    return orjson.loads(orjson.dumps(value))


def decoded(raw: Any, kind: ResourceType, options: Options, old: Object | None = None) -> Object:
    """The object that a client sent, as the type reads it; what a patch of `old` left alone stays that one's own.

    Raises ApiError 400 where Kubernetes would.
    """
    if not isinstance(raw, dict):
        raise bad_request(f"the body is no {kind.kind}")
    _same_kind(raw, kind)
    try:
        found = decode_object(raw, kind.type, old)
    except Mismatch as wrong:
        raise _unreadable(kind, wrong.go_text) from wrong
    report_unknown(found, kind, options)
    found.value.update(apiVersion=kind.api_version, kind=kind.kind)
    metadata = found.value.setdefault("metadata", {})
    for key in _LEFT_OUT_EMPTY:
        if key in metadata and not metadata[key]:
            del metadata[key]
    return found.value


_LEFT_OUT_EMPTY = ("labels", "annotations", "finalizers", "ownerReferences")


def report_unknown(found: Decoded, kind: ResourceType, options: Options) -> None:
    """Refuse unknown fields, warn of them or be silent, as the client asked."""
    texts = [f'unknown field "{path}"' for path in found.unknown]
    if not texts:
        return
    if options.validation == "Strict":
        raise _unreadable(kind, "strict decoding error: " + ", ".join(texts))
    if options.validation == "Warn":
        options.warnings.extend(texts)


def _same_kind(raw: dict[str, Any], kind: ResourceType) -> None:
    found = (raw.get("apiVersion") or kind.api_version, raw.get("kind") or kind.kind)
    if found != (kind.api_version, kind.kind):
        raise bad_request(
            f"the API version in the data ({found[0]}, Kind={found[1]}) does not match the expected API version "
            f"({kind.api_version}, Kind={kind.kind})"
        )


def _unreadable(kind: ResourceType, why: str) -> ApiError:
    return bad_request(f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {why}')
