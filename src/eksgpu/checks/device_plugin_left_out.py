"""What a device plugin that is not ours must be told, where the spec leaves ours out."""

import json
from collections.abc import Iterator

from eksgpu.scheduling.sharing.plugin import plugin_config
from eksgpu.scheduling.sharing.selection import SELECTOR, key
from eksgpu.spec.models import NodeGroup, NodePool
from eksgpu.spec.shared import needs_plugin, shared

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "device-plugin-left-out"


@check(ID, "a device plugin that is not ours is told what sharing needs")
def device_plugin_left_out(context: CheckContext) -> Iterator[Finding]:
    """Karpenter, the nodes' labels and the autoscaler's tags go by the number of slices, and the plugin must make as
    many. One that is not ours takes its configurations from a config map of its owner's, and our nodes select theirs
    by a label. Until it has them, nodes show no GPU, or whole ones.
    """
    body = context.spec.spec
    if body.components.nvidia_device_plugin is not False:
        return
    owners: tuple[NodePool | NodeGroup, ...] = (*body.node_pools, *body.node_groups)
    needing = [one for one in owners if needs_plugin(one)]
    shares = {one.owner.name: one for one in shared(body, context.facts.there)}
    for owner in needing:
        one = shares.get(owner.name)
        if one is None:
            where = f"spec.{'nodePools' if isinstance(owner, NodePool) else 'nodeGroups'}[{owner.name}]"
            message = "its nodes show no GPU until a device plugin of yours runs on them: ours is left out"
            yield Finding(ID, Severity.NOTE, where, message, "remove components.nvidiaDevicePlugin: false")
            continue
        name, config = key(one.plan.wish), json.dumps(plugin_config(one.plan.wish))
        message = (
            f"your device plugin must share: its nodes carry {SELECTOR}={name}, so its config map must have {name}. On "
            "an image of EKS the GPU Operator takes driver.enabled=false and toolkit.enabled=false"
        )
        fix = f"into the config map of config.name (chart) or devicePlugin.config.name (operator): {name}: {config}"
        yield Finding(ID, Severity.WARNING, one.where, message, fix)
