"""The helm program: there or not, old or new, told by a stand-in on PATH."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from eksgpu.checks.helm_program import helm_program
from eksgpu.engine.plan import Plan
from tests.support.rig import Rig

from .account import context_of, found, only

Program = Callable[..., None]
CHARTS = "  components: {karpenter: {}, awsLoadBalancerController: {}}\n"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Puts a `helm` on PATH that prints one line and ends with a status."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(line: str, status: int = 0) -> None:
        path = tmp_path / "helm"
        path.write_text(f"#!/bin/sh\necho '{line}'\nexit {status}\n")
        path.chmod(0o755)

    return put


def test_no_helm_is_an_error_that_names_who_needs_it(program: Program) -> None:
    finding = only(helm_program, context_of(Rig(), CHARTS))
    assert finding.severity == "error"
    assert "karpenter, awsLoadBalancerController need the helm program" in finding.message
    assert "3.13" in finding.fix


def test_no_helm_is_a_warning_as_long_as_no_chart_changes(program: Program) -> None:
    context = replace(context_of(Rig(), CHARTS), plan=Plan(()))
    assert only(helm_program, context).severity == "warning"


def test_where_something_stands_in_for_it_nobody_misses_it(program: Program) -> None:
    assert found(helm_program, replace(context_of(Rig(), CHARTS), helm_stands_in=True)) == []


@pytest.mark.parametrize("line", ["v3.13.0+g825e86f", "v3.19.2", "v4.0.1+gabc"])
def test_a_helm_that_is_new_enough_is_no_finding(program: Program, line: str) -> None:
    program(line)
    assert found(helm_program, context_of(Rig(), CHARTS)) == []


def test_an_old_helm_is_told_with_both_versions(program: Program) -> None:
    program("v3.9.4+gdbc6d8e")
    assert "is version 3.9; karpenter" in only(helm_program, context_of(Rig(), CHARTS)).message


@pytest.mark.parametrize(("line", "status"), [("", 0), ("v3.19.2", 1), ("a chess engine", 0)])
def test_a_program_that_tells_no_version_is_none(program: Program, line: str, status: int) -> None:
    program(line, status)
    assert "does not tell its version" in only(helm_program, context_of(Rig(), CHARTS)).message


def test_without_charts_nobody_asks_for_helm(program: Program) -> None:
    assert found(helm_program, context_of(Rig(), "  components: {metricsServer: {}}\n")) == []
