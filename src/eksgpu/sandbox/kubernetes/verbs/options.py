"""What accompanies a write: who, whether for real, and how strictly unknown fields are taken."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from eksgpu.sandbox.kubernetes.failure import ApiError, bad_request
from eksgpu.sandbox.kubernetes.types.decoding import Decoded, Mismatch, decode_object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType


@dataclass(frozen=True)
class Options:
    """`manager` "" leaves managed fields alone (the server's own controllers). `warnings` are filled by the write."""

    manager: str = ""
    dry_run: bool = False
    validation: str = "Warn"
    force: bool = False
    warnings: list[str] = field(default_factory=list)


def copy(value: Any) -> Any:
    """A deep copy of a JSON value."""
    return orjson.loads(orjson.dumps(value))


def decoded(raw: Any, kind: ResourceType, options: Options) -> dict[str, Any]:
    """The object that a client sent, as the type reads it. Raises ApiError 400 where Kubernetes would."""
    if not isinstance(raw, dict):
        raise bad_request(f"the body is no {kind.kind}")
    _same_kind(raw, kind)
    try:
        found = decode_object(raw, kind.type)
    except Mismatch as wrong:
        raise _unreadable(kind, wrong.go_text) from wrong
    report_unknown(found, kind, options)
    found.value.update(apiVersion=kind.api_version, kind=kind.kind)
    found.value.setdefault("metadata", {})
    return found.value


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
    found = (raw.get("apiVersion", kind.api_version), raw.get("kind", kind.kind))
    if found != (kind.api_version, kind.kind):
        raise bad_request(
            f"the API version in the data ({found[0]}, Kind={found[1]}) does not match the expected API version "
            f"({kind.api_version}, Kind={kind.kind})"
        )


def _unreadable(kind: ResourceType, why: str) -> ApiError:
    return bad_request(f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: {why}')
