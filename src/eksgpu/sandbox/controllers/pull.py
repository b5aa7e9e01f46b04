"""How long a node takes to pull an image: by size, registry and how many layers it fetches at once.

A model fitted to published measurements, marked as the sandbox's wherever it shows. It must not know pods.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Any

from ruamel.yaml import YAML

from eksgpu.scheduling.images import Image

_MB_PER_GB = 1000


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull. Seconds, and decimal GB."""

    seconds: float
    gb: float

    @property
    def bytes(self) -> int:
        return round(self.gb * 10**9)


def pull(name: str, *, downloads: int, network_mbps: int | None) -> Pull:
    """The pull of an image by a node.

    downloads:    parallel downloads per image, SOCI's; 0 without it.
    network_mbps: the node's; None when unknown.
    """
    image, model = Image.parse(name), _model()
    rate = _rate(model["privateMbPerSecond"], max(downloads, model["standardDownloads"]))
    if not image.private_ecr:
        rate = min(rate, model["publicMbPerSecond"])
    if network_mbps:
        rate = min(rate, network_mbps / 8)
    # What a pull takes beside its bytes grows with the image until it is as large as those that were measured.
    overhead = model["overheadSeconds"] * min(1.0, image.assumed_gb / model["overheadFullFromGb"])
    seconds = overhead + image.assumed_gb * _MB_PER_GB / rate
    return Pull(max(round(seconds, 1), model["leastSeconds"]), image.assumed_gb)


def spoken(seconds: float) -> str:
    """As Go prints a duration: 34.9s, 2m27s."""
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}m{rest:g}s" if minutes else f"{rest:g}s"


def _rate(points: dict[int, float], downloads: int) -> float:
    """Between the measured numbers of downloads on a straight line, beyond them as at the ends."""
    known = sorted(points.items())
    if downloads <= known[0][0]:
        return known[0][1]
    for (few, slow), (many, fast) in pairwise(known):
        if downloads <= many:
            return slow + (fast - slow) * (downloads - few) / (many - few)
    return known[-1][1]


@cache
def _model() -> Any:
    text = resources.files("eksgpu.sandbox.controllers").joinpath("data", "pull.yaml").read_text(encoding="utf-8")
    return YAML(typ="safe").load(text)
