"""What CreateNodegroup and the updates of node groups refuse: names, sizes, labels, taints, types, images, roles.

Checks only, against the request, IAM and the catalogue of instance types.
"""

import re
from collections.abc import Iterable, Sequence

from eksgpu.catalog.instance import instance
from eksgpu.sandbox.eks import amis, data, iam, limits, refusals
from eksgpu.sandbox.eks.state import Cluster, Fields
from eksgpu.sandbox.eks.subnets import find_subnets
from eksgpu.sandbox.overlay import Call
from eksgpu.sandbox.world import World

_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9\-_]{0,62}")
_RESERVED = ("kubernetes.io/", "k8s.io/", "eks.amazonaws.com/")
_MOST = 50
_MOST_TYPES = 20
_NEWEST_AL2 = 32


def check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise refusals.invalid(
            f"The node group name '{name}' must have 1 to 63 letters, digits, hyphens and underscores, beginning with "
            "a letter or digit"
        )


def check_node_role(world: World, arn: str) -> None:
    role = iam.visible_role(world, arn)
    if role is None:
        raise refusals.invalid(f"The role with name {arn.rsplit('/', 1)[-1]} cannot be found")
    if not iam.trusts(role, "ec2.amazonaws.com", "sts:AssumeRole"):
        raise refusals.invalid(
            "Following required service principals [ec2.amazonaws.com] were not found in the trust relationships of "
            f"nodeRole {arn}"
        )


def check_subnets(call: Call, cluster: Cluster, ids: Sequence[str]) -> None:
    if not ids:
        raise refusals.invalid("At least one subnet must be specified")
    vpc_id = cluster.fields["resourcesVpcConfig"]["vpcId"]
    foreign = [subnet.id for subnet in find_subnets(call.world, call.region, ids) if subnet.vpc_id != vpc_id]
    if foreign:
        raise refusals.invalid(f"Subnets {foreign} are not in the cluster's VPC {vpc_id}")


def check_scaling(world: World, scaling: Fields) -> None:
    least, desired, most = scaling["minSize"], scaling["desiredSize"], scaling["maxSize"]
    if least > most:
        raise refusals.invalid(f"Minimum capacity {least} can't be greater than maximum capacity {most}")
    if least > desired:
        raise refusals.invalid(f"Minimum capacity {least} can't be greater than desired size {desired}")
    if desired > most:
        raise refusals.invalid(f"Desired capacity {desired} can't be greater than max size {most}")
    limits.refuse_over(world, limits.NODES, most)


def update_config(given: Fields) -> Fields:
    """A request's updateConfig with EKS's default: one node at a time, unless it says a number or a percentage."""
    said = {"maxUnavailable", "maxUnavailablePercentage"} & given.keys()
    if len(said) > 1:
        raise refusals.invalid("updateConfig takes either maxUnavailable or maxUnavailablePercentage, not both")
    return dict(given) if said else {"maxUnavailable": 1, **given}


def check_labels(labels: Fields) -> None:
    if len(labels) > _MOST:
        raise refusals.invalid(f"A node group takes at most {_MOST} labels, got {len(labels)}")
    for key, value in labels.items():
        if key.startswith(_RESERVED):
            raise refusals.invalid(f"Label cannot contain reserved prefixes [{', '.join(_RESERVED)}]")
        if not 1 <= len(key) <= 63 or len(value) > 63:
            raise refusals.invalid(f"Label key must have 1 to 63 characters and its value at most 63: {key}")


def check_taints(taints: Iterable[Fields]) -> None:
    rows = list(taints)
    if len(rows) > _MOST:
        raise refusals.invalid(f"A node group takes at most {_MOST} taints, got {len(rows)}")
    for taint in rows:
        if not 1 <= len(taint.get("key", "")) <= 63 or len(taint.get("value", "")) > 63 or not taint.get("effect"):
            raise refusals.invalid(
                f"Taint needs an effect, a key of 1 to 63 characters, a value of at most 63: {taint}"
            )


def check_types(types: Sequence[str], ami_type: str) -> None:
    """Every type exists and is of the image's architecture."""
    if len(types) > _MOST_TYPES:
        raise refusals.invalid(f"A node group takes at most {_MOST_TYPES} instance types, got {len(types)}")
    unknown = [name for name in types if instance(name) is None]
    if unknown:
        raise refusals.invalid(f"The following supplied instance types do not exist: [{', '.join(unknown)}]")
    if ami_type == "CUSTOM":
        return
    arch = "arm64" if "ARM_64" in ami_type else "amd64"
    wrong = [name for name in types if (known := instance(name)) is not None and known.arch != arch]
    if wrong:
        raise refusals.invalid(f"[{', '.join(wrong)}] is not a valid instance type for requested amiType {ami_type}")


def default_ami_type(instance_type: str) -> str:
    known = instance(instance_type)
    arm = known is not None and known.arch == "arm64"
    kind = "NVIDIA" if known is not None and known.gpu_name is not None else "STANDARD"
    return f"AL2023_{'ARM_64' if arm else 'x86_64'}_{kind}"


def check_version(call: Call, cluster: Cluster, ami_type: str, version: str, release: str | None) -> str:
    """Raise unless nodes of this Kubernetes version and image release can join; return the release."""
    if data.minor(version) > data.minor(cluster.version):
        raise refusals.invalid(
            f"Node group version {version} is newer than the cluster's Kubernetes version {cluster.version}"
        )
    if data.minor(cluster.version) - data.minor(version) > 3 or version not in data.versions_at(call.world.clock.now()):
        raise refusals.invalid(
            f"Kubernetes version {version} is not supported for nodes of a {cluster.version} cluster"
        )
    if ami_type.startswith("AL2_") and data.minor(version) > _NEWEST_AL2:
        raise refusals.invalid(
            f"AMI Type {ami_type} is only supported for kubernetes versions 1.{_NEWEST_AL2} or earlier"
        )
    known = amis.release_versions(ami_type, version, call.world.clock.now())
    if release is not None and release not in known:
        raise refusals.invalid(f"Requested release version {release} is not valid for kubernetes version {version}.")
    return release or known[0]
