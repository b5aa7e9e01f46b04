"""Checks of roles and of their bindings, in the server's words."""

from collections.abc import Iterator

from eksgpu.sandbox.kubernetes.failure import Cause, cause, shown
from eksgpu.sandbox.kubernetes.store import Object


def role(new: Object, _old: Object | None) -> Iterator[Cause]:
    for at, rule in enumerate(new.get("rules") or ()):
        if rule.get("nonResourceURLs"):
            continue
        for key in ("apiGroups", "resources", "verbs"):
            if not rule.get(key):
                yield cause(f"rules[{at}].{key}", "FieldValueRequired", "Required value")


def role_binding(new: Object, old: Object | None) -> Iterator[Cause]:
    if not new["roleRef"].get("name"):
        yield cause("roleRef.name", "FieldValueRequired", "Required value")
    if old is not None and new.get("roleRef") != old.get("roleRef"):
        yield cause(
            "roleRef", "FieldValueInvalid", f"Invalid value: {shown(new.get('roleRef'))}: cannot change roleRef"
        )
