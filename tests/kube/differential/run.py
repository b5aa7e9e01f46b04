"""Runs a case on an API and gives what it answered, without what differs from run to run: uids, times, versions."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .requests import Case, Object, Step

_TOKEN = re.compile(r"@(version|first-version|uid)(?: (\S+))?")
_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_MADE_NAME = re.compile(r"^(made-|kube-api-access-)[a-z0-9]{5}$")
_HIDDEN = {
    "resourceVersion": "<version>",
    "clusterIP": "<ip>",
    "clusterIPs": ["<ip>"],
    "nodePort": "<port>",
    "continue": "<token>",
}
_LOOKS = 150


@dataclass(frozen=True)
class Answer:
    """`events` are those of a watch: (type, object)."""

    status: int
    body: Any
    warnings: tuple[str, ...] = ()


Send = Callable[[str, str, str, bytes], Answer]
"""Method, path with query, media type, body → the answer. WATCH as a method gives the events as the body."""


def run(case: Case, send: Send, pause: Callable[[], object]) -> Iterator[tuple[Step, Object]]:
    """Each step with its normalised answer. `pause` lets a controller act between two looks."""
    _namespace(case, send, pause)
    seen: dict[str, tuple[Any, Any]] = {}
    for step in case.steps:
        answer = _done(step, seen, send, pause)
        if isinstance(answer.body, dict) and answer.status < 300:
            first = seen.get(step.path, (answer.body, None))[0]
            seen[step.path] = (first, answer.body)
            name = answer.body.get("metadata", {}).get("name")
            if step.method == "POST" and name:
                seen[f"{step.path}/{name}"] = (answer.body, answer.body)
        yield step, _recorded(answer)


def _namespace(case: Case, send: Send, pause: Callable[[], object]) -> None:
    body = json.dumps({"metadata": {"name": case.namespace}}).encode()
    send("POST", "/api/v1/namespaces", "application/json", body)
    for _ in range(_LOOKS):
        there = [send("GET", f"/api/v1/namespaces/{case.namespace}/{what}", "", b"") for what in _FIRST]
        if all(answer.status == 200 for answer in there):
            return
        pause()
    raise TimeoutError(f"{case.namespace} has no service account")


_FIRST = ("serviceaccounts/default", "configmaps/kube-root-ca.crt")


def _done(step: Step, seen: dict[str, tuple[Any, Any]], send: Send, pause: Callable[[], object]) -> Answer:
    query = urlencode({key: _filled(value, step.path, seen) for key, value in step.query.items()})
    target = f"{step.path}?{query}" if query else step.path
    if step.method in ("GONE", "ENDING"):
        for _ in range(_LOOKS):
            answer = send("GET", target, "", b"")
            if answer.status == 404 or (step.method == "ENDING" and answer.body["metadata"].get("deletionTimestamp")):
                return answer
            pause()
        return answer
    body = _filled(step.body, step.path, seen)
    raw = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return send(step.method, target, step.media if raw else "", raw)


def _filled(value: Any, path: str, seen: dict[str, tuple[Any, Any]]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, path, seen) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, path, seen) for inner in value]
    found = _TOKEN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    first, last = seen.get(found[2] or path, ({}, {}))
    holder = first if found[1] == "first-version" else last
    return str(holder.get("metadata", {}).get("uid" if found[1] == "uid" else "resourceVersion", ""))


def _recorded(answer: Answer) -> Object:
    body = answer.body
    if answer.status >= 400:
        body = _failure(body)
    found: Object = {"status": answer.status, "body": normal(body)}
    return found | ({"warnings": sorted(answer.warnings)} if answer.warnings else {})


def _leaves_only(value: Any) -> Any:
    """Managed fields without their "." entries: whose an empty map is depends on a server's history of it."""
    if not isinstance(value, dict):
        return value
    return {key: _leaves_only(inner) for key, inner in value.items() if key != "."}


def _failure(body: Any) -> Object:
    """Of a refusal what is compared, and its words for whoever reads a difference."""
    told: Object = body if isinstance(body, dict) else {"message": str(body).strip()}
    causes = {f"{one.get('field')} {one.get('reason')}" for one in (told.get("details") or {}).get("causes") or ()}
    return {"reason": told.get("reason") or None, "message": str(told.get("message"))[:300], "causes": sorted(causes)}


def normal(value: Any) -> Any:
    """The value with names in place of what no two servers answer alike."""
    if isinstance(value, dict):
        found = {
            _UID.sub("<uid>", key): _HIDDEN[key] if key in _HIDDEN and inner and inner != "None" else normal(inner)
            for key, inner in value.items()
        }
        if isinstance(found.get("managedFields"), list):
            rows = [_leaves_only(row) for row in found["managedFields"]]
            found["managedFields"] = sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
        return found
    if isinstance(value, list):
        return [normal(inner) for inner in value]
    if isinstance(value, str):
        return _MADE_NAME.sub(r"\1<made>", _TIME.sub("<time>", _UID.sub("<uid>", value)))
    return value
