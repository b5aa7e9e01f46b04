"""Container images by name: where they come from and how large the known ones are. Nothing is looked up anywhere."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

_PRIVATE_ECR = re.compile(r"\d{12}\.dkr[.-]ecr\.[a-z0-9-]+\.(amazonaws\.com(\.cn)?|on\.aws)")
_DOCKER_HUB = "docker.io"


@dataclass(frozen=True, slots=True)
class Image:
    """An image's name, taken apart: `public.ecr.aws/deep-learning-containers/vllm:server-cuda`."""

    registry: str
    repository: str
    tag: str

    @classmethod
    def parse(cls, name: str) -> "Image":
        """As the container runtime reads it: without a registry it is Docker Hub's."""
        head, slash, rest = name.partition("/")
        named = bool(slash) and ("." in head or ":" in head or head == "localhost")
        path = (rest if named else name).partition("@")[0]
        repository, _, tag = path.partition(":")
        return cls(head if named else _DOCKER_HUB, repository, tag or "latest")

    @property
    def private_ecr(self) -> bool:
        """Does it lie in an ECR registry of some account?"""
        return _PRIVATE_ECR.fullmatch(self.registry) is not None

    @property
    def short(self) -> str:
        """The last part of the repository: `vllm`."""
        return self.repository.rpartition("/")[2]

    @property
    def known_gb(self) -> float | None:
        """Its size in decimal GB; None when it is not in the table."""
        size: float | None = _table()["images"].get(self.short)
        return size

    @property
    def assumed_gb(self) -> float:
        """Its size, or that of an ordinary image when nobody knows."""
        return self.known_gb if self.known_gb is not None else float(_table()["unknown"])


@cache
def _table() -> Any:
    text = resources.files("eksgpu.scheduling").joinpath("data", "images.yaml").read_text(encoding="utf-8")
    return YAML(typ="safe").load(text)
