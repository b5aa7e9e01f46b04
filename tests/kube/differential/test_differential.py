"""The embedded API answers as a real kube-apiserver does, but for what `known.py` lists."""

from functools import cache
from pathlib import Path

import pytest

from eksgpu.sandbox.real import programs
from eksgpu.sandbox.real.control_plane import ControlPlane

from .compare import Difference, differences, known, unknown
from .ends import REAL_CONTROLLERS, embedded
from .known import KNOWN
from .recorded import asked, digest, recorded
from .run import Send, run
from .script import script

CASES = {case.name: case for case in script()}


@cache
def send() -> Send:
    return embedded()


@cache
def found(name: str) -> dict[str, list[Difference]]:
    """The differences of a case, by step."""
    case, held = CASES[name], recorded()[name]["answers"]
    return {step.name: differences(answer, held[step.name]) for step, answer in run(case, send(), lambda: None)}


@pytest.mark.parametrize("name", CASES)
def test_answers_are_a_real_servers(name: str) -> None:
    assert recorded()[name]["digest"] == digest(CASES[name]), "the script has changed: make golden"
    told = {step: unknown(name, step, differs) for step, differs in found(name).items()}
    assert {step: differs for step, differs in told.items() if differs} == {}


def test_every_known_difference_is_still_one() -> None:
    needed = {
        known(name, step, path) for name in CASES for step, differs in found(name).items() for path, _, _ in differs
    }
    assert [entry.pattern for entry in KNOWN if entry not in needed] == []


@pytest.mark.real
@pytest.mark.skipif(programs.folder() is None, reason="no programs of a real control plane: make kube-assets")
def test_what_is_recorded_is_what_a_real_server_says(tmp_path: Path) -> None:
    plane = ControlPlane(programs.required(), tmp_path, controllers=REAL_CONTROLLERS)
    try:
        told = {
            f"{case.name}/{step}": differences(answer, recorded()[case.name]["answers"][step])
            for case, step, answer in asked(plane.url, plane.ca, plane.admin_token)
        }
    finally:
        plane.stop()
    assert {place: differs for place, differs in told.items() if differs} == {}
