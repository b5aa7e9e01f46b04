"""Whether an add-on is healthy: one that runs as a Deployment needs a Ready node that it selects and tolerates.

The status is worked out anew at each look, so CoreDNS turns ACTIVE by itself when nodes come and DEGRADED when the
last one goes. DaemonSets are healthy without nodes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from eksgpu.sandbox.eks import data, refusals
from eksgpu.sandbox.eks.nodes import Node, nodes
from eksgpu.sandbox.eks.state import Addon, Cluster, Eks, Fields

# What the add-ons' own manifests tolerate whatever the configuration says.
BUILT_IN = (
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
    {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
)


def health(state: Eks, cluster: Cluster, addon: Addon) -> tuple[str, list[Fields]]:
    """Status and issues now."""
    if addon.status != "ACTIVE" or _workload(addon) != "Deployment":
        return addon.status, list(addon.issues)
    options = options_of(addon.name, addon.fields.get("configurationValues"))
    if any(_fits(node, options) for node in nodes(state.world, state.region, cluster.name)):
        return "ACTIVE", []
    message = "The add-on is unhealthy because it doesn't have the desired number of replicas."
    return "DEGRADED", [{"code": "InsufficientNumberOfReplicas", "message": message, "resourceIds": []}]


def check_configuration(cluster: Cluster, name: str, text: str | None) -> None:
    """configurationValues must be JSON or YAML of an object."""
    if text and not isinstance(_parsed(text), dict):
        raise refusals.invalid(
            "ConfigurationValue provided in request is not supported: it is not a JSON or YAML object",
            clusterName=cluster.name, addonName=name,
        )  # fmt: skip


def tolerated(taint: Mapping[str, str], tolerations: Iterable[Mapping[str, Any]]) -> bool:
    """Kubernetes' rule: key, effect and, unless the operator is Exists, value."""
    for toleration in tolerations:
        if toleration.get("effect") not in (None, "", taint["effect"]):
            continue
        if not toleration.get("key"):
            if toleration.get("operator") == "Exists":
                return True
        elif toleration["key"] == taint["key"] and (
            toleration.get("operator") == "Exists" or toleration.get("value", "") == taint["value"]
        ):
            return True
    return False


def _fits(node: Node, options: Mapping[str, Any]) -> bool:
    tolerations = [*BUILT_IN, *options.get("tolerations", ())]
    blocking = (taint for taint in node.taints if taint["effect"] != "PreferNoSchedule")
    selected = all(node.labels.get(key) == value for key, value in options.get("nodeSelector", {}).items())
    return node.ready and selected and all(tolerated(taint, tolerations) for taint in blocking)


def options_of(name: str, configuration: str | None) -> Mapping[str, Any]:
    """The part of an add-on's configurationValues that holds nodeSelector, tolerations and replicaCount."""
    values = _parsed(configuration or "{}")
    place = data.table("addon_versions")["addons"][name].get("options")
    found = values.get(place, {}) if place else values
    return found if isinstance(found, dict) else {}


def _workload(addon: Addon) -> str:
    return str(data.table("addon_versions")["addons"][addon.name]["workload"])


def _parsed(text: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return None
