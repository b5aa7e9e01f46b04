"""How long images took to arrive on the nodes: the table of row 000-20, read from the kubelets' own events.

Pure. Sizes and rates are decimal (a MB is 10**6 bytes), as registries and network cards count.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eksgpu.checks.live_cluster import Object

# `Successfully pulled image "…" in 34.9s (1m2s including waiting). Image size: 14240000000 bytes.` Kubernetes 1.30 and
# later tell the size. Source: kubernetes/kubernetes, pkg/kubelet/images/image_manager.go.
_PULLED = re.compile(
    r'Successfully pulled image "(?P<image>[^"]+)" in (?P<took>\S+)'
    r"(?: \((?P<waited>\S+) including waiting\))?(?:\. Image size: (?P<bytes>\d+) bytes)?"
)
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_MB = 10**6


@dataclass(frozen=True)
class Pull:
    """One image that one node pulled.

    seconds: the pull itself; `waited`: with the time that it stood behind other pulls.
    bytes:   None where the kubelet is too old to tell.
    """

    image: str
    node: str
    seconds: float
    waited: float
    bytes: int | None

    @property
    def mb_per_second(self) -> float | None:
        """Decimal MB a second."""
        return self.bytes / _MB / self.seconds if self.bytes is not None and self.seconds else None

    def as_json(self) -> dict[str, Any]:
        rate = self.mb_per_second
        return {
            "image": self.image,
            "node": self.node,
            "seconds": self.seconds,
            "secondsIncludingWaiting": self.waited,
            "bytes": self.bytes,
            "mbPerSecond": round(rate, 1) if rate is not None else None,
        }


def pulls(events: Iterable[Object], pods: Iterable[Object] = ()) -> tuple[Pull, ...]:
    """The pulls that these events tell of, the largest image first; what was there already is no pull.

    pods: to tell the node where the event does not.
    """
    nodes = {pod["metadata"]["uid"]: str(pod["spec"].get("nodeName") or "") for pod in pods}
    found = {}
    for event in events:
        one = _pull(event, nodes)
        if one is not None:
            found[one.node, event["message"]] = one  # told twice, it is still one pull
    return tuple(sorted(found.values(), key=lambda one: (-(one.bytes or 0), one.image, one.node)))


def go_seconds(text: str) -> float:
    """A duration as Go prints it: `34.9s`, `2m27s`, `850ms`. ValueError if it is none."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _pull(event: Object, nodes: Mapping[str, str]) -> Pull | None:
    match = _PULLED.match(str(event.get("message", "")))
    if match is None:
        return None
    seconds = go_seconds(match["took"])
    told = (event.get("source") or {}).get("host") or event.get("reportingInstance")
    return Pull(
        image=match["image"],
        node=told or nodes.get((event.get("involvedObject") or {}).get("uid", ""), ""),
        seconds=seconds,
        waited=go_seconds(match["waited"]) if match["waited"] else seconds,
        bytes=int(match["bytes"]) if match["bytes"] else None,
    )
