"""What a node's user data makes of its GPUs before the kubelet starts: Bottlerocket's plugin settings, MIG's geometry.

It becomes annotations of the Node, from which the device plugin of the sandbox reads what on a real machine is there.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from typing import Any

SETTINGS = "sandbox.eksgpu.dev/device-plugin-settings"
GEOMETRY = "sandbox.eksgpu.dev/mig-instances"
_LAYOUTS = re.compile(r"^layouts=\((.*)\)$", re.MULTILINE)


def boot_annotations(os: str, user_data: str, gpus: int) -> dict[str, str]:
    """Annotations for a node with so many GPUs; none where user data says nothing of them."""
    if not gpus or not user_data:
        return {}
    if os == "bottlerocket":
        try:
            plugins = tomllib.loads(user_data).get("settings", {}).get("kubelet-device-plugins", {})
        except tomllib.TOMLDecodeError:  # somebody else's; a real node would not come up at all
            return {}
        return {SETTINGS: json.dumps(plugins["nvidia"], sort_keys=True)} if "nvidia" in plugins else {}
    cut = _cut(user_data, gpus)
    return {GEOMETRY: json.dumps(cut, sort_keys=True)} if cut else {}


def settings_of(node: Mapping[str, Any]) -> dict[str, Any]:
    """Bottlerocket's `kubelet-device-plugins.nvidia` on this node."""
    return _read(node, SETTINGS)


def instances_of(node: Mapping[str, Any]) -> dict[str, int]:
    """MIG profile → instances on this node; empty where its GPUs are whole."""
    return _read(node, GEOMETRY)


def _cut(user_data: str, gpus: int) -> dict[str, int]:
    found = _LAYOUTS.search(user_data)
    if found is None:
        return {}
    each = [entry.split(",") for entry in re.findall(r'"([^"]*)"', found[1])]
    counted = Counter(one.partition(":")[0] for gpu in range(gpus) for one in each[gpu % len(each)])
    return dict(counted)


def _read(node: Mapping[str, Any], name: str) -> dict[str, Any]:
    written = (node["metadata"].get("annotations") or {}).get(name)
    return dict(json.loads(written)) if written else {}
