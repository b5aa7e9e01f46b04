"""Every model of the spec, under one name: import the tree from here."""

from eksgpu.spec.access import AccessEntry
from eksgpu.spec.addons import AddonOptions, Addons
from eksgpu.spec.cluster import ClusterSpec, GpuCluster
from eksgpu.spec.components import (
    AwsLoadBalancerController,
    Components,
    DcgmExporter,
    Karpenter,
    MetricsServer,
    NvidiaDevicePlugin,
)
from eksgpu.spec.control_plane import ControlPlane, EndpointAccess, Logging, Scheduler, SecretsEncryption
from eksgpu.spec.disk import Disk
from eksgpu.spec.disruption import Budget, Disruption
from eksgpu.spec.existing import ExistingCluster, ExistingNodes
from eksgpu.spec.metadata import Metadata
from eksgpu.spec.names import Taint
from eksgpu.spec.network import ExistingVpc, Network, VpcEndpoints
from eksgpu.spec.node_groups import NodeGroup
from eksgpu.spec.node_pools import NodePool
from eksgpu.spec.ranges import MemoryRange, Range
from eksgpu.spec.requirement import Requirement
from eksgpu.spec.reservation import Reservation
from eksgpu.spec.selection import Gpu, Selection
from eksgpu.spec.sharing import Sharing

__all__ = [
    "AccessEntry",
    "AddonOptions",
    "Addons",
    "AwsLoadBalancerController",
    "Budget",
    "ClusterSpec",
    "Components",
    "ControlPlane",
    "DcgmExporter",
    "Disk",
    "Disruption",
    "EndpointAccess",
    "ExistingCluster",
    "ExistingNodes",
    "ExistingVpc",
    "Gpu",
    "GpuCluster",
    "Karpenter",
    "Logging",
    "MemoryRange",
    "Metadata",
    "MetricsServer",
    "Network",
    "NodeGroup",
    "NodePool",
    "NvidiaDevicePlugin",
    "Range",
    "Requirement",
    "Reservation",
    "Scheduler",
    "SecretsEncryption",
    "Selection",
    "Sharing",
    "Taint",
    "VpcEndpoints",
]
