"""A pod of higher priority takes the place of others, on the embedded scheduler as on Kubernetes' own."""

from collections.abc import Iterator
from typing import Any

import pytest

from .lab import Lab

SPACE, CLASS = "crowded", "scheduling.k8s.io/v1"


@pytest.fixture
def crowded(lab: Lab) -> Iterator[Lab]:
    """Two nodes of two GPUs: on `a` two pods of no priority, on `b` one of them of some."""
    lab.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}})
    for name in "ab":
        amounts = {"cpu": "8", "memory": "32Gi", "pods": "10", "nvidia.com/gpu": "2"}
        status = {"allocatable": amounts, "capacity": amounts, "conditions": [{"type": "Ready", "status": "True"}]}
        meta = {"name": name, "labels": {"kubernetes.io/hostname": name}}
        lab.api.create({"apiVersion": "v1", "kind": "Node", "metadata": meta, "status": status})
    for name, value, policy in (("mid", 10, None), ("high", 1000, None), ("patient", 1000, "Never")):
        own = {"preemptionPolicy": policy} if policy else {}
        made = {"apiVersion": CLASS, "kind": "PriorityClass", "metadata": {"name": name}, "value": value}
        lab.api.create({**made, **own})
    if "default" not in lab.there("v1", "ServiceAccount", SPACE):
        lab.until(lambda: "default" in lab.there("v1", "ServiceAccount", SPACE))
    for name, node, rank in (("a-1", "a", ""), ("a-2", "a", ""), ("b-1", "b", "mid"), ("b-2", "b", "")):
        ask(lab, name, 1, rank, nodeSelector={"kubernetes.io/hostname": node})
    lab.until(lambda: all(where(lab, name) for name in ("a-1", "a-2", "b-1", "b-2")))
    yield lab
    for name in lab.there("v1", "Pod", SPACE):
        lab.api.delete(lab.api.resource("v1", "Pod"), name, SPACE)
    for kind, names in (("Node", "ab"), ("PriorityClass", ("mid", "high", "patient"))):
        for name in names:
            lab.api.delete(lab.api.resource("v1" if kind == "Node" else CLASS, kind), name)


def ask(lab: Lab, name: str, gpus: int, rank: str, **own: Any) -> None:
    container = {"name": "main", "image": "x", "resources": {"limits": {"nvidia.com/gpu": str(gpus)}}}
    spec = {"containers": [container], "terminationGracePeriodSeconds": 0, **own}
    spec |= {"priorityClassName": rank} if rank else {}
    lab.api.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": SPACE}, "spec": spec})


def where(lab: Lab, name: str) -> str:
    return str(lab.get("v1", "Pod", name, SPACE)["spec"].get("nodeName", ""))


def told(lab: Lab, name: str) -> list[tuple[str, str, str]]:
    """The events about a pod, in the version that they are recorded in."""
    items, _ = lab.api.list(lab.api.resource("events.k8s.io/v1", "Event"), SPACE)
    rows = [item for item in items if item["regarding"]["name"] == name]
    return sorted({(row["type"], row["reason"], row["note"]) for row in rows})


def test_the_least_important_go_and_who_is_patient_waits(crowded: Lab) -> None:
    ask(crowded, "patient", 2, "patient")
    crowded.until(lambda: bool(told(crowded, "patient")))
    assert told(crowded, "patient") == [
        (
            "Warning", "FailedScheduling", "0/2 nodes are available: 2 Insufficient nvidia.com/gpu. no new claims to "
            "deallocate, preemption: not eligible due to preemptionPolicy=Never.",
        )
    ]  # fmt: skip
    ask(crowded, "high", 2, "high")
    crowded.until(lambda: where(crowded, "high") != "")
    assert where(crowded, "high") == "a"
    assert crowded.there("v1", "Pod", SPACE) == {"b-1", "b-2", "high", "patient"}
    high = crowded.get("v1", "Pod", "high", SPACE)
    assert (high["spec"]["priority"], high["spec"]["preemptionPolicy"]) == (1000, "PreemptLowerPriority")
    assert "nominatedNodeName" not in high["status"]
    assert ("Warning", "FailedScheduling", "0/2 nodes are available: 2 Insufficient nvidia.com/gpu.") in told(
        crowded, "high"
    )
    gone = f"Preempted by pod {high['metadata']['uid']} on node a"
    crowded.until(lambda: len(told(crowded, "a-2")) > 1)
    assert ("Normal", "Preempted", gone) in told(crowded, "a-1")
    assert ("Normal", "Preempted", gone) in told(crowded, "a-2")
