"""Jobs: pods run to completion, again after failures up to a limit, and cleaned up after their time to live."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from eksgpu.sandbox.kubernetes.cluster import PODS, instant
from eksgpu.sandbox.kubernetes.controllers.owning import (
    is_active,
    is_ready,
    make_pod,
    pods_of,
    remove_pod,
    set_status,
)
from eksgpu.sandbox.kubernetes.controllers.workload import Workloads
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.registry import StoreKey
from eksgpu.sandbox.kubernetes.verbs.delete import Deletion, delete
from eksgpu.sandbox.kubernetes.verbs.events import Note, record

JOBS: StoreKey = ("batch", "jobs")
_INDEX = "batch.kubernetes.io/job-completion-index"


@dataclass(frozen=True)
class _Pods:
    active: list[Object]
    succeeded: int
    failed: int
    indexes: set[str]


class Jobs(Workloads):
    key, kind, children = JOBS, "Job", PODS

    def due(self) -> Iterator[str]:
        """Jobs with a deadline or a time to live."""
        for found in self._cluster.store.all(JOBS):
            if _expiry(found) is not None and self._cluster.clock.now() >= _expiry(found):
                yield found["metadata"]["uid"]

    def act(self, found: Object) -> None:
        is_due = (until := _expiry(found)) is not None and self._cluster.clock.now() >= until
        if ended(found):
            if is_due:
                delete(self._cluster, self._cluster.types.of("batch/v1", "Job"), found, Deletion("Background"))
            return
        pods = _sorted_out(pods_of(self._cluster, found))
        verdict = _verdict(found, pods, is_due)
        if verdict is None and not found["spec"].get("suspend"):
            pods = self._start(found, pods)
        elif verdict is None or verdict[0] == "Failed":
            for pod in pods.active:
                remove_pod(self._cluster, found, pod)
        self._report(found, pods, verdict)

    def _start(self, found: Object, pods: _Pods) -> _Pods:
        spec = found["spec"]
        wanted = spec["parallelism"]
        if "completions" in spec:
            wanted = min(wanted, spec["completions"] - pods.succeeded)
        elif pods.succeeded:
            wanted = len(pods.active)
        active = list(pods.active)
        taken = pods.indexes | {_index(pod) for pod in active}
        for _ in range(wanted - len(active)):
            made = make_pod(self._cluster, found, self._template(found, taken))
            if made is None:
                break
            taken.add(_index(made))
            active.append(made)
        return _Pods(active, pods.succeeded, pods.failed, pods.indexes)

    def _template(self, found: Object, taken: set[str]) -> Any:
        template = found["spec"]["template"]
        if found["spec"].get("completionMode") != "Indexed":
            return template
        index = next(str(at) for at in range(found["spec"]["completions"]) if str(at) not in taken)
        meta = template.get("metadata", {})
        annotated = {**meta, "annotations": {**meta.get("annotations", {}), _INDEX: index}}
        return {**template, "metadata": {**annotated, "labels": {**meta.get("labels", {}), _INDEX: index}}}

    def _report(self, found: Object, pods: _Pods, verdict: tuple[str, str, str] | None) -> None:
        now, old = self._cluster.now(), found.get("status", {})
        counts = {"active": len(pods.active), "succeeded": pods.succeeded, "failed": pods.failed}
        status: dict[str, Any] = {key: count for key, count in counts.items() if count}
        status["ready"] = sum(map(is_ready, pods.active))
        status["startTime"] = old.get("startTime", now)
        status["terminating"] = 0
        status["uncountedTerminatedPods"] = {}
        if verdict is not None:
            kind, reason, message = verdict
            status.pop("active", None)
            status["ready"] = 0
            first = "SuccessCriteriaMet" if kind == "Complete" else "FailureTarget"
            stamp = {"lastProbeTime": now, "lastTransitionTime": now, "reason": reason, "message": message}
            status["conditions"] = [{"type": name, "status": "True", **stamp} for name in (first, kind)]
            if kind == "Complete":
                status["completionTime"] = now
            note = Note("Completed", "Job completed") if kind == "Complete" else Note(reason, message, "Warning")
            record(self._cluster, found, Note(note.reason, note.message, note.type, "job-controller"))
        set_status(self._cluster, JOBS, found, status)


def _sorted_out(pods: list[Object]) -> _Pods:
    done = [pod for pod in pods if pod["status"].get("phase") == "Succeeded"]
    failed = sum(pod["status"].get("phase") == "Failed" for pod in pods)
    return _Pods([pod for pod in pods if is_active(pod)], len(done), failed, {_index(pod) for pod in done})


def _index(pod: Object) -> str:
    return str(pod["metadata"].get("annotations", {}).get(_INDEX, ""))


def _verdict(found: Object, pods: _Pods, is_due: bool) -> tuple[str, str, str] | None:
    """(Complete or Failed, reason, message) once the Job is over."""
    spec = found["spec"]
    if is_due:
        return "Failed", "DeadlineExceeded", "Job was active longer than specified deadline"
    if pods.failed > spec["backoffLimit"]:
        return "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit"
    enough = pods.succeeded >= spec["completions"] if "completions" in spec else pods.succeeded and not pods.active
    if enough:
        return "Complete", "CompletionsReached", "Reached expected number of succeeded pods"
    return None


def ended(found: Object) -> str | None:
    """Complete or Failed; None while the Job goes on."""
    rows = found.get("status", {}).get("conditions", ())
    done = (row["type"] for row in rows if row["type"] in ("Complete", "Failed") and row["status"] == "True")
    return next(done, None)


def _expiry(found: Object) -> Any:
    """When time alone ends or removes the Job; None when it does not."""
    status, spec = found.get("status", {}), found["spec"]
    if not ended(found):
        deadline, start = spec.get("activeDeadlineSeconds"), status.get("startTime")
        return instant(start) + timedelta(seconds=deadline) if deadline is not None and start else None
    lives = spec.get("ttlSecondsAfterFinished")
    if lives is None:
        return None
    since = next(row["lastTransitionTime"] for row in status["conditions"] if row["type"] in ("Complete", "Failed"))
    return instant(since) + timedelta(seconds=lives)
