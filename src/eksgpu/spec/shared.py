"""What the `sharing` stanzas of a cluster come to: one plan for each pool, group and set of existing nodes.

Whoever builds, checks or verifies takes the plans from here, so that all of them mean the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic.alias_generators import to_camel

from eksgpu.errors import PlanRefused
from eksgpu.scheduling.sharing.plan import SharingPlan, clash, plan_sharing
from eksgpu.scheduling.sharing.wish import Controller, Host, There
from eksgpu.spec.cluster import ClusterSpec
from eksgpu.spec.components import Components
from eksgpu.spec.existing import ExistingNodes
from eksgpu.spec.node_classes import node_classes
from eksgpu.spec.node_groups import NodeGroup
from eksgpu.spec.node_pools import NodePool
from eksgpu.spec.sharing import Sharing

Owner = NodePool | NodeGroup | ExistingNodes


@dataclass(frozen=True)
class Shared:
    """The plan of one pool, group or set of existing nodes. `where`: its path in the spec."""

    where: str
    owner: Owner
    host: Host
    plan: SharingPlan


def shared(body: ClusterSpec, there: There | None = None) -> tuple[Shared, ...]:
    """Every plan, pools first.

    there: what is known of a cluster that is not ours. Existing nodes have a plan only where they are known.

    Raises PlanRefused where Karpenter, the spec's or the one that is there, cannot take part.
    """
    found = tuple(_shared(body, there or There()))
    plans = {one.owner.name: one.plan for one in found if isinstance(one.owner, NodePool)}
    for node_class in node_classes(body.node_pools):
        refused = clash({pool.name: plans.get(pool.name) for pool in node_class.pools})
        if refused is not None:
            raise PlanRefused(refused.message, hint=refused.hint)
    return found


def needs_plugin(owner: NodePool | NodeGroup) -> bool:
    """Are its nodes Amazon Linux with NVIDIA's GPUs, all of them? Bottlerocket brings a plugin of its own."""
    return owner.os == "al2023" and bool(owner.types) and all(item.gpu_count for item in owner.types)


def _shared(body: ClusterSpec, there: There) -> Iterator[Shared]:
    karpenter = there.karpenter or _controller(body.components)
    ours = body.components.nvidia_device_plugin is not False
    for pool in body.node_pools:
        if pool.sharing is not None:
            host = pool.host(karpenter)
            yield Shared(f"spec.nodePools[{pool.name}]", pool, host, _plan(pool.sharing, host, ours=ours))
    for group in body.node_groups:
        if group.sharing is not None:
            where = f"spec.nodeGroups[{group.name}]"
            yield Shared(where, group, group.host, _plan(group.sharing, group.host, ours=ours))
    for nodes in body.existing_nodes:
        known = there.nodes.get(nodes.name)
        if known is not None:
            where = f"spec.existingNodes[{nodes.name}]"
            yield Shared(where, nodes, known, _plan(nodes.sharing, known, ours=True))


def _plan(sharing: Sharing, host: Host, *, ours: bool) -> SharingPlan:
    """ours: the device plugin is. Somebody else's is told its configuration by its owner, and nobody here judges it."""
    plan = plan_sharing(sharing.wish, host)
    return plan if ours else replace(plan, config_key=None, config=None, mps_daemon=False)


def _controller(components: Components) -> Controller:
    """Karpenter as the spec has it. A gate that it turns off in so many words is not ours to turn on."""
    options = components.karpenter
    if options is None:
        return Controller()
    gates = options.feature_gates
    off = frozenset(to_camel(name) for name in gates.model_fields_set if not getattr(gates, name))
    return Controller(options.version, off)
