"""What is in the cluster: charts, and Karpenter's objects, each after what it cannot do without on AWS's side."""

from collections.abc import Iterable, Iterator

from pydantic.alias_generators import to_camel

from eksgpu.components.aws_load_balancer_controller_chart import aws_load_balancer_controller_chart
from eksgpu.components.karpenter_chart import karpenter_chart, karpenter_release
from eksgpu.components.site import CLUSTER, Site
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Resource
from eksgpu.facts.model import Facts
from eksgpu.kube.object import KubeObject
from eksgpu.spec.models import ClusterSpec, GpuCluster, Karpenter

from . import sharing
from .node_pools import node_pools
from .place import Place

# EKS makes them with the cluster.
_THERE = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})


def kubernetes(site: Site, spec: GpuCluster, facts: Facts, place: Place, aws: Iterable[Resource]) -> Iterator[Resource]:
    """Everything in the cluster.

    aws: the other half, of which the cluster's people, networking and system nodes must be there first.
    """
    body, components = spec.spec, spec.spec.components
    people = tuple(Ref(one.identity) for one in aws if one.kind == "access_entry" and one.name != "karpenter-node")
    ground = tuple(_ground(body))
    yield from _namespaces(body, people)
    yield from sharing.programs(body, people, facts.cluster)
    if components.karpenter is not None:
        options = components.karpenter
        yield from karpenter_chart(
            site,
            version=options.version,
            namespace=options.namespace,
            service_account=options.service_account,
            replicas=options.replicas,
            feature_gates=_feature_gates(options, body),
            values=options.values,
            people=(*people, *_namespace(options.namespace)),
            after=ground,
        )
        yield from node_pools(site, spec, facts, place, karpenter_release(options.namespace))
    elif body.node_pools:  # by the Karpenter that a cluster has which is there already
        yield from node_pools(site, spec, facts, place, karpenter_release("karpenter"))
    if components.aws_load_balancer_controller is not None:
        controller = components.aws_load_balancer_controller
        yield aws_load_balancer_controller_chart(
            site,
            version=controller.version,
            namespace=controller.namespace,
            service_account=controller.service_account,
            replicas=controller.replicas,
            values=controller.values,
            after=(*people, *_namespace(controller.namespace), *ground, Ref("eks_addon/coredns")),
        )


def _ground(body: ClusterSpec) -> Iterator[Ref]:
    """What every controller stands on: credentials for its pods, and nodes that are its own."""
    yield Ref("eks_addon/eks-pod-identity-agent")
    yield from (Ref(f"eks_node_group/{group.name}") for group in body.node_groups if group.system)


def _feature_gates(options: Karpenter, body: ClusterSpec) -> dict[str, bool]:
    """As the spec has them, and what its pools need besides."""
    gates: dict[str, bool] = {to_camel(name): on for name, on in options.feature_gates}
    return gates | dict.fromkeys(needed_gates(body), True)


def needed_gates(body: ClusterSpec) -> dict[str, str]:
    """Feature gate of Karpenter → the first pool that cannot do without it, and why."""
    needed: dict[str, str] = {}
    for pool in body.node_pools:
        if pool.replicas is not None:
            needed.setdefault("staticCapacity", f"nodePools[{pool.name}] has a fixed number of nodes (replicas)")
        if pool.reservations:
            needed.setdefault("reservedCapacity", f"nodePools[{pool.name}] uses reservations")
    for where, plan in sharing.plans(body).items():
        if plan.gate is not None:
            needed.setdefault(plan.gate, f"{where.removeprefix('spec.')} shares GPUs")
    return needed


def _namespaces(body: ClusterSpec, after: tuple[Ref, ...]) -> Iterator[KubeObject]:
    chosen = (body.components.karpenter, body.components.aws_load_balancer_controller)
    for name in dict.fromkeys(options.namespace for options in chosen if options is not None):
        if name not in _THERE:
            yield KubeObject.of(_namespace_manifest(name), cluster=CLUSTER, after=after)


def _namespace(name: str) -> tuple[Ref, ...]:
    return () if name in _THERE else (KubeObject.ref(_namespace_manifest(name)),)


def _namespace_manifest(name: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
