"""The site: what a component may know of the cluster it runs in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from eksgpu.engine.refs import Ref

CLUSTER = Ref("eks_cluster/main", "name")
VPC = Ref("vpc/main")
SYSTEM_LABEL = "karpenter.sh/controller"
SYSTEM_TAINT = f"{SYSTEM_LABEL}=true:NoSchedule"
TOLERATES_SYSTEM = {"key": SYSTEM_LABEL, "operator": "Exists", "effect": "NoSchedule"}


@dataclass(frozen=True)
class Site:
    """One cluster by name and place.

    vpc:    the VPC it stands in.
    tags:   the user's tags for everything that is made.
    caller: ARN of the role or user who applies, "" when it can be no access entry (the account's root).
    """

    cluster: str
    account: str
    region: str
    partition: str = "aws"
    caller: str = ""
    vpc: Ref | str = VPC
    tags: Mapping[str, str] = field(default_factory=dict)

    def managed_policy(self, name: str) -> str:
        """The ARN of one of AWS's own policies."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"

    @property
    def names(self) -> dict[str, str]:
        """What `${…}` in a policy of the catalogue may stand for everywhere."""
        return {
            "Partition": self.partition,
            "Region": self.region,
            "Account": self.account,
            "Cluster": self.cluster,
        }
