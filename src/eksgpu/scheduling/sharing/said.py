"""How counts of resources are told to people."""

from collections.abc import Mapping


def said(counts: Mapping[str, int]) -> str:
    """`4 nvidia.com/gpu`; what there is none of is left out."""
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "no GPU"
