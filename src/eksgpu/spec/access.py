"""`access`: which IAM principals may do what in the cluster."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from eksgpu.spec.base import Fault, SpecModel
from eksgpu.spec.fields import AnySpelling
from eksgpu.spec.names import ObjectName, matching

Principal = Annotated[
    str,
    Field(json_schema_extra={"pattern": "^arn:aws"}),
    matching(
        r"arn:aws[a-z-]*:(iam::\d{12}:(role|user)/.+|sts::\d{12}:assumed-role/[^/]+/.+)",
        "it is the ARN of no IAM role or user",
        "it looks like arn:aws:iam::111122223333:role/Admin; an assumed role's ARN is read too",
    ),
]
Policy = Annotated[Literal["clusterAdmin", "admin", "edit", "view", "adminView"], AnySpelling()]


class AccessEntry(SpecModel):
    """What one IAM principal may do."""

    principal: Principal
    """The ARN of a role or user; the ARN of an assumed role (SSO too) stands for its role."""
    policy: Policy | None = None
    """EKS's access policy: everything, everything but the cluster itself, changing workloads, or reading."""
    namespaces: tuple[ObjectName, ...] = ()
    """Limits the policy to these namespaces."""
    groups: tuple[str, ...] = ()
    """Kubernetes groups the principal belongs to, for role bindings of your own."""

    def faults(self) -> Iterator[Fault]:
        if self.policy is None and not self.groups:
            yield Fault((), "neither policy nor groups is given: the principal could do nothing", "add policy: view")
        if self.namespaces and self.policy is None:
            yield Fault(("namespaces",), "namespaces limit a policy, and none is given", "add policy: view")
        for position, group in enumerate(self.groups):
            if group.startswith(("system:", "eks:")):
                yield Fault(("groups", position), f"EKS refuses groups that begin with {group.partition(':')[0]}:")
