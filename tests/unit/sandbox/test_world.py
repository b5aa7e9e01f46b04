"""One account: state, log, faults, permissions, determinism, forks."""

import os
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from eksgpu.catalog.durations import expected_seconds, load_durations
from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox import inprocess, moto_bridge
from eksgpu.sandbox import world as world_module
from eksgpu.sandbox.calllog import LoggedCall
from eksgpu.sandbox.durations import Durations
from eksgpu.sandbox.faults import Fault, failed_after, lost_answer, throttle
from eksgpu.sandbox.options import Options
from eksgpu.sandbox.overlay import OPERATIONS, operation
from eksgpu.sandbox.timed import Timed
from eksgpu.sandbox.world import World
from tests.unit.sandbox.conftest import NO_RETRIES, ClientOf

CALLER = "arn:aws:iam::111122223333:user/anna"


def vpcs(client: ClientOf, region: str = "us-west-2") -> set[str]:
    return {vpc["CidrBlock"] for vpc in client("ec2", region).describe_vpcs()["Vpcs"] if not vpc["IsDefault"]}


def test_state_is_kept_per_region_and_under_the_world_s_account(client: ClientOf) -> None:
    client("ec2").create_vpc(CidrBlock="10.7.0.0/16")
    assert vpcs(client) == {"10.7.0.0/16"}
    assert vpcs(client, "us-east-1") == set()
    assert client("iam").create_user(UserName="a")["User"]["Arn"] == "arn:aws:iam::111122223333:user/a"


def test_a_new_world_is_empty(world: World, client: ClientOf) -> None:
    client("ec2").create_vpc(CidrBlock="10.7.0.0/16")
    other = inprocess.session(World(clock=SteppedClock(), account="444455556666")).client("ec2")
    assert {vpc["OwnerId"] for vpc in other.describe_vpcs()["Vpcs"]} == {"444455556666"}
    assert len(other.describe_vpcs()["Vpcs"]) == 1


def test_calls_are_logged_in_order(world: World, client: ClientOf, clock: SteppedClock) -> None:
    client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    clock.sleep(5)
    with pytest.raises(ClientError):
        client("iam").get_role(RoleName="nobody")
    assert [(call.name, call.region, call.status, call.error, call.seconds) for call in world.log] == [
        ("ec2:CreateVpc", "us-west-2", 200, None, 0.0),
        ("iam:GetRole", "us-east-1", 404, "NoSuchEntity", 5.0),
    ]
    assert [call.name for call in world.log.mutations()] == ["ec2:CreateVpc"]
    assert world.log.counts() == {"ec2:CreateVpc": 1, "iam:GetRole": 1}
    assert world.log[0].params["CidrBlock"] == "10.0.0.0/16"


def test_the_log_can_be_bounded(clock: SteppedClock) -> None:
    world = World(clock=clock, log_limit=2)
    sts = inprocess.session(world).client("sts")
    for _ in range(5):
        sts.get_caller_identity()
    assert (len(world.log), world.log.total, world.log[-1].number) == (2, 5, 5)


def _play(seed: int) -> tuple[list[dict[str, Any]], list[str]]:
    world = World(clock=SteppedClock(), seed=seed)
    session = inprocess.session(world)
    ec2, kms = session.client("ec2"), session.client("kms")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    return [call.as_dict() for call in world.log], [vpc, subnet, key, world.new_id("a-"), world.new_uuid()]


def test_the_same_seed_gives_the_same_ids_and_log() -> None:
    first, again, other = _play(1), _play(1), _play(2)
    assert first == again
    assert not set(first[1]) & set(other[1])


def test_regional_state_objects_are_made_once(world: World) -> None:
    class Shelf:
        def __init__(self, world: World, region: str) -> None:
            self.place = (world.account, region)

    assert world.state(Shelf, "us-west-2") is world.state(Shelf, "us-west-2")
    assert world.state(Shelf, "us-east-1").place == ("111122223333", "us-east-1")
    assert set(world.states(Shelf)) == {"us-west-2", "us-east-1"}


def test_timed_state_moves_with_the_clock(clock: SteppedClock) -> None:
    status = Timed(clock, "CREATING", "ACTIVE", after=10)
    clock.sleep(9)
    assert (status.value, status.done, status.remaining) == ("CREATING", False, 1)
    clock.sleep(1)
    assert (status.value, status.done, status.remaining) == ("ACTIVE", True, 0)
    status.begin("DELETING", "GONE", after=3)
    assert status.value == "DELETING"
    status.settle("FAILED")
    assert status.value == "FAILED"


