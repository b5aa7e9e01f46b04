"""plan, apply, destroy, status and preflight with the work behind them replaced: streams, exit codes, questions."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from eksgpu.cli import app
from eksgpu.engine.events import Event, Happened
from eksgpu.engine.plan import Action
from eksgpu.engine.resource import Live
from eksgpu.errors import FindingsError, Interrupted
from eksgpu.ops.destroy import DestroyPreview
from eksgpu.ops.preflight import PreflightReport
from eksgpu.ops.report import ApplyReport, Calls, DestroyReport, Left, PlanReport, StatusReport
from tests.unit.ui.reports import CALLER, COST, EVERY_ACTION, OPEN, QUOTA, change, report

DONE = Event(Happened.DONE, "create", "vpc", "main", 2.0, 2.0, "vpc-1")


@dataclass
class Ran:
    """What a command left: exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def eksgpu(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(*arguments: str) -> Ran:
        code = app.main(arguments)
        return Ran(code, *capsys.readouterr())

    return run


def _plans(monkeypatch: pytest.MonkeyPatch, made: PlanReport) -> None:
    """`plan` gives `made`, with its own arguments as a note."""

    def plan(spec: Path, options: Any, *, connector: Any, **how: Any) -> PlanReport:
        taken = {name: sorted(value) for name, value in how.items() if value}
        note = f"spec {spec}, profile {options.profile}, region {options.region}, sets {options.sets}, {taken}"
        return replace(made, notes=(note,))

    monkeypatch.setattr("eksgpu.ops.plan.plan", plan)


@pytest.mark.parametrize(
    ("made", "plain", "detailed"),
    [
        (report(change(Action.NO_OP, "same")), 0, 0),
        (report(*EVERY_ACTION, findings=(OPEN,)), 0, 2),
        (report(*EVERY_ACTION, findings=(QUOTA,)), 3, 3),
        (report(*EVERY_ACTION, refusals=("no",)), 1, 1),
    ],
)
def test_exit_codes_of_plan(
    made: PlanReport, plain: int, detailed: int, monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]
) -> None:
    _plans(monkeypatch, made)
    assert eksgpu("plan").code == plain
    assert eksgpu("plan", "--detailed-exitcode").code == detailed


def test_plan_hands_its_options_on(monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]) -> None:
    _plans(monkeypatch, report())
    assert "- spec cluster.yaml, profile None, region None, sets (), {}" in eksgpu("plan").out
    ran = eksgpu(
        *("plan", "my.yaml", "--profile", "dev", "--region", "eu-north-1", "--set", "a=1", "--set", "b=2"),
        *("--skip-checks", "x", "--accept", "versions", "--accept", "amis", "--replace", "box/b", "--output", "json"),
    )
    assert ran.json["notes"] == [
        "spec my.yaml, profile dev, region eu-north-1, sets ('a=1', 'b=2'), "
        "{'skip_checks': ['x'], 'accept': ['amis', 'versions'], 'replace': ['box/b']}"
    ]


def test_json_has_stdout_for_itself(monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]) -> None:
    _plans(monkeypatch, report(*EVERY_ACTION))
    ran = eksgpu("plan", "--output", "json")
    assert ran.json["summary"] == {"create": 3, "update": 1, "replace": 2, "delete": 1, "noOp": 1}
    assert ran.err.startswith("Account  111122223333\n")


def _applies(monkeypatch: pytest.MonkeyPatch, made: PlanReport) -> None:
    def apply(spec: Path, options: Any, *, confirm: Callable[[PlanReport], bool], listener: Any, **_: Any) -> Any:
        agreed = confirm(made)
        if made.errors:
            raise FindingsError("checks found 1 error", findings=tuple(found.as_json() for found in made.findings))
        if not agreed:
            raise Interrupted("nothing was changed")
        listener(DONE)
        return ApplyReport(made, 1.0, Calls(9), 2.0, {"cluster_name": "demo"})

    monkeypatch.setattr("eksgpu.ops.apply.apply", apply)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_apply_shows_the_plan_then_progress_then_the_result(
    monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]
) -> None:
    _applies(monkeypatch, report(*EVERY_ACTION))
    ran = eksgpu("apply", "--yes")
    assert ran.code == 0
    assert ran.out.index("Plan: 3 to create") < ran.out.index("Applied: 3 created")
    assert ran.err == "[ 0:02]   + vpc/main: created in 2 s (vpc-1)\n"


def test_apply_without_a_terminal_needs_yes(monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]) -> None:
    _applies(monkeypatch, report(*EVERY_ACTION))
    ran = eksgpu("apply")
    assert ran.code == 1
    assert "hint: pass --yes" in ran.err
    assert "Applied" not in ran.out


def test_an_empty_plan_needs_no_answer(monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]) -> None:
    _applies(monkeypatch, report(change(Action.NO_OP, "same")))
    assert eksgpu("apply").out.splitlines()[-4] == "Nothing to do (9 AWS calls)."


@pytest.mark.parametrize(("answer", "code"), [("yes\n", 0), ("y\n", 1), ("", 1)])
def test_apply_asks_on_a_terminal(answer: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _applies(monkeypatch, report(*EVERY_ACTION))
    screen = Terminal()
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys, "stderr", screen)
    assert app.main(["apply"]) == code
    assert "Type yes to go ahead: " in screen.getvalue()


def test_findings_stop_apply_after_they_were_shown(monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]) -> None:
    _applies(monkeypatch, report(*EVERY_ACTION, findings=(QUOTA,)))
    ran = eksgpu("apply", "--yes")
    assert ran.code == 3
    assert "[vcpu-quota]" in ran.out
    assert ran.err == "error: checks found 1 error\n"
    told = eksgpu("apply", "--yes", "--output", "json").json["error"]
    assert [finding["id"] for finding in told["findings"]] == ["vcpu-quota"]


