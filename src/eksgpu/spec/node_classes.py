"""What the pools of one `nodeClass` come to together: SOCI's values and the data volume that suit all their types."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from eksgpu.catalog.instance import InstanceType
from eksgpu.components.node_pools import Volume, default_volume
from eksgpu.components.soci import Tuning, tuning
from eksgpu.spec.node_pools import NodePool


@dataclass(frozen=True)
class NodeClass:
    """One EC2NodeClass to be, with the pools that make nodes from it; they agree on `NODE_CLASS_FIELDS`."""

    name: str
    pools: tuple[NodePool, ...]

    @property
    def first(self) -> NodePool:
        """Any of the pools, for what they agree on."""
        return self.pools[0]

    @property
    def types(self) -> tuple[InstanceType, ...]:
        """Every type that any of the pools may take."""
        return tuple({item.name: item for pool in self.pools for item in pool.types}.values())

    @property
    def on_instance_store(self) -> bool:
        """Do images and pods live on instance store on every type?"""
        return self.first.local_storage != "none" and all(item.nvme_gb for item in self.types)

    @property
    def tuning(self) -> Tuning | None:
        """SOCI's values, the user's own on top; None for plain pulls."""
        if self.first.image_pull != "soci":
            return None
        derived = tuning(self.types, local_storage=self.first.local_storage != "none")
        given = self.first.soci
        chunk = given.concurrent_download_chunk_size
        own: dict[str, Any] = {
            "downloads": given.max_concurrent_downloads_per_image,
            "chunk_mb": int(chunk.removesuffix("mb")) if chunk else None,
            "unpacks": given.max_concurrent_unpacks_per_image,
            "discard": given.discard_unpacked_layers,
        }
        changed = {name: value for name, value in own.items() if value is not None}
        return replace(derived, **changed, given=frozenset(changed)) if changed else derived

    @property
    def volume(self) -> Volume:
        """The volume for images and pods of types without instance store."""
        disk = self.first.disk
        if disk is not None:
            return Volume(int(disk.size.in_gib), disk.type, disk.iops, disk.throughput)
        return default_volume(self.types, local_storage=self.first.local_storage, soci=self.first.image_pull == "soci")

    @property
    def interfaces(self) -> tuple[dict[str, int | str], ...]:
        """Network interfaces as EC2NodeClass lists them; empty leaves them to Karpenter.

        Karpenter puts the first EFA interface on card 0, which has none where there is one card more than EFA
        interfaces (p6-b300). Source: Karpenter v1.14.1, launchtemplate.
        """
        if self.first.network_interfaces:
            given = self.first.network_interfaces
            return tuple(_interface(one.network_card_index, one.device_index, one.interface_type) for one in given)
        cards = {item.network_cards for item in self.types if 1 < item.efa_interfaces == item.network_cards - 1}
        if len(cards) != 1 or any(item.network_cards not in cards for item in self.types):
            return ()
        return (_interface(0, 0, "interface"), *(_interface(card, 0, "efa-only") for card in range(1, cards.pop())))


def node_classes(pools: Iterable[NodePool]) -> Iterator[NodeClass]:
    """The classes in the order in which pools name them first."""
    found: dict[str, list[NodePool]] = {}
    for pool in pools:
        found.setdefault(pool.node_class, []).append(pool)
    for name, members in found.items():
        yield NodeClass(name, tuple(members))


def _interface(card: int, device: int, type_: str) -> dict[str, int | str]:
    return {"networkCardIndex": card, "deviceIndex": device, "interfaceType": type_}
