"""What user data tells a node about its GPUs: Bottlerocket's settings, the kubelet's labels, the unit that cuts GPUs.

Text that is not what it should be tells nothing. It must not know what is wanted of it.
"""

import re
import tomllib
from collections.abc import Mapping
from email import message_from_string
from typing import Any

from eksgpu.components.mig_geometry import mig_script
from eksgpu.scheduling.sharing.plan import Cut

_KUBELET_LABELS = re.compile(r"--node-labels[= ]([^\s\"']+)")


def settings(user_data: str) -> Mapping[str, Any]:
    """Bottlerocket's."""
    try:
        found: Mapping[str, Any] = tomllib.loads(user_data).get("settings", {})
    except tomllib.TOMLDecodeError:
        return {}
    return found


def kubelet_labels(user_data: str) -> dict[str, str]:
    """Labels that it hands to the kubelet itself: they are there before anybody else's."""
    pairs = (pair for found in _KUBELET_LABELS.findall(user_data) for pair in found.split(","))
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def cuts(user_data: str, cut: Cut) -> bool:
    """Is the shell part in it that makes these MIG instances, line by line?"""
    parts = message_from_string(user_data).walk()
    shell = (str(part.get_payload()) for part in parts if part.get_content_type() == "text/x-shellscript")
    return any(text.strip() == mig_script(cut.gpus, exact=cut.exact) for text in shell)
