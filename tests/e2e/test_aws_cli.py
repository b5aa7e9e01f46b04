"""The real aws program, a newcomer's second tool, against the sandbox through the profile that the sandbox writes."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eksgpu.sandbox.profile import PROFILE

from .machine import Machine, finished

INSTALL = Path(__file__).parents[2] / "tools" / "aws_cli.sh"
Aws = Callable[..., str]


@pytest.fixture(scope="module")
def program() -> str:
    """The aws program, in a virtual environment of its own that is made when it is not there yet."""
    made = subprocess.run([INSTALL], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"the aws program cannot be installed here: {made.stderr.strip().splitlines()[-1]}")
    return made.stdout.strip()


@pytest.fixture(scope="module")
def aws(machine: Machine, program: str) -> Aws:
    """`aws(…)`: what it prints, beside a cluster that `eksgpu apply` made."""
    applied = machine.run("apply", machine.spec, "--yes", "--sandbox")
    assert applied.code == 0, applied
    machine.env |= {"AWS_CONFIG_FILE": str(machine.sandbox.config_file), "KUBECONFIG": str(machine.folder / "kube")}
    machine.env["PATH"] = f"{Path(program).parent}{os.pathsep}{machine.env['PATH']}"

    def run(*arguments: str) -> str:
        command = [program, *arguments, "--profile", PROFILE]
        done = subprocess.run(command, env=machine.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_it_works_beside_a_cluster_of_ours(aws: Aws, machine: Machine) -> None:
    """One test, since two might be given to two processes, and each would have to make the cluster."""
    it_reads_account_and_network(aws)
    it_reads_the_cluster(aws)
    the_command_that_status_prints_writes_a_kubeconfig(aws, machine)


def answer(aws: Aws, *arguments: str) -> Any:
    return json.loads(aws(*arguments, "--output", "json"))


def it_reads_the_cluster(aws: Aws) -> None:
    cluster = answer(aws, "eks", "describe-cluster", "--name", "small")["cluster"]
    assert (cluster["name"], cluster["status"], cluster["version"]) == ("small", "ACTIVE", "1.35")
    assert set(answer(aws, "eks", "list-addons", "--cluster-name", "small")["addons"]) == {
        "coredns", "eks-pod-identity-agent", "kube-proxy", "vpc-cni",
    }  # fmt: skip


def it_reads_account_and_network(aws: Aws) -> None:
    assert answer(aws, "sts", "get-caller-identity")["Account"] == "111122223333"
    vpcs = answer(aws, "ec2", "describe-vpcs", "--filters", "Name=tag:eksgpu.dev/cluster,Values=small")["Vpcs"]
    assert [vpc["CidrBlock"] for vpc in vpcs] == ["10.0.0.0/16"]


def the_command_that_status_prints_writes_a_kubeconfig(aws: Aws, machine: Machine) -> None:
    cluster = answer(aws, "eks", "describe-cluster", "--name", "small")["cluster"]
    eksgpu = f"eksgpu status {machine.spec} --sandbox --raw configure_kubectl --alias mine"
    shell = subprocess.Popen(
        ["sh", "-c", f"$({eksgpu})"], env=machine.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    ran = finished(shell)
    assert ran.code == 0, ran
    written = Path(machine.env["KUBECONFIG"]).read_text()
    assert cluster["endpoint"] in written
    assert cluster["certificateAuthority"]["data"] in written
    assert "current-context: mine\n" in written
    assert f"value: {PROFILE}\n" in written
