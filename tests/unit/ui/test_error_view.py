"""Errors, for people and for machines."""

from eksgpu.errors import Denied, EksgpuError, RunFailed, SpecError, SpecErrors
from eksgpu.ui.error import error_json, error_view
from eksgpu.ui.look import Look

FAULTS = SpecErrors(
    (
        SpecError("unknown key zonez", file="a.yaml", line=3, column=5, hint="did you mean zones?"),
        SpecError("must be a number", file="--set spec.x=y"),
    )
)


def test_an_error_and_its_hint_are_two_lines() -> None:
    assert error_view(EksgpuError("it broke", hint="mend it"), Look()) == ["error: it broke", "hint: mend it"]
    assert error_view(EksgpuError("it broke"), Look()) == ["error: it broke"]


def test_how_far_it_came_stands_between_error_and_hint() -> None:
    error = EksgpuError("expired", hint="log in")
    error.add_note("stopped: 3 steps done, 4 not done")
    assert error_view(error, Look()) == ["error: expired", "stopped: 3 steps done, 4 not done", "hint: log in"]
    assert error_json(error)["error"]["notes"] == ["stopped: 3 steps done, 4 not done"]


def test_faults_of_the_spec_read_like_a_compiler() -> None:
    assert error_view(FAULTS, Look()) == [
        "a.yaml:3:5: unknown key zonez",
        "  hint: did you mean zones?",
        "--set spec.x=y: must be a number",
        "error: 2 faults in the spec; nothing was changed",
    ]
    assert error_view(FAULTS.errors[1], Look()) == ["--set spec.x=y: must be a number"]


def test_json_says_the_same() -> None:
    told = error_json(FAULTS)["error"]
    assert told["type"] == "SpecErrors"
    assert told["errors"][0] == {
        "type": "SpecError",
        "message": "unknown key zonez",
        "hint": "did you mean zones?",
        "file": "a.yaml",
        "line": 3,
        "column": 5,
    }


def test_json_names_the_missing_permission_and_the_failed_steps() -> None:
    denied = Denied("no", code="AccessDenied", operation="CreateVpc", action="ec2:CreateVpc")
    assert error_json(denied)["error"]["action"] == "ec2:CreateVpc"
    failed = RunFailed("some steps failed", failures=(("vpc/main", denied),), hint="again")
    assert error_json(failed)["error"]["failures"] == [{"identity": "vpc/main", "type": "Denied", "message": "no"}]
