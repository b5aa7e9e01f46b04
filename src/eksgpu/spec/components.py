"""`components`: what runs in the cluster besides EKS's add-ons. A key that is there turns its component on."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, Tag

from eksgpu.catalog import component
from eksgpu.catalog.image import images
from eksgpu.spec.base import SpecModel
from eksgpu.spec.names import ObjectName, matching
from eksgpu.spec.shapes import MAPPING, SWITCH, by_shape

Release = Annotated[
    str,
    Field(json_schema_extra={"pattern": r"^\d+\.\d+\.\d+"}),
    matching(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", "it is no chart version", "write the version without v, as in 1.14.1"),
]


class FeatureGates(SpecModel):
    """Karpenter's features that are not for everybody yet."""

    node_repair: bool = False
    """Replace nodes that report themselves broken."""
    node_overlay: bool = False
    """NodeOverlay objects, which correct price and capacity of instance types."""
    reserved_capacity: bool = True
    """Capacity reservations and capacity blocks."""
    spot_to_spot_consolidation: bool = False
    """Replace Spot nodes by cheaper Spot nodes."""
    static_capacity: bool = False
    """Pools with `replicas`; on by itself where a pool has them."""
    capacity_buffer: bool = False
    """CapacityBuffer objects, which keep room free."""


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
    feature_gates: FeatureGates = Field(default_factory=FeatureGates)
    """Features that are off, or could be."""
    values: Mapping[str, Any] = Field(default_factory=dict)
    """More values of the chart; they win over ours."""


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
    values: Mapping[str, Any] = Field(default_factory=dict)
    """More values of the chart; they win over ours."""


class MetricsServer(SpecModel):
    """metrics-server as an EKS add-on, for `kubectl top` and autoscaling on CPU and memory."""

    version: str | None = None
    """The add-on's version; unset is EKS's default for the cluster's version, chosen once."""


class NvidiaDevicePlugin(SpecModel):
    """NVIDIA's device plugin, which advertises the GPUs of Amazon Linux nodes."""

    version: Release = Field(default_factory=lambda: images()["nvidiaDevicePlugin"].version)
    """The plugin's release, without v."""


class DcgmExporter(SpecModel):
    """DCGM exporter: utilisation, memory, temperature and errors of every GPU, for Prometheus."""

    version: Release = Field(default_factory=lambda: images()["dcgmExporter"].version)
    """Its release, DCGM's and the exporter's own: 4.6.1-4.8.4."""


class Components(SpecModel):
    """What runs in the cluster. `karpenter: {}` turns a component on with its defaults."""

    karpenter: Karpenter | None = None
    """Nodes for pending pods, from `nodePools`."""
    aws_load_balancer_controller: AwsLoadBalancerController | None = None
    """Load balancers for Services and Ingresses."""
    metrics_server: MetricsServer | None = None
    """CPU and memory metrics of nodes and pods."""
    nvidia_device_plugin: (
        Annotated[
            Annotated[Literal[False], Tag(SWITCH)] | Annotated[NvidiaDevicePlugin, Tag(MAPPING)],
            by_shape("false, or a mapping such as {version: 0.20.0}"),
        ]
        | None
    ) = None
    """Advertises GPUs; there by itself wherever a pool or group has Amazon Linux nodes with GPUs. false leaves it out:
    for a cluster whose GPUs the GPU Operator or a plugin of your own advertises."""
    dcgm_exporter: DcgmExporter | None = None
    """Metrics of every GPU."""

    @property
    def chosen(self) -> tuple[str, ...]:
        """The keys of the components that are turned on."""
        return tuple(
            field.alias or name
            for name, field in type(self).model_fields.items()
            if getattr(self, name) not in (None, False)
        )
