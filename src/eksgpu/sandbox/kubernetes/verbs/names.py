"""Checks of an object's metadata, with the server's words: its name, labels, annotations, finalizers and owners."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from eksgpu.sandbox.kubernetes.failure import Cause, cause
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import ResourceType

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_VALUE = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]|")
_ANY_NAME = ("rbac.authorization.k8s.io",)  # names like `system:node` are fine there
_CHECKED = ("labels", "annotations", "finalizers", "ownerReferences")
ANNOTATIONS_LIMIT = 256 * 1024
_RULES = {
    "subdomain": "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
    "must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    "label": "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
    "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    "value": "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
    "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
}


def metadata(kind: ResourceType, meta: dict[str, Any], old: Object | None) -> Iterator[Cause]:
    """What is wrong with an object's metadata; what is as it was has been checked when it came."""
    if old is not None and all(meta.get(key) == old["metadata"].get(key) for key in _CHECKED):
        return
    name = meta["name"]
    if old is None and kind.group not in _ANY_NAME:
        rule, shape = ("label", _LABEL) if kind.qualified in ("namespaces", "services") else ("subdomain", _SUBDOMAIN)
        if not shape.fullmatch(name):
            yield cause("metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": {_RULES[rule]}')
        elif len(name) > (63 if rule == "label" else 253):
            limit = 63 if rule == "label" else 253
            yield cause(
                "metadata.name", "FieldValueInvalid", f'Invalid value: "{name}": must be no more than {limit} bytes'
            )
    yield from _labels(meta)
    yield from _finalizers(meta.get("finalizers") or ())
    for owner in meta.get("ownerReferences") or ():
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                message = 'Invalid value: "": must not be empty'
                yield cause(f"metadata.ownerReferences.{field}", "FieldValueInvalid", message)
    size = sum(len(key) + len(value) for key, value in (meta.get("annotations") or {}).items())
    if size > ANNOTATIONS_LIMIT:
        message = f"Too long: may not be more than {ANNOTATIONS_LIMIT} bytes"
        yield cause("metadata.annotations", "FieldValueTooLong", message)


def _labels(meta: dict[str, Any]) -> Iterator[Cause]:
    for key in meta.get("labels") or {}:
        yield from qualified(key, "metadata.labels")
    for value in (meta.get("labels") or {}).values():
        if not _VALUE.fullmatch(value) or len(value) > 63:
            yield cause("metadata.labels", "FieldValueInvalid", f'Invalid value: "{value}": {_RULES["value"]}')
    for key in meta.get("annotations") or {}:
        yield from qualified(key.lower(), "metadata.annotations")


def is_subdomain(text: str) -> bool:
    """Whether this may be the name of an object; "" may."""
    return not text or (_SUBDOMAIN.fullmatch(text) is not None and len(text) <= 253)


def config_keys(held: Iterable[str]) -> Iterator[Cause]:
    """What is wrong with the keys of a ConfigMap or Secret."""
    for key in held:
        if not _CONFIG_KEY.fullmatch(key):
            message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
            yield cause(f"data[{key}]", "FieldValueInvalid", f'Invalid value: "{key}": {message}')


def qualified(key: str, field: str) -> Iterator[Cause]:
    """What is wrong with the key of a label or annotation: `name` or `prefix/name`."""
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        yield cause(
            field, "FieldValueInvalid", f'Invalid value: "{key}": a valid label key must consist of {_NAME_RULE}'
        )
    elif not _VALUE.fullmatch(name) or not name or len(name) > 63:
        yield cause(field, "FieldValueInvalid", f'Invalid value: "{key}": name part must consist of {_NAME_RULE}')
    elif slash and not _SUBDOMAIN.fullmatch(prefix):
        yield cause(field, "FieldValueInvalid", f'Invalid value: "{key}": prefix part {_RULES["subdomain"]}')


def _finalizers(held: Iterable[str]) -> Iterator[Cause]:
    for at, name in enumerate(held):
        yield from qualified(name, "metadata.finalizers")
        if "/" not in name and name not in _PLAIN_FINALIZERS and "." not in name:
            message = "name is neither a standard finalizer name nor is it fully qualified"
            yield cause(f"metadata.finalizers[{at}]", "FieldValueInvalid", f'Invalid value: "{name}": {message}')


_PLAIN_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
_NAME_RULE = "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
