"""The places that must agree for pods to share GPUs, each with who judges it. What is not in this list nobody compares.

A judge says what is wrong and what it costs, once for every fault; nothing where all is well or was not looked at.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import autoscaler_places, node_places
from .plan import SharingPlan
from .seen import Seen
from .wish import Kind

Judge = Callable[[SharingPlan, Kind, Seen], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Place:
    """One place.

    name:  short and stable: findings end in it.
    title: what it is, for people.
    lives: only a running cluster has it; the others are in the graph too.
    """

    name: str
    title: str
    judge: Judge
    lives: bool = False


PLACES = (
    Place("config", "the device plugin's configuration", node_places.config),
    Place("plugin", "the device plugin's DaemonSet", node_places.plugin),
    Place("label", "the labels of the nodes", node_places.label),
    Place("settings", "Bottlerocket's settings", node_places.settings),
    Place("cut", "the unit in user data that makes MIG instances", node_places.cut),
    Place("mps", "the control daemon of MPS", node_places.mps),
    Place("overlay", "Karpenter's NodeOverlays", autoscaler_places.overlays),
    Place("gate", "Karpenter's feature gate", autoscaler_places.gate),
    Place("limit", "the limits of the NodePool", autoscaler_places.limit),
    Place("tag", "the node group's tags for the Cluster Autoscaler", autoscaler_places.tag),
    Place("node", "what the nodes show", node_places.node, lives=True),
    Place("pod", "what pods ask for and tolerate", node_places.pods, lives=True),
)
