"""Label and field selectors: from the text of a query or from a LabelSelector object to a test of objects.

Raises ApiError 400 for text that is no selector.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from eksgpu.sandbox.kubernetes.failure import bad_request

LabelTest = Callable[[Mapping[str, str]], bool]
_TERM = re.compile(
    r"\s*(?:(?P<key>[\w./-]+)\s+(?P<set>in|notin)\s*\((?P<values>[^)]*)\)"
    r"|(?P<absent>!)\s*(?P<missing>[\w./-]+)"
    r"|(?P<name>[\w./-]+)\s*(?:(?P<sign>==|=|!=|>|<)\s*(?P<value>[\w./-]*))?)\s*"
)


@lru_cache(maxsize=1024)
def labels(text: str) -> LabelTest:
    """`app=web,tier!=db,env in (a, b),!old`; the empty text selects everything."""
    terms = [_term(part) for part in _split(text)]
    return lambda found: all(term(found) for term in terms)


@lru_cache(maxsize=1024)
def fields(text: str, kind: str) -> Callable[[dict[str, Any]], bool]:
    """`metadata.name=x,status.phase!=Running`, for a kind such as `pods`. Raises ApiError 400 for fields it has not."""
    terms = [_field_term(part, kind) for part in text.split(",") if part]
    return lambda found: all(term(found) for term in terms)


def matches(selector: Mapping[str, Any] | None, found: Mapping[str, str]) -> bool:
    """A LabelSelector object against labels. None selects nothing, `{}` everything."""
    if selector is None:
        return False
    for key, value in (selector.get("matchLabels") or {}).items():
        if found.get(key) != value:
            return False
    return all(expression(term, found) for term in selector.get("matchExpressions") or ())


def expression(term: Mapping[str, Any], found: Mapping[str, str]) -> bool:
    """`{key, operator, values}` with In, NotIn, Exists, DoesNotExist, Gt or Lt."""
    key, values = term["key"], term.get("values") or []
    match term["operator"]:
        case "In":
            return found.get(key) in values
        case "NotIn":
            return found.get(key) not in values
        case "Exists":
            return key in found
        case "DoesNotExist":
            return key not in found
        case "Gt" | "Lt" as sign:
            held = found.get(key, "")
            if not held.lstrip("-").isdigit():
                return False
            return int(held) > int(values[0]) if sign == "Gt" else int(held) < int(values[0])
    return False


# What a server selects by beside name and namespace, by kind.
_FIELDS: dict[str, tuple[str, ...]] = {
    "pods": (
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
        "status.phase", "status.podIP", "status.nominatedNodeName",
    ),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase", "name"),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
    "jobs.batch": ("status.successful",),
    "events": (
        *(f"involvedObject.{name}" for name in ("kind", "namespace", "name", "uid", "apiVersion", "fieldPath")),
        "involvedObject.resourceVersion", "reason", "reportingComponent", "source", "type",
    ),
    "events.events.k8s.io": (
        *(f"regarding.{name}" for name in ("kind", "namespace", "name", "uid", "apiVersion", "fieldPath")),
        "regarding.resourceVersion", "reason", "reportingController", "type",
    ),
}  # fmt: skip


def value_at(found: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for part in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found


def _split(text: str) -> list[str]:
    """At commas outside parentheses."""
    return [part for part in re.split(r",(?![^(]*\))", text) if part.strip()]


def _term(text: str) -> LabelTest:
    found = _TERM.fullmatch(text)
    if found is None:
        raise bad_request(f"unable to parse requirement: found {text.strip()!r}, expected a label selector")
    if found["set"]:
        values = {value.strip() for value in found["values"].split(",")}
        key, wanted = found["key"], found["set"] == "in"
        return lambda held: (held.get(key) in values) == wanted
    if found["absent"]:
        missing = found["missing"]
        return lambda held: missing not in held
    name, value = found["name"], found["value"]
    if not found["sign"]:
        return lambda held: name in held
    if found["sign"] in ("<", ">"):
        if not value.lstrip("-").isdigit():
            raise bad_request(f"for 'Gt', 'Lt' operators, the value must be an integer: \"{value}\"")
        bound = {"key": name, "operator": "Gt" if found["sign"] == ">" else "Lt", "values": [value]}
        return lambda held: expression(bound, held)
    if found["sign"] == "!=":
        return lambda held: held.get(name) != value
    return lambda held: held.get(name) == value


def _field_term(text: str, kind: str) -> Callable[[dict[str, Any]], bool]:
    found = re.fullmatch(r"\s*([\w./-]+?)\s*(==|=|!=)(.*)", text)
    if found is None:
        raise bad_request(f"invalid selector: {text!r}; can't understand {text!r}")
    path, sign, value = found[1], found[2], found[3].strip()
    if path not in ("metadata.name", "metadata.namespace", *_FIELDS.get(kind, ())):
        raise bad_request(_unsupported(path, kind))

    def test(held: dict[str, Any]) -> bool:
        current = _source(held) if path == "source" else value_at(held, path)
        shown = "" if current is None else str(current).lower() if isinstance(current, bool) else str(current)
        return (shown == value) == (sign != "!=")

    return test


def _source(event: dict[str, Any]) -> str:
    """Who recorded an Event."""
    return str(event.get("source", {}).get("component") or event.get("reportingComponent", ""))


def _unsupported(path: str, kind: str) -> str:
    if kind == "jobs.batch":
        return f'field label "{path}" not supported for Job'
    if kind in _FIELDS:
        return f"field label not supported: {path}"
    return f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'
