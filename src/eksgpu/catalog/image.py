"""Container images of programs that run from manifests of our own, and what is wrong with some of their releases."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from eksgpu.catalog import load
from eksgpu.catalog.sharing import older


@dataclass(frozen=True, slots=True)
class Image:
    """A program's image. `version`: the pinned release."""

    name: str
    image: str
    tag: str
    version: str
    facts: Mapping[str, Any]

    def reference(self, version: str = "") -> str:
        """The image of a release, of the pinned one when none is named."""
        return f"{self.image}:{self.tag.format(version=version or self.version)}"

    def warning(self, version: str) -> str | None:
        """What speaks against a release; None when nothing is known to."""
        for bad in self.facts.get("bad", ()):
            if not older(version, bad["from"]) and not older(bad["to"], version):
                return f"{version} is a release to avoid: {bad['why']}; {self.version} is the pinned one"
        good = self.facts.get("good")
        if good and older(version, good["since"]):
            return f"{version} is an old release: {good['why']}; {self.version} is the pinned one"
        return None


@cache
def images() -> Mapping[str, Image]:
    """Every image, by the key that its component has in a spec."""
    return {
        name: Image(name, entry["image"], entry["tag"], entry["version"], entry)
        for name, entry in load.document("images")["images"].items()
    }
