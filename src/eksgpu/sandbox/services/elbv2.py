"""Load balancers as a VPC feels them: interfaces in each subnet, some with public addresses, that outlive the balancer.

Sources: the field notes behind `elbv2:load-balancer:interfaces-gone` in the duration data. moto keeps the balancers.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from moto.ec2.utils import random_public_ip

from eksgpu.sandbox.ec2.backend import backend as ec2_backend
from eksgpu.sandbox.ec2.backend import later, settle
from eksgpu.sandbox.ec2.network import create_eni, delete_eni
from eksgpu.sandbox.moto_bridge import backend
from eksgpu.sandbox.overlay import Call, operation
from eksgpu.sandbox.world import World

KINDS = {"application": "app", "network": "net", "gateway": "gwy"}


class Balancers:
    """The interfaces of each load balancer of a region, by its ARN."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.interfaces: dict[str, list[str]] = {}


def begin(world: World, region: str, arn: str, groups: Sequence[str]) -> None:
    """Let a balancer that moto knows come up: its interfaces are there at once, it serves minutes later."""
    settle(world, region)
    kept = backend("elbv2", world.account, region).load_balancers[arn]
    kept.state = "provisioning"
    description = f"ELB {KINDS[kept.type]}/{kept.name}/{arn.rpartition('/')[2]}"
    ids = world.state(Balancers, region).interfaces.setdefault(arn, [])
    for subnet in kept.subnets:
        eni = create_eni(world, region, subnet.id, groups, description, interface_type="load_balancer")
        if kept.scheme != "internal":
            ec2_backend(world, region).get_network_interface(eni).public_ip = random_public_ip()
        ids.append(eni)
    later(world, region, world.durations.seconds("elbv2:load-balancer:create"), kept.activate)


def end(world: World, region: str, arn: str) -> None:
    """Let the interfaces of a deleted balancer go: minutes later, and nobody can hurry them."""
    settle(world, region)
    for eni in world.state(Balancers, region).interfaces.pop(arn, []):
        seconds = world.durations.seconds("elbv2:load-balancer:interfaces-gone")
        later(world, region, seconds, partial(delete_eni, world, region, eni))


@operation("elbv2", "CreateLoadBalancer")
def create_load_balancer(call: Call) -> dict[str, Any]:
    """Start a balancer."""
    made = call.moto()["LoadBalancers"][0]
    begin(call.world, call.region, made["LoadBalancerArn"], call.params.get("SecurityGroups", []))
    return {"LoadBalancers": [{**made, "State": {"Code": "provisioning"}}]}


@operation("elbv2", "DeleteLoadBalancer")
def delete_load_balancer(call: Call) -> dict[str, Any]:
    """Delete a balancer."""
    answer = call.moto()
    end(call.world, call.region, call.params["LoadBalancerArn"])
    return answer


@operation("elbv2", "DescribeLoadBalancers")
def describe_load_balancers(call: Call) -> dict[str, Any]:
    """Balancers in the state that they have by now; moto would make them active on the second look."""
    settle(call.world, call.region)
    states = {
        arn: balancer.state for arn, balancer in backend("elbv2", call.account, call.region).load_balancers.items()
    }
    answer = call.moto()
    for shown in answer["LoadBalancers"]:
        state = states[shown["LoadBalancerArn"]]
        shown["State"] = {"Code": state}
        backend("elbv2", call.account, call.region).load_balancers[shown["LoadBalancerArn"]].state = state
    return answer
