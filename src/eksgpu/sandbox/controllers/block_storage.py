"""What the EBS CSI driver may ask of AWS: volumes made, attached, detached and deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Wanted:
    """A volume for a claim. zone: None for any; tags: those that say for whom it is."""

    name: str
    gib: int
    zone: str | None
    type: str = "gp3"
    encrypted: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """A volume that is there."""

    id: str
    zone: str


class BlockStorage(Protocol):
    """The volumes of one cluster's claims."""

    def create(self, wanted: Wanted) -> Made:
        """The volume of this name; it is made when there is none."""
        ...

    def attach(self, volume: str, instance: str) -> None:
        """Attach a volume; nothing happens when it is attached there already."""
        ...

    def detach(self, volume: str) -> None:
        """Detach a volume from whatever it is attached to."""
        ...

    def delete(self, volume: str) -> bool:
        """Is it gone? One that is still attached stays."""
        ...
