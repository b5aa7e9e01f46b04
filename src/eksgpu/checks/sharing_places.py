"""The places that must agree for pods to share GPUs, gathered from what is wanted or from what lives.

Objects are plain manifests, whoever they come from. Whether they agree is for scheduling.sharing.agreement.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from eksgpu.aws.eks_node_group import EksNodeGroup
from eksgpu.aws.launch_template import LaunchTemplate
from eksgpu.components.nvidia_mps import NAME as MPS_DAEMON
from eksgpu.components.nvidia_plugin_pod import CONFIG_MAP, NAMESPACE
from eksgpu.engine.refs import resolve
from eksgpu.engine.resource import State
from eksgpu.kube.helm import HelmRelease
from eksgpu.kube.names import GroupKind
from eksgpu.kube.object import KubeObject
from eksgpu.kube.readiness import condition, readiness
from eksgpu.scheduling.labels import INSTANCE_TYPE, NODE_POOL, WELL_KNOWN
from eksgpu.scheduling.pod import pod
from eksgpu.scheduling.resources import NVIDIA_GPU
from eksgpu.scheduling.sharing.seen import Seen
from eksgpu.scheduling.sharing.wish import Kind
from eksgpu.scheduling.taints import Taint
from eksgpu.spec.models import NodePool
from eksgpu.spec.shared import Shared

from .context import CheckContext, VerifyContext
from .device_plugins import is_device_plugin, program
from .live_cluster import GROUP, Object, Objects, of_group
from .node_user_data import cuts, kubelet_labels, settings

_KARPENTER = "karpenter"
_GIVEN = WELL_KNOWN | {GROUP}  # labels that nobody needs to write


@dataclass(frozen=True)
class Template:
    """What nodes are made from: a NodePool with its class, or a node group with its launch template."""

    labels: dict[str, str]
    taints: tuple[Taint, ...]
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
    groups: Mapping[str, Template] = field(default_factory=dict)
    nodes: Objects = ()
    pods: Objects = ()

    def seen(self, one: Shared) -> Seen:
        """What the plan of this pool or group is held against. A pool or group that is not there is not judged."""
        plan, pool = one.plan, self._pool(one)
        group = self.groups.get(one.host.name) if one.host.kind is Kind.NODE_GROUP else None
        if pool is None and group is None:
            return Seen()
        template = group if group is not None else self._template(pool or {})
        labels = template.labels | kubelet_labels(template.user_data)
        programs = [each for each in self.daemon_sets if _lands(each, labels, template.taints)]
        return Seen(
            configs=plugin_configs(self.config_maps) if plan.config_key is not None else None,
            plugins=[program(each) for each in programs if is_device_plugin(each)],
            mps_daemon=any(each["metadata"]["name"] == MPS_DAEMON for each in programs),
            labels=labels,
            settings=settings(template.user_data) if plan.settings else None,
            cut=cuts(template.user_data, plan.cut) if plan.cut is not None else None,
            overlays=self.overlays,
            gates=self.gates,
            tags=group.tags if group is not None else None,
            limits=(pool["spec"].get("limits") or {}) if pool is not None else None,
            most_gpus=_most_gpus(one.owner) if pool is not None else None,
            nodes=dict(self._nodes(one)),
            pods=[each for each in self.pods if _waits_for(each, one)],
            taints=template.taints,
        )

    def _pool(self, one: Shared) -> Mapping[str, Any] | None:
        if not isinstance(one.owner, NodePool):
            return None
        return next((each for each in self.node_pools if each["metadata"]["name"] == one.host.name), None)

    def _template(self, pool: Object) -> Template:
        metadata, spec = pool["spec"]["template"].get("metadata") or {}, pool["spec"]["template"]["spec"]
        name = spec["nodeClassRef"]["name"]
        found = (each["spec"].get("userData") for each in self.node_classes if each["metadata"]["name"] == name)
        taints = tuple(Taint.parse(taint) for taint in spec.get("taints") or ())
        return Template(metadata.get("labels") or {}, taints, {}, str(next(found, None) or ""))

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


def plugin_configs(config_maps: Objects) -> dict[str, Any]:
    """The configurations of our device plugin among these config maps, parsed where they can be."""
    found: dict[str, Any] = {}
    for config_map in config_maps:
        metadata = config_map["metadata"]
        if (metadata["namespace"], metadata["name"]) == (NAMESPACE, CONFIG_MAP):
            found |= {name: _parsed(text) for name, text in (config_map.get("data") or {}).items()}
    return found


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
        groups={name: _group(vars(each), templates.get(name, "")) for name, each in groups.items()},
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
            each.name: _group(each.fields, templates.get(each.name, ""))
            for each in context.lives
            if each.kind == EksNodeGroup.kind
        },
        nodes=cluster.nodes,
        pods=cluster.pods,
    )


def _group(fields: Mapping[str, Any], user_data: str) -> Template:
    """Of a node group, wanted or live: both speak one vocabulary."""
    taints = tuple(Taint.parse(taint) for taint in fields["taints"] or ())
    return Template(dict(fields["labels"]), taints, fields["tags"], user_data)


def _lands(daemon_set: Object, labels: Mapping[str, str], taints: Iterable[Taint]) -> bool:
    """Would it have a pod on nodes with these labels and taints?"""
    return pod(daemon_set["spec"]["template"]).fits(labels, taints, _GIVEN)


def _waits_for(one: Object, host: Shared) -> bool:
    """Is it a pod that finds no node, and was meant for one of these: by its selector, or by what it asks for?"""
    if condition(one, "PodScheduled").get("reason") != "Unschedulable" or one["metadata"].get("deletionTimestamp"):
        return False
    selector = one["spec"].get("nodeSelector") or {}
    if host.host.kind is Kind.NODE_GROUP and of_group(selector.get(GROUP, ""), host.host.name):
        return True
    if host.host.kind is not Kind.NODE_GROUP and selector.get(NODE_POOL) == host.host.name:
        return True
    return any(name in pod(one).requests for name in host.plan.resources if name != NVIDIA_GPU)


def _most_gpus(owner: object) -> int | None:
    limit = owner.effective_limits.get(NVIDIA_GPU) if isinstance(owner, NodePool) else None
    return None if limit is None else int(limit.number)


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


def _parsed(text: str) -> Any:
    try:
        return YAML(typ="safe").load(text)
    except YAMLError:
        return text
