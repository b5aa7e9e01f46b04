"""`components`: what runs in the cluster besides EKS's add-ons. A key that is there turns its component on."""

from typing import Annotated

from pydantic import Field

from eksgpu.catalog import component
from eksgpu.spec.base import SpecModel
from eksgpu.spec.names import ObjectName, matching

Release = Annotated[
    str,
    Field(json_schema_extra={"pattern": r"^\d+\.\d+\.\d+"}),
    matching(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", "it is no chart version", "write the version without v, as in 1.14.1"),
]


class Karpenter(SpecModel):
    """Karpenter, which makes nodes for pending pods."""

    version: Release = Field(default_factory=lambda: component.components()["karpenter"].version)
    """The chart's version."""
    namespace: ObjectName = "kube-system"
    """Where it runs."""
    service_account: ObjectName = "karpenter"
    """Its service account, bound to its IAM role."""
    replicas: Annotated[int, Field(ge=1)] = 2
    """Controllers, one of them active."""


class AwsLoadBalancerController(SpecModel):
    """The AWS Load Balancer Controller, which makes load balancers for Services and Ingresses."""

    version: Release = Field(default_factory=lambda: component.components()["awsLoadBalancerController"].version)
    """The chart's version."""
    namespace: ObjectName = "kube-system"
    """Where it runs."""
    service_account: ObjectName = "aws-load-balancer-controller"
    """Its service account, bound to its IAM role."""
    replicas: Annotated[int, Field(ge=1)] = 2
    """Controllers, one of them active."""


class MetricsServer(SpecModel):
    """metrics-server as an EKS add-on, for `kubectl top` and autoscaling on CPU and memory."""

    version: str | None = None
    """The add-on's version; unset is EKS's default for the cluster's version, chosen once."""


class Components(SpecModel):
    """What runs in the cluster. `karpenter: {}` turns a component on with its defaults."""

    karpenter: Karpenter | None = None
    """Nodes for pending pods, from `nodePools`."""
    aws_load_balancer_controller: AwsLoadBalancerController | None = None
    """Load balancers for Services and Ingresses."""
    metrics_server: MetricsServer | None = None
    """CPU and memory metrics of nodes and pods."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """The keys of the components that are turned on."""
        return tuple(
            field.alias or name for name, field in type(self).model_fields.items() if getattr(self, name) is not None
        )
