"""The whole life of the H100 example with `--kubernetes real`, through the commands that a person types.

The only wait is a minute of idleness: nodes whose leases nobody renews would be NotReady by then.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from eksgpu.sandbox.real import programs
from tests.e2e.machine import Machine, Ran

from .control_plane import PAUSE

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "examples" / "h100-spot.yaml"
SPEED = "60"
IDLE_SECONDS = 60.0  # a kube-controller-manager gives a node up that it has not heard of for 50
READY = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}'
Kubectl = Callable[..., str]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Nothing of it outlives the test, whatever happens: what its own commands have not ended is killed by its id."""
    made = Machine(tmp_path)
    made.env |= {
        "KUBEBUILDER_ASSETS": str(programs.required()),
        "KUBECONFIG": str(tmp_path / "kubeconfig"),
        "AWS_CONFIG_FILE": str(made.home / "config"),
    }
    try:
        yield made
    finally:
        for pid in processes(made):
            with suppress(ProcessLookupError):  # the sandbox takes its control plane with it
                os.kill(pid, signal.SIGKILL)


@pytest.mark.real
@pytest.mark.timeout(500)
@pytest.mark.skipif(programs.folder() is None, reason="no programs of a real control plane: make kube-assets")
def test_the_h100_example_lives_and_dies_on_a_real_control_plane(machine: Machine) -> None:
    done(machine.run("sandbox", "start", "--kubernetes", "real", "--speed", SPEED))
    done(machine.run("apply", SPEC, "--yes", "--sandbox"))
    done(machine.run("plan", SPEC, "--detailed-exitcode", "--sandbox"))
    aws = aws_leads_into_the_cluster(machine)
    done(machine.run("kubeconfig", SPEC, "--alias", "by-eksgpu", "--sandbox"))
    kubectl = kubectl_of(machine, "by-eksgpu")
    assert readiness(kubectl) == ["True", "True"]
    a_model_is_served_on_a_node_of_karpenters(machine, kubectl)
    done(machine.run("verify", SPEC, "--no-smoke", "--sandbox"))
    PAUSE.wait(IDLE_SECONDS)
    assert readiness(kubectl) == ["True", "True", "True"]
    assert kubectl("get", "events", "-A", "--field-selector", "reason=NodeNotReady", "-o", "name") == ""
    it_is_taken_down_to_the_last_process(machine)
    if aws is None:
        pytest.skip("all went well, but without `aws eks update-kubeconfig`: there is no aws program here")


def aws_leads_into_the_cluster(machine: Machine) -> Path | None:
    """By the command that `status` prints, run by the real aws program, whose tokens kubectl then shows."""
    made = subprocess.run([ROOT / "tools" / "aws_cli.sh"], capture_output=True, text=True, check=False)
    if made.returncode:
        return None
    program = Path(made.stdout.strip())
    machine.env["PATH"] = f"{program.parent}{os.pathsep}{machine.env['PATH']}"
    told = done(machine.run("status", SPEC, "--raw", "configure_kubectl", "--alias", "by-aws", "--sandbox")).out
    aws, *arguments = told.split()
    assert (aws, arguments[:2]) == ("aws", ["eks", "update-kubeconfig"])
    subprocess.run([program, *arguments], env=machine.env, capture_output=True, check=True)
    kubectl = kubectl_of(machine, "by-aws")
    assert "arn:aws:" in kubectl("auth", "whoami")
    assert readiness(kubectl) == ["True", "True"]
    return program


def a_model_is_served_on_a_node_of_karpenters(machine: Machine, kubectl: Kubectl) -> None:
    done(machine.run("workload", "apply", "vllm-h100", SPEC, "--wait", "--sandbox"))
    assert kubectl("get", "pods", "-l", "app=vllm-h100", "-o", "jsonpath={.items[*].status.phase}") == "Running"
    node = kubectl("get", "nodes", "-l", "karpenter.sh/nodepool=p5-gpu-h100", "-o", "name").split()
    where = kubectl("get", "pods", "-l", "app=vllm-h100", "-o", "jsonpath={.items[*].spec.nodeName}")
    assert node == [f"node/{where}"]
    assert "Application startup complete" in kubectl("logs", "deployment/vllm-h100")


def it_is_taken_down_to_the_last_process(machine: Machine) -> None:
    plane = set(programs.CONTROL_PLANE)
    assert plane <= set(processes(machine).values())
    assert "0 left" in done(machine.run("destroy", SPEC, "--yes", "--sandbox")).out.splitlines()
    for _ in range(100):  # the sandbox ends them beside its answer that the cluster is gone
        if plane.isdisjoint(processes(machine).values()):
            break
        PAUSE.wait(0.1)
    assert plane.isdisjoint(processes(machine).values())
    done(machine.run("sandbox", "stop"))
    assert processes(machine) == {}


def kubectl_of(machine: Machine, context: str) -> Kubectl:
    """The real kubectl through a context that a command wrote: what it prints."""

    def run(*words: str) -> str:
        command = [str(programs.program("kubectl")), "--context", context, *words]
        ran = subprocess.run(command, env=machine.env, capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    return run


def readiness(kubectl: Kubectl) -> list[str]:
    """`True` for each node that is Ready."""
    return kubectl("get", "nodes", "-o", f"jsonpath={READY}").split()


def done(ran: Ran) -> Ran:
    assert ran.code == 0, ran
    return ran


def processes(machine: Machine) -> dict[int, str]:
    """The program of each process that was started on this machine and still runs, by its id."""
    found, home = {}, f"HOME={machine.folder}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is somebody else's
            if home in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = (entry / "exe").readlink().name
    return found
