"""The columns of pods: readiness, the one word for a pod's state, restarts."""

from typing import Any

from eksgpu.sandbox.kubernetes.store import Object


def ready(pod: Object) -> str:
    """`1/2`: ready containers of all."""
    statuses = pod.get("status", {}).get("containerStatuses", ())
    return f"{sum(bool(row.get('ready')) for row in statuses)}/{len(pod['spec'].get('containers', ()))}"


def restarts(pod: Object) -> str:
    return str(sum(row.get("restartCount", 0) for row in pod.get("status", {}).get("containerStatuses", ())))


def status(pod: Object) -> str:
    """The state of the first container that has something to say, else the phase."""
    found = pod.get("status", {})
    shown: str = found.get("reason") or found.get("phase", "")
    initial = _initial(pod)
    if initial:
        shown = initial
    else:
        reasons = [reason for row in reversed(found.get("containerStatuses", ())) if (reason := _reason(row))]
        shown = reasons[-1] if reasons else shown
        if shown == "Completed" and any(_running(row) for row in found.get("containerStatuses", ())):
            shown = "Running"
    return "Terminating" if pod["metadata"].get("deletionTimestamp") else shown


def _initial(pod: Object) -> str:
    rows = pod.get("status", {}).get("initContainerStatuses", ())
    for done, row in enumerate(rows):
        ended = row.get("state", {}).get("terminated")
        if ended and ended.get("exitCode") == 0:
            continue
        if row.get("started") and _running(row):
            continue
        reason = _reason(row)
        if reason and reason != "PodInitializing":
            return f"Init:{reason}"
        return f"Init:{done}/{len(pod['spec'].get('initContainers', ()))}"
    return ""


def _reason(row: dict[str, Any]) -> str:
    state = row.get("state", {})
    if state.get("waiting", {}).get("reason"):
        return str(state["waiting"]["reason"])
    ended = state.get("terminated")
    if not ended:
        return ""
    if ended.get("reason"):
        return str(ended["reason"])
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"


def _running(row: dict[str, Any]) -> bool:
    return bool(row.get("ready")) and "running" in row.get("state", {})
