"""The control plane: cluster, key, log group and add-ons. Rows 000-07 and 000-09."""

from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.aws.eks_addon import EksAddon
from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.aws.kms_alias import KmsAlias
from eksgpu.aws.kms_key import KmsKey
from eksgpu.aws.log_group import CONTROL_PLANE, LogGroup, control_plane_group
from eksgpu.components.site import CLUSTER, TOLERATES_SYSTEM, Site
from eksgpu.engine.refs import Chosen, Ref
from eksgpu.engine.resource import Resource
from eksgpu.facts.model import Facts
from eksgpu.spec.models import AddonOptions, ClusterSpec, GpuCluster

from .identity import CLUSTER_ROLE
from .place import Place

# Deployments: they need a node that they tolerate, so they come after the system group; the others before any node.
NEED_NODES = frozenset({"coredns", "metrics-server", "aws-ebs-csi-driver", "aws-efs-csi-driver", "aws-fsx-csi-driver"})
TOLERATIONS_AT = {  # where each add-on's own settings take tolerations
    "coredns": ("tolerations",),
    "metrics-server": ("tolerations",),
    "aws-ebs-csi-driver": ("controller", "tolerations"),
    "aws-efs-csi-driver": ("controller", "tolerations"),
    "aws-fsx-csi-driver": ("controller", "tolerations"),
}
CORE_DNS_OWN = ({"key": "CriticalAddonsOnly", "operator": "Exists"},
                {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"})  # fmt: skip


def encryption_key(spec: ClusterSpec) -> Ref | str | None:
    """The ARN of what encrypts secrets: our key, the one given, or None."""
    given = spec.secrets_encryption.kms_key
    return {"create": Ref("kms_key/secrets", "arn"), "none": None}.get(given, given)


def control_plane(site: Site, spec: GpuCluster, facts: Facts, place: Place) -> Iterator[Resource]:
    """The cluster and what it needs beside network and roles."""
    wanted = spec.spec
    if wanted.secrets_encryption.kms_key == "create":
        yield KmsKey(
            "secrets",
            description=f"Secrets of EKS cluster {site.cluster}",
            rotation=True,
            deletion_days=wanted.secrets_encryption.deletion_window_days,
            tags=site.tags,
        )
        yield KmsAlias("secrets", key=Ref("kms_key/secrets"))
    if wanted.logging.types:
        yield LogGroup(
            CONTROL_PLANE,
            group=control_plane_group(site.cluster),
            retention=wanted.logging.retention_days,
            tags=site.tags,
        )
    yield _cluster(site, wanted, facts, place)


def _cluster(site: Site, spec: ClusterSpec, facts: Facts, place: Place) -> EksCluster:
    endpoint, scheduler = spec.endpoint_access, spec.control_plane.scheduler
    key = encryption_key(spec)
    return EksCluster(
        "main",
        version=spec.version or Chosen(facts.next),
        role=CLUSTER_ROLE,
        # EKS keeps the zones that a cluster was made in for life: a zone that is added later gets nodes only.
        subnets=Chosen(place.control_plane, quiet=True),
        security_groups=(Ref("security_group/cluster"),),
        endpoint_public=endpoint.public,
        endpoint_private=endpoint.private,
        public_cidrs=tuple(str(cidr) for cidr in endpoint.public_cidrs) if endpoint.public else None,
        log_types=tuple(spec.logging.types),
        encryption_key=key if key is not None else "",
        authentication_mode=spec.authentication_mode,
        service_cidr=str(spec.network.service_cidr) if spec.network.service_cidr else None,
        deletion_protection=spec.deletion_protection,
        tier=spec.control_plane.tier,
        scheduler={"type": scheduler.packing, "resources": dict(scheduler.weights)} if scheduler.packing else None,
        support_type=spec.support_type.upper(),
        # Else EKS makes the log group itself, without retention and without our mark.
        after=(Ref(f"log_group/{CONTROL_PLANE}"),) if spec.logging.types else (),
        tags=site.tags,
    )


def addons(site: Site, spec: GpuCluster, facts: Facts, *, upgrading: bool) -> Iterator[Resource]:
    """Every add-on, in the order that lets nodes become Ready: networking before them, Deployments after them.

    upgrading: to another Kubernetes version: then all go before the nodes, to versions chosen for the new one.
    """
    system = tuple(
        Ref(f"eks_node_group/{group.name}") for group in spec.spec.node_groups if group.system or not group.taints
    )
    wanted = dict(spec.spec.addons.by_name)
    if spec.spec.components.metrics_server is not None:
        wanted.setdefault("metrics-server", AddonOptions(version=spec.spec.components.metrics_server.version))
    for name, options in wanted.items():
        later = name in NEED_NODES and not upgrading
        yield EksAddon(
            name,
            cluster=CLUSTER,
            version=options.version or _chosen_version(name, facts),
            compatible=() if options.version else _compatible(name, facts, upgrading=upgrading),
            configuration=_configuration(name, options.configuration) or None,
            after=system if later else (),
            tags=site.tags,
        )


def before_nodes(spec: GpuCluster, *, upgrading: bool) -> tuple[Ref, ...]:
    """The add-ons that node groups wait for."""
    names = spec.spec.addons.by_name
    return tuple(Ref(f"eks_addon/{name}") for name in names if upgrading or name not in NEED_NODES)


def _chosen_version(name: str, facts: Facts) -> Chosen | None:
    return Chosen(facts.addons[name].default) if name in facts.addons else None


def _compatible(name: str, facts: Facts, *, upgrading: bool) -> tuple[str, ...]:
    """Versions that may stay. An upgrade of Kubernetes leaves none behind that is older than the new one's default."""
    if name not in facts.addons:
        return ()
    known = facts.addons[name]
    return known.versions[: known.versions.index(known.default) + 1] if upgrading else known.versions


def _configuration(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The add-on's settings, with the tolerations it needs to run on the system nodes; the user's own win."""
    settings: dict[str, Any] = dict(given)
    path = TOLERATIONS_AT.get(name)
    if path is None:
        return settings
    place = settings
    for word in path[:-1]:
        place[word] = dict(place.get(word, {}))
        place = place[word]
    own = list(CORE_DNS_OWN) if name == "coredns" else []
    place.setdefault(path[-1], [*own, TOLERATES_SYSTEM])
    return settings
