"""What a newcomer runs into, as it stands on the screen: one clear error, a hint, the right exit code, nothing made."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from eksgpu.cli import app
from eksgpu.sandbox.faults import Fault

from .machine import SMALL, Machine, Ran

Types = Callable[..., Ran]


@pytest.fixture
def types(machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Types]:
    """`types("plan", …)`: a command in this process, since a new one for each mistake would take a minute."""
    monkeypatch.chdir(machine.folder)
    for name, value in machine.env.items():
        monkeypatch.setenv(name, value)
    before = len(machine.log())

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        return Ran(app.main(arguments), *capsys.readouterr())

    yield run
    machine.fault()
    changed = {call.name for call in machine.log()[before:] if call.mutates}
    assert changed <= {"ssm:PutParameter", "ssm:DeleteParameter"}, "something was made"


@pytest.mark.parametrize(
    ("line", "instead", "says"),
    [
        ("  network:", "  netwrok:", 'broken.yaml:6:3: spec: unknown key "netwrok"\n  hint: did you mean network?'),
        ("desired: 2", "desired: two", 'broken.yaml:7:81: spec.nodeGroups[system].desired: "two" must be a whole'),
        ('"1.35"', "1.30", 'broken.yaml:5:12: spec.version: the number 1.3 must be a string\n  hint: write "1.30"'),
        ('"1.35"', '"1.20"', "EKS no longer creates Kubernetes 1.20\n  hint: the nearest that EKS creates is"),
        (
            "{zones: [us-west-2a, us-west-2b]}",
            "{zones: 9}",
            "broken.yaml:6:20: spec.network.zones: 9 zones are too many: the subnet plan has room for 8\n  hint: write",
        ),
        (
            "{zones:",
            "{cidr: 10.0.0.0/24, zones:",
            "broken.yaml:6:19: spec.network.cidr: 10.0.0.0/24 is too small for the subnet plan",
        ),
        (
            "{zones:",
            "{publicSubnets: [10.0.0.0/20, 10.0.8.0/24], privateSubnets: [10.0.64.0/20, 10.0.80.0/20], zones:",
            "broken.yaml:6:42: spec.network.publicSubnets[1]: 10.0.8.0/24 overlaps 10.0.0.0/20\n  hint: give",
        ),
        ("m5.large", "m5.larg", 'no instance type is named "m5.larg"\n  hint: did you mean m5.large?'),
    ],
)
def test_a_faulty_spec(line: str, instead: str, says: str, machine: Machine, types: Types) -> None:
    machine.write("broken.yaml", SMALL.replace(line, instead))
    ran = types("apply", "broken.yaml", "--yes", "--sandbox")
    assert (ran.code, ran.out) == (1, "")
    assert says in ran.err
    assert ran.err.endswith("in the spec; nothing was changed\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["plan", "mine.yaml"], "mine.yaml: there is no such file\n  hint: eksgpu init writes an example\n"),
        (["plan", "small.yaml", "--set", "version"], "--set version: a path and a value are needed\n  hint: write"),
        (
            ["plan", "small.yaml", "--set", "versoin=1.34"],
            '--set versoin: spec: unknown key "versoin"\n  hint: did you mean version?\n',
        ),
        (
            ["apply", "small.yaml", "--yes", "--skip-checks", "vcpu-quotta"],
            "error: no check is called vcpu-quotta\nhint: did you mean vcpu-quota?\n",
        ),
        (
            ["apply", "small.yaml", "--yes", "--replace", "eks_clustr/main"],
            "error: --replace eks_clustr/main: the spec wants no such object\nhint: did you mean eks_cluster/main?\n",
        ),
        (
            ["apply", "small.yaml", "--yes", "--set", "metadata.accountId=444455556666"],
            "error: the spec belongs to account 444455556666, but the credentials are of account 111122223333",
        ),
        (
            ["plan", "small.yaml", "--set", "network.zones=[us-west-2a, us-west-2x]"],
            "error: this account has no zone us-west-2x in us-west-2\nhint: it has us-west-2a, us-west-2b",
        ),
        (["destroy", "--name", "small", "--yes"], "error: no region given\nhint: name it in the spec"),
        (["apply", "small.yaml"], "there is no terminal to ask on; nothing was changed\nhint: pass --yes"),
    ],
)
def test_a_mistake_on_the_command_line(arguments: list[str], says: str, types: Types) -> None:
    ran = types(*arguments, "--sandbox")
    assert ran.code == 1
    assert says in ran.err


def test_an_instance_type_that_the_region_does_not_offer(types: Types) -> None:
    sets = ("network.zones=all", "nodeGroups[0].instanceTypes=[p4d.24xlarge]")
    elsewhere = ("--region", "us-west-1", *(f"--set={one}" for one in sets))
    ran = types("apply", "small.yaml", "--yes", "--sandbox", *elsewhere)
    assert ran.code == 3
    assert "error: small.yaml:7:16: spec.nodeGroups[system] [instance-offered]\n" in ran.out
    assert "  fix: choose another type or region" in ran.out
    assert "found that this cannot work; nothing was changed\nhint: mend what they name" in ran.err
    told = types("apply", "small.yaml", "--yes", "--sandbox", *elsewhere, "--output", "json").json["error"]
    assert "instance-offered" in [finding["id"] for finding in told["findings"] if finding["severity"] == "error"]


def refused(service: str, operation: str, code: str, message: str, status: int) -> Fault:
    return Fault(service, operation, times=0, code=code, message=message, status=status)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            refused("sts", "GetCallerIdentity", "ExpiredToken", "The security token included is expired", 403),
            "error: sts:GetCallerIdentity: ExpiredToken: The security token included is expired\nhint: log in",
        ),
        (
            refused(
                "ec2", "DescribeVpcs", "UnauthorizedOperation", "You are not authorized to perform this operation.", 403
            ),
            "hint: the caller lacks ec2:DescribeVpcs: add it to the caller's IAM policy\n",
        ),
        (
            refused("ec2", "DescribeVpcs", "RequestLimitExceeded", "Request limit exceeded.", 503),
            "error: ec2:DescribeVpcs: RequestLimitExceeded: Request limit exceeded.\nhint: AWS limits how often",
        ),
        (
            refused("eks", "DescribeClusterVersions", "ServerException", "Internal failure", 500),
            "error: eks:DescribeClusterVersions: ServerException: Internal failure\nhint: AWS or the way to it had",
        ),
    ],
    ids=lambda value: value.code if isinstance(value, Fault) else "",
)
def test_what_aws_refuses(fault: Fault, says: str, machine: Machine, types: Types) -> None:
    machine.fault(fault)
    ran = types("plan", "small.yaml", "--sandbox")
    assert (ran.code, ran.out) == (1, "")
    assert says in ran.err


def test_a_lock_that_somebody_else_holds(machine: Machine, types: Types) -> None:
    now = datetime.now(UTC).isoformat()
    owner = {"host": "elsewhere", "boot": "b", "pid": 7, "start": now, "beat": now}
    with machine.aws() as aws:
        aws.ssm.put_parameter(Name="/eksgpu/small/lock", Value=json.dumps(owner), Type="String")
        ran = types("apply", "small.yaml", "--yes", "--sandbox")
        aws.ssm.delete_parameter(Name="/eksgpu/small/lock")
    assert ran.code == 1
    assert "error: someone else is working on this cluster: pid 7 on elsewhere, since 20" in ran.err
    assert "hint: wait until it has finished" in ran.err


@pytest.mark.parametrize("arguments", [(), ("--profile", "nobody")])
def test_no_credentials_at_all(arguments: tuple[str, ...], machine: Machine) -> None:
    # Nobody answers there, as nobody does where instance metadata is asked for off AWS.
    ran = machine.run("plan", machine.spec, *arguments, AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:9")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: no usable AWS credentials" if not arguments else "error: The config profile (nob")
    assert len(ran.err.splitlines()) == 2
    assert "\nhint: " in ran.err
