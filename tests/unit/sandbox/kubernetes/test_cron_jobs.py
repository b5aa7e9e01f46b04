"""CronJobs make Jobs in time, as their policy says, and keep few that are done."""

from datetime import UTC, datetime
from typing import Any

import pytest

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.controllers.schedule import next_time
from tests.unit.sandbox.kubernetes.objects import Call, Kubelets, add_node, pod_spec

CRON_JOBS = "/apis/batch/v1/namespaces/default/cronjobs"
JOBS = "/apis/batch/v1/namespaces/default/jobs"


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("*/15 * * * *", "2026-02-27T22:45"),
        ("0 3 * * *", "2026-02-28T03:00"),
        ("5,35 8-10 * * MON-FRI", "2026-03-02T08:05"),
        ("0 0 29 feb *", "2028-02-29T00:00"),
        ("0 0 13 * 5", "2026-03-06T00:00"),  # the 13th, or any Friday
        ("@weekly", "2026-03-01T00:00"),
        ("0 0 * * 7", "2026-03-01T00:00"),
        ("0 0 31 2 *", None),
    ],
)
def test_when_a_schedule_is_due_next(schedule: str, due: str | None) -> None:
    found = next_time(schedule, datetime(2026, 2, 27, 22, 30, 10, tzinfo=UTC))
    assert (found and found.strftime("%Y-%m-%dT%H:%M")) == due


def cron_job(policy: str = "Allow", **spec: Any) -> dict[str, Any]:
    template = {"spec": {"template": {"spec": {**pod_spec(), "restartPolicy": "Never"}}}}
    held = {"schedule": "*/5 * * * *", "concurrencyPolicy": policy, "jobTemplate": template, **spec}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tidy"}, "spec": held}


def jobs(call: Call) -> list[str]:
    return [row["metadata"]["name"] for row in call("GET", JOBS).json["items"]]


@pytest.mark.parametrize(("policy", "running"), [("Allow", 3), ("Forbid", 1), ("Replace", 1)])
def test_jobs_that_go_on(call: Call, clock: SteppedClock, policy: str, running: int) -> None:
    assert call("POST", CRON_JOBS, cron_job(policy)).status == 201
    assert jobs(call) == []
    seen = []
    for _ in range(3):
        clock.sleep(300)
        seen.append(jobs(call))
    assert len(seen[-1]) == running
    assert (seen[0] == seen[-1]) == (policy == "Forbid")
    assert len(call("GET", f"{CRON_JOBS}/tidy").json["status"]["active"]) == running


def test_finished_jobs_go_in_the_end(call: Call, api: Api, clock: SteppedClock) -> None:
    add_node(api, "n1")
    Kubelets(api)
    call("POST", CRON_JOBS, cron_job(successfulJobsHistoryLimit=2))
    for _ in range(5):
        clock.sleep(300)
        api.settle()
        for pod in call("GET", "/api/v1/namespaces/default/pods").json["items"]:
            done = {"status": {"phase": "Succeeded"}}
            name = pod["metadata"]["name"]
            path = f"/api/v1/namespaces/default/pods/{name}/status"
            call("PATCH", path, done, "application/merge-patch+json")
    assert len(jobs(call)) == 2
    status = call("GET", f"{CRON_JOBS}/tidy").json["status"]
    assert status["lastSuccessfulTime"]
    assert "active" not in status
    call("DELETE", f"{CRON_JOBS}/tidy")
    assert jobs(call) == []
