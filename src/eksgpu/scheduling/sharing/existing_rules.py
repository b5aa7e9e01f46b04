"""Rules of nodes that are there already and somebody else's: what was settled at their start cannot be changed."""

from collections.abc import Iterator

from .refusal import Refusal
from .wish import Host, Strategy, Wish

_OURS = "share on a node group of ours: nodeGroups: [{name: gpu, gpu: {…}, sharing: {…}}]"


def existing_rules(wish: Wish, host: Host) -> Iterator[Refusal]:
    """What a device plugin that is put beside running nodes cannot bring about."""
    if host.bottlerocket:
        yield Refusal(
            "existing-bottlerocket",
            "",
            "Bottlerocket's device plugin is part of the system, and its settings come with the user data of nodes "
            "that are not ours",
            _OURS,
        )
    if wish.strategy is Strategy.MIG:
        yield Refusal(
            "existing-mig",
            "strategy",
            "MIG cuts GPUs while a node starts, by user data, and these nodes run already and are not ours",
            f"choose strategy: timeSlicing or mps; or {_OURS}",
        )
