"""CronJobs: a Job at each minute that the schedule names, and no more finished ones than the limits keep."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from eksgpu.sandbox.kubernetes.cluster import instant, timestamp
from eksgpu.sandbox.kubernetes.controllers.job import JOBS, ended
from eksgpu.sandbox.kubernetes.controllers.owning import controlled, make, reference, set_status
from eksgpu.sandbox.kubernetes.controllers.schedule import next_time
from eksgpu.sandbox.kubernetes.controllers.workload import Workloads
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete
from eksgpu.sandbox.kubernetes.verbs.events import Note, record
from eksgpu.sandbox.kubernetes.verbs.options import copy

CRON_JOBS: StoreKey = ("batch", "cronjobs")


class CronJobs(Workloads):
    key, kind, children = CRON_JOBS, "CronJob", JOBS

    def due(self) -> Iterator[str]:
        for found in self._cluster.store.all(CRON_JOBS):
            if self._moment(found) is not None:
                yield found["metadata"]["uid"]

    def act(self, found: Object) -> None:
        at = self._moment(found)
        last = found["status"].get("lastScheduleTime")
        if at is not None:
            self._start(found, at)
            last = timestamp(at)
        jobs = [job for job in controlled(self._cluster, found, JOBS) if not job["metadata"].get("deletionTimestamp")]
        self._clean(found, jobs)
        self._report(found, jobs, last)

    def _moment(self, found: Object) -> datetime | None:
        """The last minute at which it was due and did not start yet: what was missed before that stays missed."""
        if found["spec"].get("suspend") or found["metadata"].get("deletionTimestamp"):
            return None
        now, last = self._cluster.clock.now(), found["status"].get("lastScheduleTime")
        since = instant(last or found["metadata"]["creationTimestamp"])
        at = next_time(found["spec"]["schedule"], since)
        if at is None or at > now:
            return None
        # A schedule that was due often since then starts once.
        latest = next_time(found["spec"]["schedule"], max(since, now - timedelta(days=1)))
        while latest is not None and latest <= now:
            at, latest = latest, next_time(found["spec"]["schedule"], latest)
        return at

    def _start(self, found: Object, at: datetime) -> None:
        active = [job for job in controlled(self._cluster, found, JOBS) if ended(job) is None]
        policy = found["spec"]["concurrencyPolicy"]
        if active and policy == "Forbid":
            text = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self._say(found, "JobAlreadyActive", text)
            return
        for job in active if policy == "Replace" else ():
            self._delete(job)
        name = f"{found['metadata']['name']}-{int(at.timestamp()) // 60}"
        if self._cluster.store.get(JOBS, found["metadata"]["namespace"], name) is not None:
            return
        template = copy(found["spec"]["jobTemplate"])
        metadata = {**template.get("metadata", {}), "name": name, "namespace": found["metadata"]["namespace"]}
        metadata["ownerReferences"] = [reference(found)]
        metadata["annotations"] = {
            **metadata.get("annotations", {}),
            "batch.kubernetes.io/cronjob-scheduled-timestamp": timestamp(at),
        }
        make(self._cluster, {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"]})
        self._say(found, "SuccessfulCreate", f"Created job {name}")

    def _clean(self, found: Object, jobs: list[Object]) -> None:
        for verdict, limit in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            done = sorted((job for job in jobs if ended(job) == verdict), key=lambda job: str(job["metadata"]["name"]))
            for job in done[: max(0, len(done) - found["spec"][limit])]:
                self._delete(job)

    def _report(self, found: Object, jobs: list[Object], last: str | None) -> None:
        active = [job for job in jobs if ended(job) is None]
        status: dict[str, Any] = {
            "active": [
                {"apiVersion": "batch/v1", "kind": "Job", **{key: job["metadata"][key] for key in _REFERENCE}}
                for job in active
            ],
            "lastScheduleTime": last,
            "lastSuccessfulTime": max(
                (job["status"]["completionTime"] for job in jobs if ended(job) == "Complete"),
                default=found["status"].get("lastSuccessfulTime"),
            ),
        }
        fresh = self._cluster.store.by_uid(found["metadata"]["uid"])
        if fresh is not None:
            set_status(self._cluster, CRON_JOBS, fresh, {key: value for key, value in status.items() if value})

    def _delete(self, job: Object) -> None:
        delete(self._cluster, self._cluster.types.of("batch/v1", "Job"), job, Deletion("Background"))

    def _say(self, found: Object, reason: str, text: str) -> None:
        record(self._cluster, found, Note(reason, text, "Normal", "cronjob-controller"))


_REFERENCE = ("name", "namespace", "uid", "resourceVersion")
