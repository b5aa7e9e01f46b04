"""Starting and ending instances: once per client token, within the vCPU quotas, and leaving no interface behind.

It must not know who asks; EKS starts its nodes through `network`.
"""

from typing import Any

from eksgpu.catalog.instance import instance as catalogue
from eksgpu.catalog.quota import VcpuClass, vcpu_class
from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.ec2.network import delete_eni, forget_later
from eksgpu.sandbox.ec2.tokens import once
from eksgpu.sandbox.overlay import Call, Refused
from eksgpu.sandbox.permissions import is_denied
from eksgpu.sandbox.services.service_linked_roles import ensure_service_linked_role
from eksgpu.sandbox.world import World

SPOT_SERVICE = "spot.amazonaws.com"
NO_SPOT_ROLE = (
    "The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances."
)
NO_VCPUS = (
    "You have requested more vCPU capacity than your current vCPU limit of {limit} allows for the instance bucket that"
    " the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an"
    " adjustment to this limit."
)


class Launches:
    """The answers to RunInstances by reservation, for requests that come again."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.answers: dict[str, dict[str, Any]] = {}


@ec2("RunInstances")
def run_instances(call: Call) -> dict[str, Any]:
    """Start instances; a repeated ClientToken returns the first answer."""
    moto = backend(call.world, call.region)
    answers = call.world.state(Launches, call.region).answers

    def create() -> str:
        spot = call.params.get("InstanceMarketOptions", {}).get("MarketType") == "spot"
        check_capacity(call, moto, _type(call, moto), call.params["MinCount"], spot)
        answer = call.moto()
        answers[answer["ReservationId"]] = answer
        given = {nic.get("NetworkInterfaceId") for nic in call.params.get("NetworkInterfaces", ())}
        for instance in moto.reservations[answer["ReservationId"]].instances:
            for eni in instance.nics.values():
                eni.delete_on_termination = eni.id not in given
        return str(answer["ReservationId"])

    made, _ = once(call, create, lambda known: known in answers)
    return answers[made]


@ec2("CreateFleet")
def create_fleet(call: Call) -> dict[str, Any]:
    """Start a fleet of the kind that node provisioners use; Spot ones need the service-linked role."""
    target = call.params["TargetCapacitySpecification"]
    if target.get("DefaultTargetCapacityType") == "spot" or target.get("SpotTargetCapacity"):
        check_spot_role(call)
    return call.moto()


@ec2("TerminateInstances")
def terminate_instances(call: Call) -> dict[str, Any]:
    """End instances; their interfaces go along, except those that were there before them."""
    moto = backend(call.world, call.region)
    kept = {eni.id for eni in moto.enis.values() if not eni.delete_on_termination}
    answer = call.moto()
    ended = set(call.params["InstanceIds"])
    for eni in [one for one in moto.enis.values() if one.instance is not None and one.instance.id in ended]:
        if eni.id in kept:
            eni.instance.detach_eni(eni)
        else:
            delete_eni(call.world, call.region, eni.id)
    for instance in ended:
        forget_later(call.world, call.region, instance)
    return answer


def check_capacity(call: Call, moto: Any, instance_type: str, count: int, spot: bool) -> None:
    """Raise what EC2 answers when Spot has no service-linked role or the vCPU quota is too small."""
    if spot:
        check_spot_role(call)
    known = catalogue(instance_type)
    bucket = vcpu_class(known) if known else None
    quota = bucket.quota("spot" if spot else "on-demand") if bucket else None
    if known is None or bucket is None or quota is None:
        return
    limit = int(call.world.quotas.value(quota.code))
    if vcpus_in_use(moto, bucket, spot) + known.vcpus * count <= limit:
        return
    if spot:
        raise Refused("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
    raise Refused("VcpuLimitExceeded", NO_VCPUS.format(limit=limit))


def check_spot_role(call: Call) -> None:
    """EC2 makes Spot's service-linked role itself, with the caller's permission."""
    if not is_denied("iam:CreateServiceLinkedRole", call.world.denied):
        ensure_service_linked_role(call.world, SPOT_SERVICE)
        return
    if not ensure_service_linked_role(call.world, SPOT_SERVICE, create=False):
        raise Refused("AuthFailure.ServiceLinkedRoleCreationNotPermitted", NO_SPOT_ROLE, 403)


def vcpus_in_use(moto: Any, bucket: VcpuClass, spot: bool) -> int:
    """vCPUs of the instances that run in one quota's bucket."""
    running = [
        catalogue(instance.instance_type)
        for reservation in moto.reservations.values()
        for instance in reservation.instances
        if instance.state in ("pending", "running") and (instance.lifecycle == "spot") == spot
    ]
    return sum(known.vcpus for known in running if known is not None and bucket.holds(known))


def _type(call: Call, moto: Any) -> str:
    if call.params.get("InstanceType"):
        return str(call.params["InstanceType"])
    template = call.params.get("LaunchTemplate")
    if not template:
        return "m1.small"
    return str(moto._get_template_from_args(template).instance_type)
