"""EKS's quotas, and creations that are told to fail.

The numbers come from the World's Service Quotas. What is to fail stands in the World's option `eks_failures`: patterns
such as `cluster/demo`, `nodegroup/gpu-*` or `addon/coredns`; it is looked up when the creation would end.
"""

from fnmatch import fnmatchcase

from eksgpu.sandbox.overlay import Refused
from eksgpu.sandbox.world import World

CLUSTERS = "L-1194D53C"
NODEGROUPS = "L-6D54EA21"
NODES = "L-BD136A63"
ENTRIES = "L-C56B9FC3"
GROUPS = "L-11427A54"
CIDRS = "L-93A74D60"


def refuse_over(world: World, code: str, wanted: int) -> None:
    """Raise ResourceLimitExceededException when `wanted` of something is more than its quota."""
    most = int(world.quotas.value(code))
    if wanted > most:
        quota = world.quotas.get("eks", code)
        name = quota.name if quota is not None else code
        raise Refused("ResourceLimitExceededException", f"{name}: the limit of {most} is exceeded")


def doomed(world: World, kind: str, name: str) -> bool:
    """Is the creation of this object told to fail?"""
    return any(fnmatchcase(f"{kind}/{name}", pattern) for pattern in world.options.get("eks_failures", ()))
