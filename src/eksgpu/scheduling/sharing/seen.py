"""What the places that must agree really say, as whoever may look at a cluster or a graph has gathered it.

Plain manifests and values. What was not looked at is None and is judged by nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eksgpu.scheduling.taints import Taint


@dataclass(frozen=True, slots=True)
class Program:
    """A DaemonSet of a device plugin that would have a pod on the host's nodes.

    configured: does it read the configuration that the node's label selects?
    mig:        may it look at MIG instances?
    """

    configured: bool
    mig: bool


@dataclass(frozen=True)
class Seen:
    """What is there.

    configs:    the plugin's config map, each file parsed.
    plugins:    the device plugins that the host's nodes get.
    mps_daemon: do they get MPS's control daemon?
    labels:     what nodes have from their first moment: the NodePool's template or the node group's, and the kubelet's.
    settings:   Bottlerocket's `settings` in the user data of the nodes.
    cut:        does their user data hold the unit that cuts their GPUs as planned?
    overlays:   NodeOverlay manifests, all of the cluster's.
    gates:      feature gates of Karpenter that are on.
    tags:       of the node group.
    limits:     of the NodePool; most_gpus: what the spec limits it to, None for nothing.
    nodes:      node name → (instance type, allocatable).
    pods:       manifests of the pods that wait for one of the host's nodes.
    taints:     of the NodePool or the node group.
    """

    configs: Mapping[str, Any] | None = None
    plugins: Sequence[Program] | None = None
    mps_daemon: bool | None = None
    labels: Mapping[str, str] | None = None
    settings: Mapping[str, Any] | None = None
    cut: bool | None = None
    overlays: Sequence[Mapping[str, Any]] | None = None
    gates: frozenset[str] | None = None
    tags: Mapping[str, str] | None = None
    limits: Mapping[str, str] | None = None
    most_gpus: int | None = None
    nodes: Mapping[str, tuple[str, Mapping[str, str]]] | None = None
    pods: Sequence[Mapping[str, Any]] | None = None
    taints: Sequence[Taint] = ()
