"""The places that must agree for pods to share GPUs, gathered from what is wanted or from what lives.

Objects are plain manifests, whoever they come from. Whether they agree is for scheduling.sharing.agreement.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from eksgpu.aws.eks_node_group import EksNodeGroup
from eksgpu.aws.launch_template import LaunchTemplate
from eksgpu.components.nvidia_mps import NAME as MPS_DAEMON
from eksgpu.components.nvidia_plugin_pod import CONFIG_MAP
from eksgpu.engine.refs import resolve
from eksgpu.engine.resource import State
from eksgpu.kube.helm import HelmRelease
from eksgpu.kube.names import GroupKind
from eksgpu.kube.object import KubeObject
from eksgpu.kube.readiness import readiness
from eksgpu.scheduling.labels import INSTANCE_TYPE, NODE_POOL
from eksgpu.scheduling.sharing.agreement import Seen
from eksgpu.scheduling.sharing.wish import Kind
from eksgpu.spec.models import NodePool
from eksgpu.spec.shared import Shared

from .context import CheckContext, VerifyContext
from .live_cluster import GROUP, Objects, of_group

_KARPENTER = "karpenter"


@dataclass(frozen=True)
class Group:
    """A node group. `user_data`: of its launch template."""

    labels: Mapping[str, str]
    tags: Mapping[str, str]
    user_data: str


@dataclass(frozen=True)
class Places:
    """Objects by kind; `gates`: Karpenter's feature gates that are on, None where there is no Karpenter to ask."""

    node_pools: Objects = ()
    node_classes: Objects = ()
    overlays: Objects = ()
    config_maps: Objects = ()
    daemon_sets: Objects = ()
    gates: frozenset[str] | None = None
    groups: Mapping[str, Group] = field(default_factory=dict)
    nodes: Objects = ()

    def seen(self, one: Shared) -> Seen:
        """What the plan of this pool or group is held against. A pool or group that is not there is not judged."""
        plan, pool = one.plan, self._pool(one)
        group = self.groups.get(one.host.name) if one.host.kind is Kind.NODE_GROUP else None
        if pool is None and group is None:
            return Seen()
        if pool is not None:
            labels: Mapping[str, str] = (pool["spec"]["template"].get("metadata") or {}).get("labels") or {}
            user_data = self._class_user_data(pool)
        else:
            assert group is not None
            labels, user_data = group.labels, group.user_data
        return Seen(
            configs=dict(self._configs()) if plan.config_key is not None else None,
            mps_daemon=any(each["metadata"]["name"] == MPS_DAEMON for each in self.daemon_sets),
            labels=labels,
            settings=_settings(user_data) if plan.settings else None,
            overlays=self.overlays,
            gates=self.gates,
            tags=group.tags if group is not None else None,
            limits=(pool["spec"].get("limits") or {}) if pool is not None else None,
            nodes=dict(self._nodes(one)),
        )

    def _pool(self, one: Shared) -> Mapping[str, Any] | None:
        if not isinstance(one.owner, NodePool):
            return None
        return next((each for each in self.node_pools if each["metadata"]["name"] == one.host.name), None)

    def _class_user_data(self, pool: Mapping[str, Any]) -> str:
        name = pool["spec"]["template"]["spec"]["nodeClassRef"]["name"]
        found = (each["spec"].get("userData") for each in self.node_classes if each["metadata"]["name"] == name)
        return str(next(found, None) or "")

    def _configs(self) -> Iterator[tuple[str, Any]]:
        for config_map in self.config_maps:
            if config_map["metadata"]["name"] == CONFIG_MAP:
                for name, text in (config_map.get("data") or {}).items():
                    yield name, _parsed(text)

    def _nodes(self, one: Shared) -> Iterator[tuple[str, tuple[str, Mapping[str, str]]]]:
        for node in self.nodes:
            labels = node["metadata"].get("labels") or {}
            if one.host.kind is Kind.NODE_GROUP:
                ours = of_group(labels.get(GROUP, ""), one.host.name)
            else:
                ours = labels.get(NODE_POOL) == one.host.name
            if ours and readiness(GroupKind("Node"), node)[0] is State.READY:
                yield node["metadata"]["name"], (
                    labels.get(INSTANCE_TYPE, ""), node["status"].get("allocatable") or {},
                )  # fmt: skip


def wanted(context: CheckContext) -> Places:
    """As the graph has them, with what the user put on top of ours."""
    objects: dict[str, list[Mapping[str, Any]]] = {}
    gates, groups, templates = None, dict[str, EksNodeGroup](), dict[str, str]()
    for resource in context.graph:
        match resource:
            case KubeObject():
                manifest = resolve(resource.manifest, lambda ref: ref)
                objects.setdefault(resource.address.group_kind.kind, []).append(manifest)
            case HelmRelease() if resource.chart == _KARPENTER:
                switched = ((resource.values or {}).get("settings") or {}).get("featureGates") or {}
                gates = frozenset(name for name, on in switched.items() if on is True)
            case EksNodeGroup():
                groups[resource.name] = resource
            case LaunchTemplate():
                templates[resource.name] = str(resource.user_data)
    return Places(
        node_pools=tuple(objects.get("NodePool", ())),
        node_classes=tuple(objects.get("EC2NodeClass", ())),
        overlays=tuple(objects.get("NodeOverlay", ())),
        config_maps=tuple(objects.get("ConfigMap", ())),
        daemon_sets=tuple(objects.get("DaemonSet", ())),
        gates=gates,
        groups={name: Group(each.labels, each.tags, templates.get(name, "")) for name, each in groups.items()},
    )


def live(context: VerifyContext) -> Places:
    """As they are."""
    cluster = context.cluster
    templates = {each.name: str(each.fields["user_data"]) for each in context.lives if each.kind == LaunchTemplate.kind}
    return Places(
        node_pools=cluster.node_pools,
        node_classes=cluster.node_classes,
        overlays=cluster.node_overlays,
        config_maps=cluster.plugin_configs,
        daemon_sets=cluster.daemon_sets,
        gates=_gates(cluster.deployments),
        groups={
            each.name: Group(each.fields["labels"], each.fields["tags"], templates.get(each.name, ""))
            for each in context.lives
            if each.kind == EksNodeGroup.kind
        },
        nodes=cluster.nodes,
    )


def _gates(deployments: Iterable[Mapping[str, Any]]) -> frozenset[str] | None:
    """From the environment of Karpenter's controller: `NodeOverlay=true,SpotToSpotConsolidation=false`."""
    for found in deployments:
        if (found["metadata"].get("labels") or {}).get("app.kubernetes.io/name") != _KARPENTER:
            continue
        containers = found["spec"]["template"]["spec"].get("containers") or ()
        entries = (entry for container in containers for entry in container.get("env") or ())
        text = next((entry.get("value") or "" for entry in entries if entry["name"] == "FEATURE_GATES"), "")
        on = (pair.partition("=") for pair in text.split(","))
        return frozenset(f"{name[:1].lower()}{name[1:]}" for name, _, value in on if value.lower() == "true")
    return None


def _settings(user_data: str) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = tomllib.loads(user_data).get("settings", {})
    except tomllib.TOMLDecodeError:
        return {}
    return found


def _parsed(text: str) -> Any:
    try:
        return YAML(typ="safe").load(text)
    except YAMLError:
        return text
