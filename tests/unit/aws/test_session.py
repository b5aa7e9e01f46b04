"""The session with less work makes the same clients as botocore's: the same methods, handlers, endpoints and errors."""

from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import UnknownServiceError
from botocore.session import Session
from botocore.utils import parse_timestamp

from eksgpu.aws.session import LeanSession, timestamp

REGION = "us-west-2"


@pytest.fixture(scope="module")
def lean() -> Session:
    return _with_keys(LeanSession())


@pytest.fixture(scope="module")
def plain() -> Session:
    return _with_keys(Session())


def test_clients_are_botocores(lean: Session, plain: Session) -> None:
    for service in ("sqs", "iam"):
        ours, theirs = (session.create_client(service, region_name=REGION) for session in (lean, plain))
        assert ours.meta.endpoint_url == theirs.meta.endpoint_url
        assert ours.meta.method_to_api_mapping == theirs.meta.method_to_api_mapping


def test_events_get_the_names_that_botocore_gives_them(lean: Session, plain: Session) -> None:
    # elb is an old name, runtime.lex one with a dot, ec2 none.
    for name in ("told.ec2.DescribeVpcs", "told.elb.Create", "told.runtime.lex.Post", "told"):
        heard: list[str] = []
        for session in (lean, plain):
            session.register(name, lambda event_name, heard=heard, **_: heard.append(event_name))
            session.get_component("event_emitter").emit(name)
        assert len(heard) == 2
        assert len(set(heard)) == 1


def test_builtin_handlers_are_there(lean: Session, plain: Session) -> None:
    # Botocore decodes the policy documents of IAM's answers in a handler.
    answers: list[Any] = []
    for session in (lean, plain):
        iam = session.create_client("iam", region_name=REGION)
        model = iam.meta.service_model.operation_model("GetRolePolicy")
        answer: Any = {"PolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%7D"}
        told = {"parsed": answer, "model": model, "context": {}, "http_response": AWSResponse("", 200, {}, None)}
        iam.meta.events.emit("after-call.iam.GetRolePolicy", **told)
        answers.append(answer)
    assert answers[0] == answers[1] == {"PolicyDocument": {"Version": "2012-10-17"}}


@pytest.mark.parametrize("service", ["ec2", "iam", "eks"])
def test_errors_of_a_service_are_known(lean: Session, plain: Session, service: str) -> None:
    ours, theirs = (session.create_client(service, region_name=REGION).meta.service_model for session in (lean, plain))
    assert [shape.name for shape in ours.error_shapes] == [shape.name for shape in theirs.error_shapes]


@pytest.mark.parametrize(
    "told", ["2026-11-22T10:00:00Z", "2026-11-22T10:00:00.5Z", "20261122T100000Z", 1795341600, "7"]
)
def test_times_are_read_as_botocore_reads_them(told: str | int) -> None:
    assert timestamp(told) == parse_timestamp(told)


def test_a_service_that_is_not_there_is_unknown(lean: Session) -> None:
    with pytest.raises(UnknownServiceError, match="ec3"):
        lean.create_client("ec3", region_name=REGION)


def _with_keys(session: Session) -> Session:
    session.set_credentials("key", "secret")
    return session
