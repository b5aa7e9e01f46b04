"""Service-linked roles: the ones AWS makes for its services, found by service name.

It must not know which service needs one.
"""

import json

from eksgpu.sandbox.moto_bridge import backend
from eksgpu.sandbox.world import World

NAMES = {
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "eks.amazonaws.com": "AWSServiceRoleForAmazonEKS",
    "eks-nodegroup.amazonaws.com": "AWSServiceRoleForAmazonEKSNodegroup",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
    "spotfleet.amazonaws.com": "AWSServiceRoleForEC2SpotFleet",
}


def service_linked_role_name(service: str) -> str:
    """The role's name; a service that is not in the table gets one made from its own name."""
    return NAMES.get(service) or "AWSServiceRoleFor" + "".join(
        part.capitalize() for part in service.removesuffix(".amazonaws.com").split("-")
    )


def ensure_service_linked_role(world: World, service: str, *, create: bool = True) -> bool:
    """Make a service's role when it is missing and `create` says so; return whether it is there."""
    moto, name = backend("iam", world.account, "aws"), service_linked_role_name(service)
    if any(role.name == name for role in moto.roles.values()):
        return True
    if not create:
        return False
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    moto.create_role(
        name,
        json.dumps(trust),
        f"/aws-service-role/{service}/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
        linked_service=service,
    )
    return True
