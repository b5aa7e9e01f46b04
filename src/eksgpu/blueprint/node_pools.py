"""The spec's pools as Karpenter's objects: an EC2NodeClass for each nodeClass, a NodePool for each pool.

Rows 000-12 to 000-15.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from eksgpu.components.node_pools import NodeClass, NodePool
from eksgpu.components.node_requirements import Wish, requirements
from eksgpu.components.site import CLUSTER, Site
from eksgpu.engine.refs import Chosen, Ref
from eksgpu.facts.model import Facts
from eksgpu.kube.object import KubeObject
from eksgpu.scheduling.sharing.plan import SharingPlan
from eksgpu.spec import models
from eksgpu.spec.node_classes import NodeClass as Wanted
from eksgpu.spec.node_classes import node_classes

from . import sharing
from .place import Place

_LATEST = "latest"  # Karpenter then replaces nodes with every new release


def node_pools(site: Site, spec: models.GpuCluster, facts: Facts, place: Place, karpenter: Ref) -> Iterator[KubeObject]:
    """Every class and every pool.

    karpenter: the release that makes them ready, and takes their nodes away before it goes itself.
    """
    plans = sharing.plans(spec.spec)
    for wanted in node_classes(spec.spec.node_pools):
        first = sharing.pool_plan(plans, wanted.first)
        node_class = KubeObject.of(
            _class_manifest(site, wanted, facts, place, first), cluster=CLUSTER, after=(karpenter,)
        )
        yield node_class
        for pool in wanted.pools:
            plan = sharing.pool_plan(plans, pool)
            overlays = tuple(sharing.overlays(plan, after=(karpenter,)))
            yield from overlays
            after = (Ref(node_class.identity), karpenter, *(Ref(one.identity) for one in overlays))
            yield KubeObject.of(_pool(pool, plan).manifest, cluster=CLUSTER, after=after)


def _class_manifest(site: Site, wanted: Wanted, facts: Facts, place: Place, plan: SharingPlan | None) -> dict[str, Any]:
    manifest = _node_class(site, wanted, facts, place, plan).manifest
    return {**manifest, "spec": {**manifest["spec"], **wanted.first.node_class_spec}}


def _node_class(site: Site, wanted: Wanted, facts: Facts, place: Place, plan: SharingPlan | None) -> NodeClass:
    """plan: of any of its pools; they agree on what is in user data."""
    first = wanted.first
    return NodeClass(
        name=wanted.name,
        os=first.os,
        release=_release(first, facts),
        role=place.pool_role,
        security_groups=place.pool_groups,
        discovery=site.cluster,
        subnets=place.pool_subnets,
        volume=wanted.volume,
        local_storage=first.local_storage,
        soci=wanted.tuning,
        settings=sharing.settings(plan, first.settings),
        scripts=sharing.scripts(plan),
        amis=first.ami.terms if first.ami else (),
        reservations=tuple(_plain(one) for one in first.reservations),
        network_interfaces=wanted.interfaces,
        placement_group=_plain(first.placement_group) if first.placement_group else None,
        public_address=first.public_address,
        detailed_monitoring=first.detailed_monitoring,
        hop_limit=first.metadata_hop_limit,
        kubelet=first.kubelet,
        tags={**site.tags, **first.tags},
    )


def _release(pool: models.NodePool, facts: Facts) -> str | Chosen:
    """What the spec names, else the newest there is, chosen once."""
    if pool.ami is not None and pool.ami.release:
        return pool.ami.release
    known = facts.amis.get(pool.os)
    return Chosen(known) if known else Chosen(_LATEST, quiet=True)


def _pool(pool: models.NodePool, plan: SharingPlan | None) -> NodePool:
    return NodePool(
        name=pool.name,
        node_class=pool.node_class,
        requirements=requirements(_wish(pool)),
        labels={**pool.labels, **sharing.labels(pool, plan)},
        annotations=pool.annotations,
        taints=tuple(_plain(taint) for taint in pool.taints),
        startup_taints=tuple(_plain(taint) for taint in pool.startup_taints),
        limits=sharing.limits(plan, {name: str(amount) for name, amount in pool.effective_limits.items()}),
        disruption=_disruption(pool.disruption),
        weight=pool.weight,
        expire_after=str(pool.expire_after) if pool.expire_after is not None else None,
        termination_grace_period=str(pool.termination_grace_period) if pool.termination_grace_period else None,
        replicas=pool.replicas,
    )


def _wish(pool: models.NodePool) -> Wish:
    exact = pool.vcpus if isinstance(pool.vcpus, tuple) else ()
    vcpus = pool.vcpus if isinstance(pool.vcpus, models.Range) else models.Range()
    generation, memory = pool.generation or models.Range(), pool.memory or models.MemoryRange()
    gpu = pool.gpu
    sized = gpu is not None and gpu.memory is not None
    return Wish(
        instance_types=pool.instance_types,
        families=pool.instance_families,
        categories=pool.instance_categories,
        arches=tuple(sorted({item.arch for item in pool.types})),
        zones=pool.zones,
        capacity=pool.capacity,
        generations=(generation.min, generation.max),
        vcpus=(vcpus.min, vcpus.max),
        exact_vcpus=exact,
        memory_bytes=(memory.min.count if memory.min else None, memory.max.count if memory.max else None),
        gpu_name=gpu.name if gpu else None,
        gpu_count=gpu.count if gpu else None,
        gpu_memory_mib=tuple(sorted({item.gpu_memory_mib for item in gpu.types})) if gpu and sized else (),
        verbatim=tuple(_plain(entry) for entry in pool.requirements),
    )


def _disruption(wanted: models.Disruption) -> dict[str, Any]:
    budgets = [_plain(budget) for budget in wanted.budgets]
    return {
        "consolidationPolicy": wanted.consolidation_policy,
        "consolidateAfter": str(wanted.consolidate_after),
        **({"budgets": budgets} if budgets else {}),
    }


def _plain(model: Any) -> dict[str, Any]:
    """A small model of the spec that is written as Karpenter writes it, without what says nothing."""
    fields: Mapping[str, Any] = model.model_dump(mode="json")
    return {_AWS_SPELLING.get(name, name): value for name, value in fields.items() if value not in (None, "", [], {})}


_AWS_SPELLING = {"ownerId": "ownerID"}
