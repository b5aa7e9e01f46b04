"""A graph that holds every kind, in the smallest form that each kind says is valid."""

from eksgpu.aws import KINDS
from eksgpu.engine.graph import Graph


def everything() -> Graph:
    """Every kind's example with all it needs; examples that name the same object agree on it."""
    return Graph(resource for kind in KINDS for resource in kind.example_graph())