def test_durations_come_from_the_catalogue_unless_overridden() -> None:
    assert Durations().seconds("ec2:nat:create") == 105
    assert Durations({"ec2:nat:create": 3}).seconds("ec2:nat:create") == 3
    assert Durations({"ec2:nat:create": 3}, all=0).seconds("ec2:nat:delete") == 0
    with pytest.raises(KeyError, match="tea:kettle:boil"):
        Durations().seconds("tea:kettle:boil")
    with pytest.raises(KeyError, match="tea:kettle:boil"):
        Durations({"tea:kettle:boil": 1})


def test_a_second_handler_for_an_operation_is_an_error() -> None:
    assert ("sts", "GetCallerIdentity") in OPERATIONS
    with pytest.raises(ValueError, match="sts:GetCallerIdentity has two handlers"):
        operation("sts", "GetCallerIdentity")(lambda call: {})


def test_a_malformed_answer_of_a_handler_is_a_bug(client: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPERATIONS, ("sts", "GetCallerIdentity"), lambda call: {"Acount": call.account})
    with pytest.raises(TypeError, match="Acount"):
        client("sts").get_caller_identity()


def test_unset_members_of_an_answer_are_left_out(client: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPERATIONS, ("sts", "GetCallerIdentity"), lambda call: {"Account": "1", "Arn": None})
    answer = client("sts").get_caller_identity()
    assert (answer["Account"], "Arn" in answer) == ("1", False)


def test_a_handler_may_ask_moto_with_other_parameters(client: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        OPERATIONS, ("kms", "CreateKey"), lambda call: call.moto_with(Description="changed", Origin=None)
    )
    assert client("kms").create_key(Description="asked", Origin="EXTERNAL")["KeyMetadata"]["Description"] == "changed"


@pytest.mark.parametrize(
    ("fault", "call", "code", "status"),
    [
        (throttle("ec2", "DescribeVpcs"), lambda of: of("ec2").describe_vpcs(), "RequestLimitExceeded", 503),
        (throttle("iam", "ListRoles"), lambda of: of("iam").list_roles(), "Throttling", 400),
        (throttle("eks", "ListClusters"), lambda of: of("eks").list_clusters(), "ThrottlingException", 429),
        (throttle("kms", "ListKeys"), lambda of: of("kms").list_keys(), "ThrottlingException", 400),
        (failed_after("kms", "ListKeys"), lambda of: of("kms").list_keys(), "InternalFailure", 500),
        (
            Fault("sts", "*", code="ExpiredToken", message="The security token included in the request is expired"),
            lambda of: of("sts").get_caller_identity(),
            "ExpiredToken",
            400,
        ),
    ],
)
def test_injected_errors_look_real(
    world: World, client: ClientOf, fault: Fault, call: Any, code: str, status: int
) -> None:
    world.faults.add(fault)
    with pytest.raises(ClientError) as caught:
        call(client)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert (world.log[-1].error, world.log[-1].status) == (code, status)
    call(client)


def test_only_the_nth_matching_call_goes_wrong(world: World, client: ClientOf) -> None:
    world.faults.add(Fault("ec2", "CreateVpc", nth=2, times=2, code="InternalError"))
    outcomes = []
    for third in range(5):
        client("ec2").describe_vpcs()
        try:
            client("ec2").create_vpc(CidrBlock=f"10.{third}.0.0/16")
            outcomes.append("made")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
    assert outcomes == ["made", "InternalError", "InternalError", "made", "made"]
    assert world.faults.as_dicts()[0]["seen"] == 5
    world.faults.clear()
    assert world.faults.as_dicts() == []


@pytest.mark.parametrize(
    ("fault", "error", "made"),
    [
        (Fault("ec2", "CreateVpc", do="drop_before"), ConnectionClosedError, set()),
        (lost_answer("ec2", "CreateVpc"), ConnectionClosedError, {"10.0.0.0/16"}),
        (failed_after("ec2", "CreateVpc"), ClientError, {"10.0.0.0/16"}),
        (throttle("ec2", "CreateVpc"), ClientError, set()),
    ],
)
def test_a_fault_says_whether_the_call_was_executed(
    world: World, client: ClientOf, fault: Fault, error: type[Exception], made: set[str]
) -> None:
    world.faults.add(fault)
    with pytest.raises(error):
        client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    assert vpcs(client) == made


