"""The World behind HTTP: real boto3 clients over real sockets on the loopback address."""

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from eksgpu.sandbox.identity import ACCESS_KEY, SECRET_KEY
from eksgpu.sandbox.options import Options
from eksgpu.sandbox.server import Endpoint, LocalServer, when_idle
from eksgpu.sandbox.version import code_version
from tests.unit.sandbox.conftest import NO_RETRIES

ClientTo = Callable[..., Any]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    served = LocalServer(Endpoint(Options(speed=1000.0, every_duration=0.0)))
    thread = threading.Thread(target=served.serve)
    thread.start()
    yield served
    served.stop()
    thread.join()


@pytest.fixture
def client_to(server: LocalServer) -> Iterator[ClientTo]:
    session = boto3.Session(aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY, region_name="us-west-2")
    made: list[Any] = []

    def client(service: str, config: Config = NO_RETRIES) -> Any:
        made.append(session.client(service, endpoint_url=server.url, config=config))
        return made[-1]

    yield client
    for one in made:
        one.close()


def control(server: LocalServer, name: str, method: str = "GET", body: Any = None, **headers: str) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}/_sandbox/{name}", data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@pytest.mark.parametrize(
    ("service", "make", "read"),
    [
        (
            "ec2",
            lambda ec2: ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"],
            lambda ec2: [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]],
        ),
        (
            "iam",
            lambda iam: iam.create_user(UserName="someone")["User"]["UserName"],
            lambda iam: [user["UserName"] for user in iam.list_users()["Users"]],
        ),
        (
            "kms",
            lambda kms: kms.create_key()["KeyMetadata"]["KeyId"],
            lambda kms: [key["KeyId"] for key in kms.list_keys()["Keys"]],
        ),
        (
            "logs",
            lambda logs: logs.create_log_group(logGroupName="/a/b") and "/a/b",
            lambda logs: [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]],
        ),
        (
            "sqs",
            lambda sqs: sqs.create_queue(QueueName="q")["QueueUrl"],
            lambda sqs: (
                sqs.get_queue_attributes(QueueUrl=sqs.list_queues()["QueueUrls"][0], AttributeNames=["All"])
                and sqs.list_queues()["QueueUrls"]
            ),
        ),
        (
            "ssm",
            lambda ssm: ssm.put_parameter(Name="/x/y", Value="1", Type="String") and "/x/y",
            lambda ssm: [ssm.get_parameter(Name="/x/y")["Parameter"]["Name"]],
        ),
        (
            "events",
            lambda events: events.put_rule(Name="r", EventPattern='{"source": ["aws.ec2"]}')["RuleArn"],
            lambda events: [rule["Arn"] for rule in events.list_rules()["Rules"]],
        ),
    ],
)
def test_what_is_made_over_http_is_there(client_to: ClientTo, service: str, make: Any, read: Any) -> None:
    client = client_to(service)
    assert make(client) in read(client)


def test_errors_keep_their_class_and_status(client_to: ClientTo) -> None:
    eks = client_to("eks")
    with pytest.raises(eks.exceptions.ResourceNotFoundException) as caught:
        eks.describe_cluster(name="nope")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_lost_answer_is_a_closed_connection(server: LocalServer, client_to: ClientTo) -> None:
    ec2 = client_to("ec2")
    control(server, "faults", "POST", [{"service": "ec2", "operation": "CreateVpc", "do": "drop_after"}])
    with pytest.raises(ConnectionClosedError):
        ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert "10.0.0.0/16" in {vpc["CidrBlock"] for vpc in ec2.describe_vpcs()["Vpcs"]}


def test_a_retrying_client_makes_a_second_one_of_what_it_lost(server: LocalServer, client_to: ClientTo) -> None:
    """The trap that botocore's retries are: this is why a lost answer is never repeated blindly."""
    ec2 = client_to("ec2", Config(retries={"total_max_attempts": 2, "mode": "standard"}))
    control(server, "faults", "POST", [{"service": "ec2", "operation": "CreateInternetGateway", "do": "drop_after"}])
    ec2.create_internet_gateway()
    gateways = ec2.describe_internet_gateways()["InternetGateways"]
    assert len([gateway for gateway in gateways if not gateway["Attachments"]]) == 2


def test_throttles_posted_as_data_hit_the_nth_call(server: LocalServer, client_to: ClientTo) -> None:
    ec2 = client_to("ec2")
    rule = {"service": "ec2", "operation": "*", "nth": 2, "code": "RequestLimitExceeded", "status": 503}
    assert control(server, "faults", "POST", [rule])[0]["seen"] == 0
    ec2.describe_vpcs()
    with pytest.raises(ClientError, match="RequestLimitExceeded"):
        ec2.describe_vpcs()
    ec2.describe_vpcs()
    assert control(server, "faults", "DELETE") == []


def test_a_malformed_fault_is_refused(server: LocalServer) -> None:
    with pytest.raises(HTTPError) as caught:
        control(server, "faults", "POST", [{"servce": "ec2"}])
    assert caught.value.code == 400
    assert "servce" in json.load(caught.value)["error"]
    caught.value.close()


def test_info_tells_speed_version_and_account(server: LocalServer, client_to: ClientTo) -> None:
    client_to("sts").get_caller_identity()
    info = control(server, "info")
    assert (info["speed"], info["version"], info["account"]) == (1000.0, code_version(), "111122223333")
    assert info["requests"] == 1


def test_the_log_shows_every_call(server: LocalServer, client_to: ClientTo) -> None:
    client_to("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    [call] = control(server, "log")
    assert (call["operation"], call["region"], call["status"]) == ("CreateVpc", "us-west-2", 200)
    assert call["params"]["CidrBlock"] == "10.0.0.0/16"


def test_reset_empties_the_account(server: LocalServer, client_to: ClientTo) -> None:
    ec2 = client_to("ec2")
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert control(server, "reset", "POST", {})["requests"] == 0
    assert [vpc["IsDefault"] for vpc in ec2.describe_vpcs()["Vpcs"]] == [True]


@pytest.mark.parametrize(("name", "host", "code"), [("info", "evil.example:1", 403), ("coffee", "127.0.0.1", 404)])
def test_control_is_local_and_known(server: LocalServer, name: str, host: str, code: int) -> None:
    with pytest.raises(HTTPError) as caught:
        control(server, name, Host=host)
    assert caught.value.code == code
    caught.value.close()


def test_many_clients_at_once_see_one_account(client_to: ClientTo) -> None:
    ec2 = client_to("ec2")
    made: list[str] = []

    def make(number: int) -> None:
        made.append(ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"])

    threads = [threading.Thread(target=make, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 12
    assert set(made) < {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}


def test_an_idle_server_is_left() -> None:
    """Calls push the end back; the waits are handed in, so no time passes."""
    endpoint = Endpoint(Options())
    waits: list[float] = []
    left: list[bool] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            endpoint.last_call -= 1000.0

    when_idle(endpoint, 900.0, lambda: left.append(True), wait)
    assert left == [True]
    assert len(waits) == 2
    assert all(0 < seconds <= 900 for seconds in waits)


def test_options_refuse_a_speed_that_stops_time() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Options(speed=0)