def test_events_go_to_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]) -> None:
    _applies(monkeypatch, report(*EVERY_ACTION))
    file = tmp_path / "events.jsonl"
    assert eksgpu("apply", "--yes", "--events", str(file)).code == 0
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == ["vpc-1"]
    assert "cannot write events" in eksgpu("apply", "--yes", "--events", str(tmp_path)).err


def test_a_full_disk_behind_events_is_told_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]
) -> None:
    _applies(monkeypatch, report(*EVERY_ACTION))
    ran = eksgpu("apply", "--yes", "--events", "/dev/full")
    assert (ran.code, "Applied: " in ran.out) == (0, True)
    assert ran.err.endswith("note: not every event was written to /dev/full: No space left on device\n")


def test_events_on_stdout_are_lines_and_the_result_is_the_last(
    monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]
) -> None:
    _applies(monkeypatch, report(*EVERY_ACTION))
    lines = eksgpu("apply", "--yes", "--events", "-", "--output", "json").out.splitlines()
    assert [json.loads(line).get("happened") for line in lines] == ["done", None]
    assert json.loads(lines[-1])["outputs"] == {"cluster_name": "demo"}
    ran = eksgpu("apply", "--yes", "--events", "-")
    assert [json.loads(line)["kind"] for line in ran.out.splitlines()] == ["vpc"]
    assert "Applied: " in ran.err


def _destroys(monkeypatch: pytest.MonkeyPatch, *left: Left, protected: bool = False) -> None:
    def destroy(target: Path | str, options: Any, *, confirm: Callable[[DestroyPreview], bool], **_: Any) -> Any:
        caller = replace(CALLER, cluster=str(target))
        lives = (Live("vpc", "main", "vpc-1"),)
        if not confirm(DestroyPreview(caller, lives, (), deletion_protection=protected)):
            raise Interrupted("nothing was deleted")
        return DestroyReport(caller, (("vpc", "main", "vpc-1"),), left, (), Calls(9), 2.0)

    monkeypatch.setattr("eksgpu.ops.destroy.destroy", destroy)


def test_destroy_ends_with_the_proof(monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]) -> None:
    _destroys(monkeypatch)
    ran = eksgpu("destroy", "--name", "demo", "--region", "us-west-2", "--yes")
    assert ran.code == 0
    assert "Cluster  demo" in ran.out
    assert ran.out.endswith("\n0 left\n")
    assert eksgpu("destroy", "-y", "--output", "json").json["deleted"] == [
        {"kind": "vpc", "name": "main", "id": "vpc-1"}
    ]


def test_leftovers_are_exit_code_1(monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]) -> None:
    _destroys(monkeypatch, Left("eni", "eni-1", "not ours", 0.0))
    ran = eksgpu("destroy", "--yes")
    assert (ran.code, ran.out.splitlines()[-1]) == (1, "1 left, $0.00 a day")


def test_protection_is_stronger_than_yes(monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]) -> None:
    _destroys(monkeypatch, protected=True)
    ran = eksgpu("destroy", "--yes")
    assert ran.code == 1
    assert "Deletion protection is on" in ran.out


@pytest.mark.parametrize(("answer", "code"), [("demo\n", 0), ("yes\n", 1)])
def test_destroy_asks_for_the_name(answer: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _destroys(monkeypatch)
    screen = Terminal()
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    monkeypatch.setattr(sys, "stderr", screen)
    assert app.main(["destroy", "--name", "demo"]) == code
    assert "Type the cluster's name (demo)" in screen.getvalue()


def _lives(monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str]) -> None:
    made = StatusReport(CALLER, bool(outputs), (), (), outputs, COST, Calls(9), 0.5)

    def status(_target: Path | str, _options: Any, *, alias: str | None, **_: Any) -> StatusReport:
        return made if alias is None else replace(made, outputs={"alias": alias})

    monkeypatch.setattr("eksgpu.ops.status.status", status)


def test_status_raw_prints_one_output_alone(monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]) -> None:
    _lives(monkeypatch, {"configure_kubectl": "aws eks update-kubeconfig --name demo"})
    ran = eksgpu("status", "--raw", "configure_kubectl")
    assert (ran.code, ran.out, ran.err) == (0, "aws eks update-kubeconfig --name demo\n", "")
    assert "outputs are configure_kubectl" in eksgpu("status", "--raw", "nonsense").err
    assert "Outputs" in eksgpu("status").out
    assert eksgpu("status", "--raw", "alias", "--alias", "mine").out == "mine\n"
    _lives(monkeypatch, {})
    missing = eksgpu("status", "--raw", "configure_kubectl")
    assert (missing.code, missing.out) == (1, "")
    assert "does not exist yet" in missing.err


@pytest.mark.parametrize(("findings", "code"), [((), 0), ((OPEN,), 0), ((OPEN, QUOTA), 3)])
def test_preflight(
    findings: tuple[Any, ...], code: int, monkeypatch: pytest.MonkeyPatch, eksgpu: Callable[..., Ran]
) -> None:
    made = PreflightReport(CALLER, findings, Calls(30), 1.0)
    monkeypatch.setattr("eksgpu.ops.preflight.preflight", lambda *_, **__: made)
    ran = eksgpu("preflight")
    assert ran.code == code
    assert ran.out.splitlines()[-1].startswith("Preflight: ")
    assert len(eksgpu("preflight", "--output", "json").json["findings"]) == len(findings)
