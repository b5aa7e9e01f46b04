"""The real command, killed for real: run again it goes on, with nothing twice, and takes the lock of the dead over.

The crash tests in tests/lifecycle try every call, in one process; here a few moments have to do, but nothing is faked
about how the process ends.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from eksgpu.aws.clients import Clients

from .machine import Machine, Ran, finished, until

AGAIN = "run the same command again to continue"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Machine]:
    """A machine for one test alone, whose account is empty at the start."""
    with Machine(tmp_path) as made:
        yield made


def signalled(machine: Machine, after: int, number: signal.Signals, *command: str | Path) -> tuple[int, Ran]:
    """Run a command and send it a signal once it has changed something `after` times; its pid, and what it left."""
    before = machine.mutations()
    process = machine.start(*command, "--yes", "--sandbox")
    until(lambda: machine.mutations() >= before + after, process)
    assert process.poll() is None, f"ended before call {after}: {finished(process)}"
    os.kill(process.pid, number)
    return process.pid, finished(process)


def killed_again_and_again(machine: Machine, moments: Sequence[int], *command: str | Path) -> Ran:
    """Kill the command after each number of calls, the next run going on where the last one died; then let it end."""
    dead = 0
    for after in moments:
        pid, ran = signalled(machine, after, signal.SIGKILL, *command)
        assert ran.code == -signal.SIGKILL
        assert not dead or f"took over the lock of a process that died (pid {dead} " in ran.err
        dead = pid
    last = machine.run(*command, "--yes", "--sandbox")
    assert last.code == 0, last
    assert f"note: took over the lock of a process that died (pid {dead} " in last.err
    return last


def survives(machine: Machine, making: Sequence[int], removing: Sequence[int]) -> None:
    planned = kinds_planned(machine)
    killed_again_and_again(machine, making, "apply", machine.spec)
    nothing_is_missing_or_there_twice(machine, planned)
    last = killed_again_and_again(machine, removing, "destroy", machine.spec)
    nothing_is_left(machine, last)


def kinds_planned(machine: Machine) -> Mapping[str, int]:
    return Counter(change["kind"] for change in machine.run("plan", machine.spec, *JSON).json["changes"])


def nothing_is_missing_or_there_twice(machine: Machine, planned: Mapping[str, int]) -> None:
    assert machine.run("plan", machine.spec, "--sandbox", "--detailed-exitcode").code == 0
    found = machine.run("status", machine.spec, *JSON).json["resources"]
    assert {row["kind"]: row["count"] for row in found} == planned
    # One that is neither AWS's own nor carries our mark would be a duplicate that nobody finds.
    assert everything(machine) == {kind: planned[kind] + own for kind, own in AWS_OWN.items()}


def nothing_is_left(machine: Machine, destroyed: Ran) -> None:
    assert destroyed.out.endswith("\n0 left\n")
    assert everything(machine) == AWS_OWN


JSON = ("--sandbox", "--output", "json")
# How many there are in an account that nobody has used; the default VPC has an internet gateway.
AWS_OWN = {
    "vpc": 1, "internet_gateway": 1, "elastic_ip": 0, "nat_gateway": 0, "kms_key": 0, "launch_template": 0,
    "eks_cluster": 0, "iam_policy": 0,
}  # fmt: skip


def everything(machine: Machine) -> Mapping[str, int]:
    """What the account holds, ours or not, of kinds that come with no name that could not be taken twice."""
    with machine.aws() as aws:
        return {kind: len(list(objects)) for kind, objects in _everything(aws).items()}


def _everything(aws: Clients) -> Mapping[str, Iterable[Any]]:
    keys = [aws.kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in aws.kms.pages("list_keys", "Keys")]
    nats = aws.ec2.pages("describe_nat_gateways", "NatGateways")
    return {
        "vpc": aws.ec2.pages("describe_vpcs", "Vpcs"),
        "elastic_ip": aws.ec2.pages("describe_addresses", "Addresses"),
        "nat_gateway": [nat for nat in nats if nat["State"] != "deleted"],
        "internet_gateway": aws.ec2.pages("describe_internet_gateways", "InternetGateways"),
        "kms_key": [key for key in keys if key["KeyState"] != "PendingDeletion"],
        # EKS makes a copy of ours for its own use.
        "launch_template": [
            template
            for template in aws.ec2.pages("describe_launch_templates", "LaunchTemplates")
            if not template["LaunchTemplateName"].startswith("eks-")
        ],
        "eks_cluster": aws.eks.pages("list_clusters", "clusters"),
        "iam_policy": aws.iam.pages("list_policies", "Policies", Scope="Local"),
    }


@pytest.mark.sweep
@pytest.mark.timeout(900)
@pytest.mark.parametrize("after", range(1, 28, 3))
def test_apply_and_destroy_survive_being_killed_at_any_moment(own: Machine, after: int) -> None:
    survives(own, making=(after,), removing=(after,))


@pytest.mark.timeout(300)
def test_whatever_ends_it_the_next_run_goes_on(machine: Machine) -> None:
    """Ctrl-C, SIGKILL, credentials that run out, a supervisor's SIGTERM: one life, since a run costs seconds."""
    planned = kinds_planned(machine)
    ctrl_c_stops_it_cleanly(machine)
    dead, ran = signalled(machine, 5, signal.SIGKILL, "apply", machine.spec)
    assert "took over" not in ran.err  # the lock was given back
    expired_credentials_stop_it_as_cleanly(machine, dead)
    on = machine.run("apply", machine.spec, "--sandbox", "--yes")
    assert on.code == 0
    assert "took over the lock" in on.err  # nothing can be given back without credentials
    nothing_is_missing_or_there_twice(machine, planned)
    _, ran = signalled(machine, 10, signal.SIGTERM, "destroy", machine.spec)
    assert (ran.code, ran.err.splitlines()[-1]) == (1, f"hint: {AGAIN}")
    last = killed_again_and_again(machine, (5,), "destroy", machine.spec)
    nothing_is_left(machine, last)


def ctrl_c_stops_it_cleanly(machine: Machine) -> None:
    _, ran = signalled(machine, 20, signal.SIGINT, "apply", machine.spec)
    assert ran.code == 1
    assert "error: interrupted: " in ran.err
    assert " steps done, " in ran.err
    assert ran.err.endswith(f"hint: {AGAIN}\n")
    left = machine.run("plan", machine.spec, *JSON).json["summary"]
    assert left["create"] > 0 < left["noOp"]


def expired_credentials_stop_it_as_cleanly(machine: Machine, dead: int) -> None:
    expired = machine.expired_after(60, "apply", machine.spec, "--sandbox", "--yes")
    assert expired.code == 1
    assert f"note: took over the lock of a process that died (pid {dead} " in expired.err
    assert "ExpiredToken" in expired.err
    assert "\nstopped: " in expired.err
    assert "hint: log in" in expired.err
