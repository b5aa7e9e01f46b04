"""`cluster: {existing: NAME}`: a cluster that is there already and is added to, in place of one to make."""

from typing import Annotated

from eksgpu.spec.base import SpecModel
from eksgpu.spec.names import matching

EksName = Annotated[
    str,
    matching(
        r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}",
        "EKS has no cluster of such a name",
        "`aws eks list-clusters` lists the names",
    ),
]
RoleName = Annotated[
    str,
    matching(r"[\w+=,.@-]{1,64}", "IAM has no role of such a name", "write the role's name without its path or ARN"),
]


class ExistingCluster(SpecModel):
    """A cluster that is there already. It is never changed beyond what is added here, and never deleted."""

    existing: EksName
    """Its name in EKS. `metadata.name` names what is added to it, and may be the same."""
    node_role: RoleName | None = None
    """The role of the nodes that its Karpenter makes for `nodePools`. Unset: that of its own EC2NodeClasses."""
