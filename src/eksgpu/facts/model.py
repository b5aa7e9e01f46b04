"""Facts and the question that leads to them. Pure data: a snapshot can be saved, loaded, and made by hand in a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from eksgpu.scheduling.sharing.wish import There

from .found import FoundCluster, FoundNetwork


@dataclass(frozen=True)
class Ask:
    """What to find out, derived from the spec alone, so that probing can start before anything else is known.

    version:        the Kubernetes version the spec names, or None: what lives, else the newest that `newest_allowed`
                    admits.
    upgrade:        without a version in the spec, towards the newest rather than what lives.
    systems:        operating systems whose newest image release is needed.
    vpc:            id of the VPC to use, or `default`; None for one of ours. `subnets`: those of it to use.
    existing:       whether `cluster` is there already and not ours: then it is looked into.
    node_roles:     of such a cluster: names of roles that the spec wants for Karpenter's nodes.
    existing_nodes: of such a cluster: the spec's name for a set of nodes → the labels by which they are found.
    addons:         EKS add-on names whose versions are needed.
    instance_types: types whose offerings by zone are needed.
    priced:         types whose price in the region is needed, one call each; the catalogue's price serves for the rest.
    spot:           whether anything wants Spot capacity (then the service-linked role matters).
    actions:        IAM actions the caller will need, to be simulated.
    principals:     ARNs of assumed roles in the spec's access, whose roles are to be found (the caller's always is).
    """

    cluster: str
    version: str | None
    newest_allowed: str
    addons: tuple[str, ...]
    instance_types: tuple[str, ...] = ()
    priced: tuple[str, ...] = ()
    spot: bool = False
    actions: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    upgrade: bool = False
    systems: tuple[str, ...] = ()
    vpc: str | None = None
    subnets: tuple[str, ...] = ()
    existing: bool = False
    node_roles: tuple[str, ...] = ()
    existing_nodes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Zone:
    """An availability zone: name as this account sees it (`us-west-2a`) and the physical id (`usw2-az1`).

    control_plane: whether EKS can place control-plane interfaces in it.
    """

    name: str
    id: str
    control_plane: bool = True

    @property
    def letter(self) -> str:
        """The zone's letter, which is its place in the CIDR plan for life: a = 0 … h = 7."""
        return self.name[-1]


@dataclass(frozen=True)
class ClusterVersion:
    """A Kubernetes version as EKS offers it today. `support` is `standard`, `extended` or `unsupported`."""

    version: str
    support: str
    default: bool
    standard_ends: date | None
    extended_ends: date | None


@dataclass(frozen=True)
class AddonVersions:
    """Versions of one add-on that suit the cluster's version, newest first, and the one EKS would take."""

    versions: tuple[str, ...]
    default: str


@dataclass(frozen=True)
class Facts:
    """A snapshot. Prices are USD per hour for Linux on demand in this region; missing where AWS named none.

    version:      the Kubernetes version of this run, which add-on versions were resolved for: what the spec says, else
                  what lives, else `newest`; with an upgrade asked for, `next`.
    newest:       the newest version that EKS supports without extra price and that every chosen component works on.
    next:         the next version on the way from what lives to `newest`: EKS takes one minor version at a time.
    live_version: the version of the cluster that lives already, None when there is none.
    live_ours:    whether that cluster carries our mark.
    offerings:    instance type → zones that offer it.
    quotas:       quota code → value of this account.
    principals:   ARN of an assumed role → ARN of its role, path included.
    amis:         operating system (`bottlerocket`, `al2023`) → newest release of its image, as Karpenter writes it.
    releases:     the same releases as a node group takes them.
    network:      the VPC that is there already, where the spec names one.
    cluster:      the cluster that is there already, where the spec names one.
    denied:       actions of the question that the caller may not do, by simulation; empty when that was not possible.
    """

    region: str
    partition: str
    zones: tuple[Zone, ...]
    cluster_versions: tuple[ClusterVersion, ...]
    version: str
    newest: str = ""
    next: str = ""
    live_version: str | None = None
    live_ours: bool = False
    addons: Mapping[str, AddonVersions] = field(default_factory=dict)
    offerings: Mapping[str, frozenset[str]] = field(default_factory=dict)
    prices: Mapping[str, float] = field(default_factory=dict)
    quotas: Mapping[str, float] = field(default_factory=dict)
    denied: tuple[str, ...] = ()
    principals: Mapping[str, str] = field(default_factory=dict)
    amis: Mapping[str, str] = field(default_factory=dict)
    releases: Mapping[str, str] = field(default_factory=dict)
    network: FoundNetwork | None = None
    cluster: FoundCluster | None = None
    notes: tuple[str, ...] = ()

    @property
    def there(self) -> There:
        """What the plans for sharing must know of a cluster that is there already."""
        return self.cluster.there if self.cluster is not None else There()

    def cluster_version(self, version: str) -> ClusterVersion | None:
        """What EKS says about a version; None when it does not offer it."""
        return next((found for found in self.cluster_versions if found.version == version), None)
