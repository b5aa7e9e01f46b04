"""What a pod waits for, in a person's words."""

from typing import Any

import pytest

from eksgpu.ops.workload_pods import about, over, waits_for

from .objects import claim, condition, event, pod

UNSCHEDULABLE = condition("PodScheduled", "False", "Unschedulable", "0/2 nodes are available")
PENDING = pod("p", phase="Pending", conditions=[UNSCHEDULABLE])
PLACED = pod("p", on="node-1", phase="Pending")
NOMINATED = event(PENDING, "Nominated", "Pod should schedule on: nodeclaim/gpu-x")
WAITING: dict[str, Any] = {
    "containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no"}}}]
}
DEAD: dict[str, Any] = {
    "containerStatuses": [{"name": "main", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]
}


@pytest.mark.parametrize(
    ("given", "events", "claims", "told"),
    [
        (PENDING, [], {}, "no node takes it: Unschedulable: 0/2 nodes are available"),
        (PENDING, [NOMINATED], {}, "no node takes it: Unschedulable: 0/2 nodes are available"),
        (PENDING, [NOMINATED], {"gpu-x": claim("gpu-x")},
         "a p5.48xlarge of pool gpu is on its way: EC2 has not launched it yet"),
        (PENDING, [NOMINATED], {"gpu-x": claim("gpu-x", condition("Launched", "False", "NoCapacity", "none left"))},
         "a p5.48xlarge of pool gpu is on its way: NoCapacity: none left"),
        (PENDING, [NOMINATED], {"gpu-x": claim("gpu-x", condition("Launched"))},
         "a p5.48xlarge of pool gpu is on its way: it boots and joins"),
        (PENDING, [event(PENDING, "FailedScheduling", "Failed to schedule pod, no pool")], {},
         "no node will come for it: Failed to schedule pod, no pool"),
        (PLACED, [], {}, "its containers are being created on node-1"),
        (PLACED, [event(PLACED, "Pulling", 'Pulling image "x"')], {}, 'on node-1: pulling image "x"'),
        (PLACED, [event(PLACED, "FailedMount", "no such volume", type_="Warning")], {}, "on node-1: no such volume"),
        (pod("p", on="node-1", phase="Pending", **WAITING), [], {}, "container main on node-1: ImagePullBackOff: no"),
        (pod("p", on="node-1"), [], {}, "it runs on node-1 and is not ready yet: its probe says no"),
        (pod("p", on="node-1", phase="Failed", **DEAD), [], {}, "it failed: container main ended with 137 (OOMKilled)"),
        (pod("p", on="node-1", conditions=[condition("Ready")]), [], {}, "it runs on node-1"),
    ],
)  # fmt: skip
def test_every_state_has_its_words(given: Any, events: Any, claims: Any, told: str) -> None:
    assert waits_for(given, events, claims) == told


def test_the_last_refusal_of_ec2_is_told_to_pods_that_are_younger_than_it() -> None:
    refused = [event(PENDING, "InsufficientCapacityError", "NodeClaim gpu-x event: no p5", at="2026-11-22T12:00:05Z")]
    told = "the node that was ordered last did not come: no p5"
    assert waits_for(PENDING, [], {}, refused) == told
    younger = {**PENDING, "metadata": {**PENDING["metadata"], "creationTimestamp": "2026-11-22T12:00:09Z"}}
    assert waits_for(younger, [], {}, refused).startswith("no node takes it")


def test_events_of_a_pod_in_order() -> None:
    late = event(PENDING, "b", "", at="2026-11-22T12:00:05Z")
    early = event(PENDING, "a", "", at="2026-11-22T12:00:01Z")
    assert about(PENDING, [late, early, event(pod("other"), "c", "")]) == [early, late]


def test_a_pod_is_over_when_it_is_ready_or_has_succeeded() -> None:
    assert over(pod("p", phase="Succeeded"))
    assert over(pod("p", conditions=[condition("Ready")]))
    assert not over(pod("p"))
