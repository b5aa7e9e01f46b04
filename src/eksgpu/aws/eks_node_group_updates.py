"""How a live node group becomes the wanted one: one request for its settings, another for what its nodes run.

It builds requests and translates taints; it calls nothing.
"""

from typing import TYPE_CHECKING, Any

from eksgpu.engine.resource import Live

from .eks import given

if TYPE_CHECKING:
    from .eks_node_group import EksNodeGroup

# Kubernetes' word for a taint's effect: the one of EKS.
EFFECTS = {"NoSchedule": "NO_SCHEDULE", "NoExecute": "NO_EXECUTE", "PreferNoSchedule": "PREFER_NO_SCHEDULE"}
KUBERNETES_EFFECTS = {theirs: ours for ours, theirs in EFFECTS.items()}
SCALING = frozenset({"min", "max", "desired"})


def config_update(wanted: "EksNodeGroup", live: Live, changed: frozenset[str]) -> dict[str, Any]:
    """The settings to send in one UpdateNodegroupConfig; empty when none of them changed."""
    parts = {
        "scalingConfig": _scaling(wanted, live, changed) if changed & SCALING else None,
        "labels": _labels(wanted, live) if "labels" in changed else None,
        "taints": _taints(wanted, live) if "taints" in changed else None,
        "updateConfig": update_config(wanted.max_unavailable) if "max_unavailable" in changed else None,
        "nodeRepairConfig": {"enabled": wanted.node_repair} if "node_repair" in changed else None,
    }
    return given(parts)


def version_update(wanted: "EksNodeGroup", live: Live, changed: frozenset[str]) -> dict[str, Any]:
    """What UpdateNodegroupVersion must be told for the nodes to become what is wanted and nothing else.

    A version left out means the cluster's, and a release left out the newest, so both are said again when only the
    launch template changes. With an image of the template's own EKS accepts neither.
    """
    template = given({
        "id": live.fields["launch_template"],
        "version": version_text(wanted.launch_template_version or live.fields["launch_template_version"]),
    })  # fmt: skip
    arguments: dict[str, Any] = {"launchTemplate": template if live.fields["launch_template"] else None}
    if live.fields["ami_type"] != "CUSTOM":
        newer = changed & {"version", "release_version"}
        arguments["version"] = wanted.version if "version" in changed else live.fields["version"]
        arguments["releaseVersion"] = wanted.release_version if newer else live.fields["release_version"]
    return given(arguments)


def update_config(max_unavailable: int | str | None) -> dict[str, int] | None:
    """UpdateConfig of `2` nodes or a share such as `"33%"`; None for EKS's default."""
    if max_unavailable is None:
        return None
    text = str(max_unavailable)
    if text.endswith("%"):
        return {"maxUnavailablePercentage": int(text[:-1])}
    return {"maxUnavailable": int(text)}


def taint(text: str) -> dict[str, str]:
    """`key=value:NoSchedule` as EKS wants it."""
    body, _, effect = text.rpartition(":")
    key, _, value = body.partition("=")
    return {"key": key, "value": value, "effect": EFFECTS[effect]} if value else {"key": key, "effect": EFFECTS[effect]}


def taint_text(item: dict[str, str]) -> str:
    """The same read back."""
    value = f"={item['value']}" if item.get("value") else ""
    return f"{item['key']}{value}:{KUBERNETES_EFFECTS[item['effect']]}"


def version_text(version: Any) -> str | None:
    """A launch template's version as EKS spells it; None stays None."""
    return None if version is None else str(version)


def _scaling(wanted: "EksNodeGroup", live: Live, changed: frozenset[str]) -> dict[str, Any]:
    # The number of nodes is left to whoever scales the group, but must lie within the bounds.
    now: Any = wanted.desired if "desired" in changed else live.fields["desired"]
    return {"minSize": wanted.min, "maxSize": wanted.max, "desiredSize": min(max(now, wanted.min), wanted.max)}


def _labels(wanted: "EksNodeGroup", live: Live) -> dict[str, Any]:
    now = live.fields["labels"]
    removed = sorted(now.keys() - wanted.labels.keys())
    return given({"addOrUpdateLabels": dict(wanted.labels) or None, "removeLabels": removed or None})


def _taints(wanted: "EksNodeGroup", live: Live) -> dict[str, Any]:
    # A taint is told by key and effect; naming one in both lists is refused.
    kept = {(item["key"], item["effect"]) for item in map(taint, wanted.taints)}
    old = [item for item in map(taint, live.fields["taints"]) if (item["key"], item["effect"]) not in kept]
    new = [taint(text) for text in wanted.taints]
    return given({"addOrUpdateTaints": new or None, "removeTaints": old or None})
