"""`cluster: {existing: NAME}`: a cluster that is there already and is added to, in place of one to make.

And `existingNodes`: which of its nodes, that are not ours either, shall have their GPUs shared.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from eksgpu.scheduling.labels import NODE_GROUP
from eksgpu.scheduling.sharing.existing_rules import existing_rules
from eksgpu.scheduling.sharing.wish import Host, Kind
from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.names import NodeSelector, ObjectName, matching
from eksgpu.spec.sharing import Sharing

EksName = Annotated[
    str,
    matching(
        r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}",
        "EKS has no cluster of such a name",
        "`aws eks list-clusters` lists the names",
    ),
]
GroupName = Annotated[
    str,
    matching(
        r"[0-9A-Za-z][0-9A-Za-z_-]{0,62}",
        "EKS has no node group of such a name",
        "`aws eks list-nodegroups --cluster-name NAME` lists the names",
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


class ExistingNodes(SpecModel):
    """Nodes with GPUs that are there already and somebody else's, and how pods shall share these GPUs.

    A device plugin of ours comes onto exactly these nodes, found by labels that they have. Nothing is written on them.
    """

    name: ObjectName
    """What these nodes are called here."""
    node_selector: NodeSelector = Field(default_factory=dict)
    """Labels that all of them have and no other node has, as in a pod's nodeSelector."""
    node_group: GroupName | None = None
    """In place of labels: all nodes of this node group of EKS, also those that come later."""
    sharing: Sharing
    """How pods share their GPUs: timeSlicing or mps."""
    consent: bool = False
    """The owner of these nodes agrees. Unset, plan says what would change and refuses."""

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels by which they are found."""
        return {NODE_GROUP: self.node_group} if self.node_group is not None else self.node_selector

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether a node with these labels is one of them."""
        return self.labels.items() <= labels.items()

    def faults(self) -> Iterator[Fault]:
        hint = "write nodeGroup: NAME, or nodeSelector: {label: value}"
        if self.node_group is None and not self.node_selector:
            yield Fault((), "it does not say which nodes are meant", hint)
        elif self.node_group is not None and self.node_selector:
            yield Fault(("nodeSelector",), "nodeGroup says already which nodes are meant", "keep one of them")
        for refused in existing_rules(self.sharing.wish, Host(self.name, Kind.EXISTING, "al2023", ())):
            yield Fault(("sharing", refused.field), refused.message, refused.hint)
