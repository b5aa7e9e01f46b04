"""The main job through the real command: plan, apply, plan again, status, destroy with the spec lost, all in JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from .machine import Machine, Ran

WHERE = {"cluster", "account", "region"}
EFFORT = {"apiCalls", "seconds"}
PLAN = {"summary", "changes", "refusals", "cost", "poolLimits", "imagePull", "expectedSeconds", "findings", "notes"}
PLAN |= WHERE | EFFORT


@dataclass(frozen=True)
class Life:
    """What each command of one cluster's life left, in the order they were run."""

    plan: Ran
    apply: Ran
    again: Ran
    status: Ran
    raw: Ran
    destroy: Ran
    gone: Ran
    events: list[dict[str, Any]]


def test_the_life_of_a_cluster(machine: Machine) -> None:
    """One test, since two might be given to two processes, and each would have to live the whole life."""
    life = lived(machine)
    every_command_ends_well_and_a_plan_with_changes_says_2(life)
    plan_is_one_object_of_the_promised_form(life)
    apply_tells_the_plan_it_carried_out_and_what_it_took(life)
    the_plan_after_apply_is_empty(life)
    status_finds_exactly_what_was_planned(life)
    destroy_with_the_spec_lost_proves_that_nothing_is_left(life)
    events_are_json_lines_from_the_first_step_to_the_last(life)
    people_read_who_works_where_and_then_the_progress_on_stderr(life)


def lived(machine: Machine) -> Life:
    spec, as_json = machine.spec, ("--sandbox", "--output", "json")
    events: Path = machine.folder / "events.jsonl"
    return Life(
        plan=machine.run("plan", spec, *as_json, "--detailed-exitcode"),
        apply=machine.run("apply", spec, *as_json, "--yes", "--events", events),
        again=machine.run("plan", spec, *as_json, "--detailed-exitcode"),
        status=machine.run("status", spec, *as_json),
        raw=machine.run("status", spec, "--sandbox", "--raw", "cluster_name"),
        destroy=machine.run("destroy", "--name", "small", "--region", "us-west-2", *as_json, "--yes"),
        gone=machine.run("status", "--name", "small", "--region", "us-west-2", *as_json),
        events=[json.loads(line) for line in events.read_text().splitlines()],
    )


def every_command_ends_well_and_a_plan_with_changes_says_2(life: Life) -> None:
    told = {field.name: getattr(life, field.name) for field in fields(Life) if field.name != "events"}
    assert {name: ran.code for name, ran in told.items()} == {**dict.fromkeys(told, 0), "plan": 2}, told


def plan_is_one_object_of_the_promised_form(life: Life) -> None:
    plan = life.plan.json
    assert plan.keys() == PLAN
    assert plan["summary"].keys() == {"create", "update", "replace", "delete", "noOp"}
    assert plan["summary"]["create"] == len(plan["changes"]) > 40
    for change in plan["changes"]:
        assert change.keys() == {"action", "kind", "name", "fields", "effect", "why", "touches", "removes"}
        assert change["touches"].keys() == {"nodes", "pods"}
        assert all(len(pair) == 2 for pair in change["fields"].values())
    assert plan["cost"].keys() >= {"usdPerHour", "usdPerMonth", "items"}
    assert plan["cost"]["usdPerHour"] > 0.1
    assert plan["expectedSeconds"] > 600
    assert plan["apiCalls"].keys() == {"aws", "kubernetes"}
    assert 0 < plan["apiCalls"]["aws"] <= 64
    assert plan["seconds"] > 0


def apply_tells_the_plan_it_carried_out_and_what_it_took(life: Life) -> None:
    applied, planned = life.apply.json, life.plan.json
    assert applied.keys() == PLAN | {"criticalPathSeconds", "outputs"}
    assert applied["summary"] == planned["summary"]
    assert applied["criticalPathSeconds"] > 0
    assert applied["apiCalls"]["aws"] > planned["apiCalls"]["aws"]


def the_plan_after_apply_is_empty(life: Life) -> None:
    summary = life.again.json["summary"]
    assert summary == {"create": 0, "update": 0, "replace": 0, "delete": 0, "noOp": life.plan.json["summary"]["create"]}
    assert life.again.json["changes"] == []


def status_finds_exactly_what_was_planned(life: Life) -> None:
    status = life.status.json
    own = {"exists", "resources", "nodeGroups", "kubernetes", "gpuFigures", "outputs", "cost", "notes"}
    assert status.keys() == own | WHERE | EFFORT
    assert status["exists"] is True
    assert {row["kind"]: row["count"] for row in status["resources"]} == _by_kind(life.plan.json)
    assert [group["name"] for group in status["nodeGroups"]] == ["system"]
    assert status["outputs"] == life.apply.json["outputs"]
    assert status["outputs"].keys() == {
        "cluster_name", "cluster_endpoint", "cluster_version", "region", "configure_kubectl",
    }  # fmt: skip
    assert life.raw.out == "small\n"


def destroy_with_the_spec_lost_proves_that_nothing_is_left(life: Life) -> None:
    proof = life.destroy.json
    assert proof.keys() == {"deleted", "left", "scheduled"} | WHERE | EFFORT
    assert proof["left"] == []
    assert {item["kind"] for item in proof["deleted"]} == _by_kind(life.plan.json).keys() - {"service_linked_role"}
    assert [(item.keys(), item["kind"]) for item in proof["scheduled"]] == [
        ({"kind", "id", "deletesAt"}, "kms_key"),
    ]
    # The role for Spot is the account's, not the cluster's.
    assert life.gone.json["exists"] is False
    assert {row["kind"] for row in life.gone.json["resources"]} <= {"service_linked_role"}


def events_are_json_lines_from_the_first_step_to_the_last(life: Life) -> None:
    done = {(event["kind"], event["name"]) for event in life.events if event["happened"] == "done"}
    assert done == {(change["kind"], change["name"]) for change in life.plan.json["changes"]}
    assert life.events[0]["happened"] == "started"


def people_read_who_works_where_and_then_the_progress_on_stderr(life: Life) -> None:
    for ran in (life.plan, life.apply, life.destroy):
        assert ran.err.startswith("Account  111122223333\nCaller   arn:aws:iam::111122223333:")
    assert "+ eks_cluster/main: created in " in life.apply.err
    assert "- eks_cluster/main: deleted in " in life.destroy.err


def _by_kind(plan: Mapping[str, Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for change in plan["changes"]:
        counts[change["kind"]] = counts.get(change["kind"], 0) + 1
    return counts
