"""What the API's answers mean, with the words a kube-apiserver uses."""

import json
from typing import Any

import pytest

from eksgpu import errors
from eksgpu.kube.errors import CONFLICT, EXPIRED, INVALID, Answer, is_immutable, owners, translate


def answer(code: int, reason: str, message: str, causes: tuple[dict[str, str], ...] = ()) -> Answer:
    status: dict[str, Any] = {"kind": "Status", "code": code, "reason": reason, "message": message}
    if causes:
        status["details"] = {"causes": list(causes)}
    return Answer.parse(code, json.dumps(status).encode())


CASES = [
    (404, "NotFound", 'configmaps "a" not found', errors.NotFound),
    (404, "NotFound", 'namespaces "team" not found', errors.NotFound),
    (409, "AlreadyExists", 'configmaps "a" already exists', errors.AlreadyExists),
    (409, "AlreadyExists", "object is being deleted: namespaces already exists", errors.Later),
    (409, "Conflict", "the object has been modified; please apply your changes to the latest version", errors.Later),
    (403, "Forbidden", 'User "u" cannot patch resource "nodepools"', errors.Denied),
    (403, "Forbidden", 'pods "a" is forbidden: exceeded quota: gpus', errors.QuotaExceeded),
    (401, "Unauthorized", "Unauthorized", errors.CredentialsError),
    (429, "TooManyRequests", "too many requests", errors.Throttled),
    (500, "InternalError", 'failed calling webhook "v.karpenter.sh": no endpoints available', errors.Later),
    (500, "InternalError", "etcdserver: request timed out", errors.AnswerLost),
    (503, "ServiceUnavailable", "the server is currently unable to handle the request", errors.Later),
    (504, "Timeout", "request did not complete within the allotted timeout", errors.AnswerLost),
]


@pytest.mark.parametrize(("code", "reason", "message", "kind"), CASES)
def test_meaning(code: int, reason: str, message: str, kind: type[errors.CloudError]) -> None:
    error = translate(answer(code, reason, message), "apply X/a")
    assert type(error) is kind
    assert "apply X/a" in error.message
    assert message in error.message


@pytest.mark.parametrize(("code", "reason"), [(401, "Unauthorized"), (403, "Forbidden")])
def test_refused_just_after_the_access_entry_is_no_reason_to_give_up(code: int, reason: str) -> None:
    assert type(translate(answer(code, reason, "no"), "list Pod", settling=True)) is errors.Later


def test_a_namespace_that_is_going_is_waited_for() -> None:
    going = answer(403, "Forbidden", "being terminated", ({"reason": "NamespaceTerminating"},))
    assert type(translate(going, "apply X/a")) is errors.Later


def test_a_conflict_says_who_owns_the_field() -> None:
    cause = {
        "reason": "FieldManagerConflict",
        "message": 'conflict with "kubectl-edit" using apps/v1',
        "field": ".spec.replicas",
    }
    conflict = answer(409, "Conflict", "Apply failed with 1 conflict", (cause,))
    error = translate(conflict, "apply Deployment.apps/a/b")
    assert error.code == CONFLICT
    assert ".spec.replicas is managed by kubectl-edit" in error.message
    assert error.hint is not None
    assert owners(conflict) == ((".spec.replicas", "kubectl-edit"),)


def test_immutable_fields_are_told_from_other_faults() -> None:
    fixed = translate(answer(422, "Invalid", 'Job "a" is invalid: spec.template: field is immutable'), "apply")
    wrong = translate(answer(422, "Invalid", 'Job "a" is invalid: spec.template: Required value'), "apply")
    assert fixed.code == wrong.code == INVALID
    assert is_immutable(fixed)
    assert not is_immutable(wrong)


def test_gone_has_a_code_of_its_own() -> None:
    assert translate(answer(410, "Expired", "too old resource version"), "watch Pod").code == EXPIRED


def test_a_proxy_answers_in_plain_text() -> None:
    error = translate(Answer.parse(502, b"Bad Gateway\n<html>...</html>"), "get Pod/a/b")
    assert type(error) is errors.AnswerLost
    assert error.message == "get Pod/a/b: 502: Bad Gateway"
