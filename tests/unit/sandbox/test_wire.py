"""The protocols: what a request is taken for, and what its answer looks like to botocore."""

import json

import pytest
from botocore.exceptions import ClientError

from eksgpu.sandbox.wire import Headers, Request, Unroutable, identify, parse
from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import ClientOf

SCOPE = "AWS4-HMAC-SHA256 Credential=AKID/20261122/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=0"


def signed(service: str, method: str = "POST", path: str = "/", body: bytes = b"", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    all_headers = Headers({"Authorization": SCOPE.format(service), **named})
    return Request(method, f"http://127.0.0.1:1{path}", all_headers, body)


FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            signed("ec2", body=b"Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0%2F16", Content_Type=FORM),
            ("ec2", "CreateVpc", "ec2", {"CidrBlock": "10.0.0.0/16"}),
        ),
        (
            signed("iam", body=b"Action=GetRole&Version=2010-05-08&RoleName=a", Content_Type=FORM),
            ("iam", "GetRole", "query", {"RoleName": "a"}),
        ),
        (
            signed(
                "kms",
                body=b'{"KeyId": "k"}',
                X_Amz_Target="TrentService.DescribeKey",
                Content_Type="application/x-amz-json-1.1",
            ),
            ("kms", "DescribeKey", "json", {"KeyId": "k"}),
        ),
        (
            signed("eks", "GET", "/clusters/demo/addons/vpc-cni"),
            ("eks", "DescribeAddon", "rest-json", {"clusterName": "demo", "addonName": "vpc-cni"}),
        ),
        (
            signed("eks", "GET", "/tags/arn%3Aaws%3Aeks%3Aeu-west-1%3A1%3Acluster%2Fdemo"),
            (
                "eks",
                "ListTagsForResource",
                "rest-json",
                {"resourceArn": "arn:aws:eks:eu-west-1:1:cluster/demo"},
            ),
        ),
        (
            signed(
                "eks", "GET", "/cluster-versions?includeAll=true&maxResults=5&clusterVersions=1.34&clusterVersions=1.35"
            ),
            (
                "eks",
                "DescribeClusterVersions",
                "rest-json",
                {"includeAll": True, "maxResults": 5, "clusterVersions": ["1.34", "1.35"]},
            ),
        ),
    ],
)
def test_requests_are_identified(request_: Request, expected: tuple[str, str, str, dict[str, object]]) -> None:
    target = identify(request_)
    assert (target.service, target.operation, target.protocol, parse(request_, target)) == expected
    assert target.region == "eu-west-1"


def test_presigned_request_carries_its_scope_in_the_query() -> None:
    query = (
        "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=AKID%2F20261122%2Fus-west-2%2Fsts%2Faws4_request"
    )
    target = identify(Request("GET", f"https://sts.us-west-2.amazonaws.com/?{query}", Headers()))
    assert (target.service, target.region, target.operation) == ("sts", "us-west-2", "GetCallerIdentity")


@pytest.mark.parametrize(
    ("service", "name"), [("tagging", "resourcegroupstaggingapi"), ("servicequotas", "service-quotas")]
)
def test_signing_names_are_turned_into_api_names(service: str, name: str) -> None:
    operation = {"tagging": "GetResources", "servicequotas": "ListServices"}[service]
    request = signed(service, body=b"{}", X_Amz_Target=f"X.{operation}", Content_Type="application/x-amz-json-1.1")
    assert identify(request).service == name


def test_an_unsigned_request_is_refused() -> None:
    with pytest.raises(Unroutable, match="not signed"):
        identify(Request("GET", "http://127.0.0.1/", Headers()))


def test_an_unknown_action_is_refused_in_the_service_s_own_words(world: World) -> None:
    response = world.handle(signed("ec2", body=b"Action=MakeCoffee&Version=2016-11-15", Content_Type=FORM))
    assert response.status == 404
    assert b"<Code>InvalidAction</Code>" in response.body
    assert b"MakeCoffee" in response.body


def test_an_unknown_service_is_refused_as_json(world: World) -> None:
    response = world.handle(signed("teapot", "GET", "/pots"))
    assert json.loads(response.body)["__type"] == "InvalidAction"


def test_an_operation_that_nothing_serves_says_so(client: ClientOf) -> None:
    with pytest.raises(ClientError, match=r"NotImplemented.*eks:DescribeFargateProfile|NotImplemented") as caught:
        client("ec2").describe_ipam_pools()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("ec2", lambda ec2: ec2.describe_subnets(SubnetIds=["subnet-0"]), "InvalidSubnetID.NotFound"),
        ("iam", lambda iam: iam.get_role(RoleName="nobody"), "NoSuchEntity"),
        ("kms", lambda kms: kms.describe_key(KeyId="alias/none"), "NotFoundException"),
        ("sqs", lambda sqs: sqs.get_queue_url(QueueName="none"), "AWS.SimpleQueueService.NonExistentQueue"),
        ("eks", lambda eks: eks.describe_cluster(name="none"), "ResourceNotFoundException"),
        ("logs", lambda logs: logs.delete_log_group(logGroupName="none"), "ResourceNotFoundException"),
        ("ssm", lambda ssm: ssm.get_parameter(Name="none"), "ParameterNotFound"),
    ],
)
def test_errors_arrive_with_their_code(client: ClientOf, service: str, call: object, code: str) -> None:
    assert callable(call)
    with pytest.raises(ClientError) as caught:
        call(client(service))
    assert caught.value.response["Error"]["Code"] == code


def test_modelled_errors_arrive_as_their_own_class_and_status(client: ClientOf) -> None:
    eks = client("eks")
    with pytest.raises(eks.exceptions.ResourceNotFoundException) as caught:
        eks.describe_cluster(name="none")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_headers_ignore_case() -> None:
    headers = Headers({"Content-Type": "a", "X-Amz-Target": b"t"})
    headers["content-type"] = "b"
    assert dict(headers) == {"Content-Type": "b", "X-Amz-Target": "t"}
    assert "CONTENT-TYPE" in headers
    assert dict(headers.without("x-amz-target")) == {"Content-Type": "b"}
