"""A pod's status as its kubelet writes it, stage by stage."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .client import Object
from .conditions import condition, merged, timestamp


def creating(pod: Object, now: datetime) -> dict[str, Any]:
    """Bound, its images on their way."""
    waiting = {"waiting": {"reason": "ContainerCreating"}}
    states = [_container(one, waiting, ready=False) for one in pod["spec"]["containers"]]
    wanted = [condition("PodScheduled"), condition("ContainersReady", status=False, reason="ContainersNotReady")]
    wanted.append(condition("Ready", status=False, reason="ContainersNotReady"))
    return _status(pod, "Pending", wanted, states, now)


def running(pod: Object, now: datetime, *, pod_ip: str, host_ip: str) -> dict[str, Any]:
    """Every container runs and is ready."""
    started = {"running": {"startedAt": timestamp(now)}}
    states = [_container(one, started, ready=True) for one in pod["spec"]["containers"]]
    wanted = [condition(name) for name in ("PodScheduled", "Initialized", "ContainersReady", "Ready")]
    return {
        **_status(pod, "Running", wanted, states, now),
        "podIP": pod_ip,
        "podIPs": [{"ip": pod_ip}],
        "hostIP": host_ip,
        "hostIPs": [{"ip": host_ip}],
        "startTime": timestamp(now),
    }


def ended(pod: Object, now: datetime, codes: Mapping[str, int]) -> dict[str, Any]:
    """Every container has ended; `codes` are their exit codes by name."""
    failed = any(codes.values())
    reason = "PodFailed" if failed else "PodCompleted"
    began = (pod.get("status") or {}).get("startTime") or timestamp(now)
    states = [_container(one, _terminated(codes[one["name"]], began, now), ready=False) for one in _containers(pod)]
    wanted = [condition(name, status=False, reason=reason) for name in ("ContainersReady", "Ready")]
    wanted.append(condition("Initialized", reason=reason))
    return _status(pod, "Failed" if failed else "Succeeded", wanted, states, now)


def rejected(pod: Object, now: datetime, message: str) -> dict[str, Any]:
    """The kubelet did not admit it: nothing was started."""
    wanted = [condition("PodScheduled"), condition("Ready", status=False, reason="PodFailed")]
    status = _status(pod, "Failed", wanted, [], now)
    return {**status, "reason": "UnexpectedAdmissionError", "message": message, "startTime": timestamp(now)}


def finished(pod: Object) -> bool:
    """Has it run to its end?"""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _status(
    pod: Object, phase: str, wanted: list[dict[str, str]], containers: list[Object], now: datetime
) -> dict[str, Any]:
    known = (pod.get("status") or {}).get("conditions") or ()
    return {"phase": phase, "conditions": merged(known, wanted, now), "containerStatuses": containers}


def _containers(pod: Object) -> list[Object]:
    found: list[Object] = pod["spec"]["containers"]
    return found


def _container(container: Object, state: Object, *, ready: bool) -> Object:
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": f"sandbox://{container['image']}" if "waiting" not in state else "",
        "ready": ready,
        "started": "running" in state,
        "restartCount": 0,
        "state": state,
    }


def _terminated(code: int, began: str, now: datetime) -> Object:
    reason = "Error" if code else "Completed"
    return {"terminated": {"exitCode": code, "reason": reason, "startedAt": began, "finishedAt": timestamp(now)}}
