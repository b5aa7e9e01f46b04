"""Where nodes stand: in a VPC of ours, in one that is there already, or beside the nodes of a cluster not ours."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from eksgpu.components.karpenter import NODE_ROLE_NAME
from eksgpu.engine.refs import Ref
from eksgpu.facts.found import FoundNetwork
from eksgpu.facts.model import Zone
from eksgpu.spec.models import Network

from .network import private_routes, subnet

CLUSTER_GROUP = Ref("eks_cluster/main", "cluster_security_group")
OURS = (Ref("security_group/node"), CLUSTER_GROUP)


@dataclass(frozen=True)
class Place:
    """What whoever makes nodes must know of network and cluster.

    subnets:         zone → the subnets for nodes in it.
    control_plane:   subnets for the control plane; empty where it is there already.
    pool_subnets:    what Karpenter selects by id; empty where it goes by the discovery tag of our own subnets.
    security_groups: of nodes in node groups; `pool_groups` of Karpenter's.
    pool_role:       the role of Karpenter's nodes, by name.
    way_out:         what must be there before a node can reach anything.
    """

    subnets: Mapping[str, tuple[str | Ref, ...]]
    control_plane: tuple[str | Ref, ...] = ()
    pool_subnets: tuple[str, ...] = ()
    security_groups: tuple[str | Ref, ...] = OURS
    pool_groups: tuple[str | Ref, ...] = OURS
    pool_role: str | Ref = NODE_ROLE_NAME
    way_out: tuple[Ref, ...] = ()

    def subnets_in(self, zones: Collection[str]) -> tuple[str | Ref, ...]:
        """The subnets for nodes in these zones; in all when none is named."""
        chosen = (found for zone, found in self.subnets.items() if not zones or zone in zones)
        return tuple(one for found in chosen for one in found)


def own_vpc(network: Network, zones: Sequence[Zone]) -> Place:
    """In a VPC that the same graph makes."""
    return Place(
        subnets={zone.name: (subnet("private", zone),) for zone in zones},
        control_plane=tuple(subnet("intra", zone) for zone in zones if zone.control_plane),
        way_out=private_routes(zones, network.nat_gateways),
    )


def found_vpc(network: FoundNetwork, zones: Sequence[Zone]) -> Place:
    """In a VPC that is there already: everything by id, since it carries no tag of ours."""
    able = {zone.name for zone in zones if zone.control_plane}
    return Place(
        subnets=by_zone(network),
        control_plane=tuple(one.id for one in network.subnets if one.zone in able),
        pool_subnets=tuple(one.id for one in network.subnets),
    )


def by_zone(network: FoundNetwork) -> dict[str, tuple[str | Ref, ...]]:
    """Zone → its subnets by id."""
    return {zone: tuple(one.id for one in network.subnets if one.zone == zone) for zone in network.zones}
