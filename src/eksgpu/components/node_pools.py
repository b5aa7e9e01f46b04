"""Karpenter's EC2NodeClass and NodePool as plain manifests, from plain inputs. Rows 000-12 to 000-15.

Refs stand where AWS's ids do (role, security groups). It must not know specs or facts: the blueprint says what is
wanted, in the types below. Source of every field: Karpenter v1.14.1, CRDs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eksgpu.catalog.instance import InstanceType
from eksgpu.engine.refs import Chosen, Ref

from .soci import MIN_THROUGHPUT, Tuning
from .user_data import al2023, bottlerocket

DISCOVERY_TAG = "karpenter.sh/discovery"
_CLASS_GROUP, _CLASS_KIND = "karpenter.k8s.aws", "EC2NodeClass"
_ALIASES = {"bottlerocket": "bottlerocket", "al2023": "al2023"}
# Where images and pods live. Bottlerocket's own volume is the first one. Source: Karpenter v1.14.1, amifamily.
_DATA_DEVICE = {"bottlerocket": "/dev/xvdb", "al2023": "/dev/xvda"}
_BOTTLEROCKET_ROOT_GIB = 4
_PULL_GIB, _SMALL_GIB = 200, 80


@dataclass(frozen=True, slots=True)
class Volume:
    """An encrypted EBS volume. Size in GiB, throughput in MiB/s."""

    gib: int
    type: str = "gp3"
    iops: int | None = None
    throughput: int | None = None


@dataclass(frozen=True)
class NodeClass:
    """An EC2NodeClass.

    release:         of the AMI alias: `v1.64.0`, `v20260714`, or `latest`; Chosen where the tool picked it.
    role:            the nodes' role by its name.
    security_groups: by id.
    discovery:       value of the discovery tag on the subnets: the cluster's name.
    subnets:         ids, in place of the tag.
    local_storage:   `raid0` (by Karpenter), `bootstrapCommands` (by Bottlerocket's user data) or `none`: never two.
    soci:            parallel pull's values; None for plain pulls.
    settings:        more of Bottlerocket's `settings`, or of a NodeConfig's `spec`.
    scripts:         shell programs of AL2023's user data, run before the kubelet starts.
    amis:            selector terms in place of the alias; then `os` is the family that user data is written for.
    reservations:    selector terms of capacity reservations.
    """

    name: str
    os: str
    release: str | Chosen
    role: str | Ref
    security_groups: tuple[str | Ref, ...]
    discovery: str
    volume: Volume
    subnets: tuple[str | Ref, ...] = ()
    local_storage: str = "raid0"
    soci: Tuning | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    scripts: tuple[str, ...] = ()
    amis: tuple[Mapping[str, Any], ...] = ()
    reservations: tuple[Mapping[str, Any], ...] = ()
    network_interfaces: tuple[Mapping[str, Any], ...] = ()
    placement_group: Mapping[str, str] | None = None
    public_address: bool | None = None
    detailed_monitoring: bool | None = None
    hop_limit: int = 1
    kubelet: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def manifest(self) -> dict[str, Any]:
        """As it is applied."""
        spec: dict[str, Any] = {
            "amiSelectorTerms": [dict(term) for term in self.amis] or [{"alias": self._alias()}],
            "role": self.role,
            "subnetSelectorTerms": self._subnet_terms(),
            "securityGroupSelectorTerms": [{"id": group} for group in self.security_groups],
            "blockDeviceMappings": list(self._devices()),
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpProtocolIPv6": "disabled",
                "httpPutResponseHopLimit": self.hop_limit,
                "httpTokens": "required",
            },
            "amiFamily": {"bottlerocket": "Bottlerocket", "al2023": "AL2023"}[self.os] if self.amis else None,
            "instanceStorePolicy": "RAID0" if self.local_storage == "raid0" else None,
            "capacityReservationSelectorTerms": [dict(term) for term in self.reservations],
            "networkInterfaces": [dict(interface) for interface in self.network_interfaces],
            "placementGroupSelector": self.placement_group and dict(self.placement_group),
            "associatePublicIPAddress": self.public_address,
            "detailedMonitoring": self.detailed_monitoring,
            "kubelet": dict(self.kubelet),
            "tags": dict(self.tags),
            "userData": self._user_data(),
        }
        return _object("karpenter.k8s.aws/v1", _CLASS_KIND, self.name, _filled(spec))

    def _alias(self) -> str | Chosen:
        family = _ALIASES[self.os]
        if isinstance(self.release, Chosen):
            return Chosen(f"{family}@{self.release.value}", quiet=self.release.quiet)
        return f"{family}@{self.release}"

    def _subnet_terms(self) -> list[dict[str, Any]]:
        if self.subnets:
            return [{"id": subnet} for subnet in self.subnets]
        return [{"tags": {DISCOVERY_TAG: self.discovery}}]

    def _devices(self) -> Iterator[dict[str, Any]]:
        if self.os == "bottlerocket":
            yield _device("/dev/xvda", Volume(_BOTTLEROCKET_ROOT_GIB))
        yield _device(_DATA_DEVICE[self.os], self.volume)

    def _user_data(self) -> str:
        if self.os == "bottlerocket":
            commands = self.local_storage == "bootstrapCommands"
            return bottlerocket(soci=self.soci, bind_storage=commands, settings=self.settings)
        return al2023(soci=self.soci, node_config=self.settings, scripts=self.scripts)


@dataclass(frozen=True)
class NodePool:
    """A NodePool.

    requirements: as Karpenter writes them; see `requirements`.
    taints:       with key, value and effect.
    limits:       resource → quantity; empty means unlimited.
    disruption:   as Karpenter writes it; `consolidateAfter` must be in it.
    replicas:     a static pool of so many nodes.
    """

    name: str
    node_class: str
    requirements: tuple[Mapping[str, Any], ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, str], ...] = ()
    startup_taints: tuple[Mapping[str, str], ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict)
    disruption: Mapping[str, Any] = field(default_factory=dict)
    weight: int | None = None
    expire_after: str | None = None
    termination_grace_period: str | None = None
    replicas: int | None = None

    @property
    def manifest(self) -> dict[str, Any]:
        """As it is applied."""
        node = {
            "nodeClassRef": {"group": _CLASS_GROUP, "kind": _CLASS_KIND, "name": self.node_class},
            "requirements": [dict(entry) for entry in self.requirements],
            "taints": [_filled(taint) for taint in self.taints],
            "startupTaints": [_filled(taint) for taint in self.startup_taints],
            "expireAfter": self.expire_after,
            "terminationGracePeriod": self.termination_grace_period,
        }
        metadata = _filled({"labels": dict(self.labels), "annotations": dict(self.annotations)})
        spec = {
            "template": {**({"metadata": metadata} if metadata else {}), "spec": _filled(node)},
            "disruption": dict(self.disruption),
            "limits": dict(self.limits),
            "weight": self.weight,
            "replicas": self.replicas,
        }
        return _object("karpenter.sh/v1", "NodePool", self.name, _filled(spec))


def default_volume(types: Iterable[InstanceType], *, local_storage: str, soci: bool) -> Volume:
    """The data volume when the user names none: fast enough for parallel pull where images live on it."""
    if local_storage != "none" and all(item.nvme_gb for item in types):
        return Volume(_SMALL_GIB)
    return Volume(_PULL_GIB, throughput=MIN_THROUGHPUT) if soci else Volume(_SMALL_GIB)


def _device(name: str, volume: Volume) -> dict[str, Any]:
    ebs = {
        "volumeSize": f"{volume.gib}Gi",
        "volumeType": volume.type,
        "iops": volume.iops,
        "throughput": volume.throughput,
        "encrypted": True,
        "deleteOnTermination": True,
    }
    return {"deviceName": name, "ebs": _filled(ebs)}


def _object(api_version: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing; false and 0 do say something."""
    return {name: value for name, value in fields.items() if value not in (None, "", {}, [])}