def test_a_delay_lets_the_clock_pass(world: World, client: ClientOf, clock: SteppedClock) -> None:
    world.faults.add(Fault("*", "*", times=0, do="delay", seconds=0.5))
    client("sts").get_caller_identity()
    client("ec2").describe_vpcs()
    assert clock.monotonic() == 1.0


def test_a_fault_that_does_nothing_known_is_refused() -> None:
    with pytest.raises(ValueError, match="explode"):
        Fault("ec2", "*", do="explode")  # type: ignore[arg-type]


def test_the_hook_sees_both_sides_of_an_execution(world: World, client: ClientOf) -> None:
    seen: list[tuple[str, str, int | None]] = []

    def hook(moment: str, call: LoggedCall) -> None:
        seen.append((moment, call.name, call.status))

    world.faults.hook = hook
    world.faults.add(Fault("iam", "ListRoles", code="InternalFailure", status=500))
    client("sts").get_caller_identity()
    with pytest.raises(ClientError):
        client("iam").list_roles()
    assert seen == [
        ("before", "sts:GetCallerIdentity", None),
        ("after", "sts:GetCallerIdentity", 200),
        ("before", "iam:ListRoles", None),
    ]


@pytest.mark.parametrize(
    ("action", "call", "code"),
    [
        ("ec2:CreateVpc", lambda of: of("ec2").create_vpc(CidrBlock="10.0.0.0/16"), "UnauthorizedOperation"),
        ("eks:ListClusters", lambda of: of("eks").list_clusters(), "AccessDeniedException"),
        ("iam:ListRoles", lambda of: of("iam").list_roles(), "AccessDenied"),
        ("kms:*", lambda of: of("kms").create_key(), "AccessDeniedException"),
        ("tag:GetResources", lambda of: of("resourcegroupstaggingapi").get_resources(), "AccessDeniedException"),
    ],
)
def test_denied_actions_are_refused_by_name(world: World, client: ClientOf, action: str, call: Any, code: str) -> None:
    world.denied.add(action)
    with pytest.raises(ClientError) as caught:
        call(client)
    assert caught.value.response["Error"]["Code"] == code
    named = caught.value.response["Error"]["Message"].split("not authorized to perform: ")[1].split()[0]
    assert named.startswith(action.rstrip("*"))
    world.denied.clear()
    call(client)


def test_a_forked_world_goes_its_own_way(world: World, client: ClientOf) -> None:
    client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        client("ec2").create_vpc(CidrBlock="10.1.0.0/16")
        os.write(writing, ",".join(sorted(vpcs(client))).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answers:
        assert answers.read() == "10.0.0.0/16,10.1.0.0/16"
    os.waitpid(child, 0)
    assert vpcs(client) == {"10.0.0.0/16"}


def test_looking_for_a_backend_does_not_make_one(world: World, client: ClientOf) -> None:
    assert moto_bridge.backend_in_use("sqs", world.account, "us-west-2") is None
    client("sqs").create_queue(QueueName="q")
    assert moto_bridge.backend_in_use("sqs", world.account, "us-west-2") is not None
    assert moto_bridge.backend_in_use("sqs", world.account, "us-east-1") is None


def test_a_session_of_one_s_own_can_be_attached(world: World) -> None:
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name="eu-west-1")
    inprocess.attach(session, world)
    assert session.client("sts", config=NO_RETRIES).get_caller_identity()["Account"] == world.account
    assert world.log[-1].region == "eu-west-1"


def test_settlers_run_for_every_region_seen_before_a_call_is_executed(
    client: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[str] = []
    monkeypatch.setattr(world_module, "SETTLERS", [lambda world, region: settled.append(region)])
    client("sts").get_caller_identity()
    client("ec2", "us-east-1").describe_vpcs()
    assert settled == ["us-west-2", "us-west-2", "us-east-1"]


def test_options_make_a_world_with_latency_denials_and_switches() -> None:
    options = Options(speed=1e6, latency=2.0, denied=("kms:*",), switches={"late_log_writes": False}, caller_arn=CALLER)
    world = options.world()
    before = world.clock.monotonic()
    assert inprocess.session(world).client("sts").get_caller_identity()["Arn"] == CALLER
    assert world.clock.monotonic() - before >= 2.0
    assert (world.denied, world.options) == ({"kms:*"}, {"late_log_writes": False})


def test_every_duration_has_its_range_basis_and_source() -> None:
    known = load_durations()
    assert {fact.basis for fact in known.values()} == {"measured", "quoted", "documented", "estimated"}
    assert all(fact.source for fact in known.values())
    assert expected_seconds("eks:cluster:create") == 560
    assert expected_seconds("ec2:security-group:create") == 0
