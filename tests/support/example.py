"""An example as a graph, from facts that the sandbox would tell."""

from pathlib import Path

from eksgpu.blueprint.ask import ask
from eksgpu.blueprint.build import build
from eksgpu.engine.graph import Graph
from eksgpu.facts.probe import probe
from eksgpu.spec.load import load

from .rig import Rig

H100 = Path(__file__).parents[2] / "examples" / "h100-spot.yaml"


def graph_of(example: Path, rig: Rig) -> Graph:
    """What `apply` of this file wants in the rig's account."""
    spec = load(example)
    return build(spec, probe(rig.run, ask(spec, ()), None), account=rig.world.account, caller=rig.world.caller_arn)


def h100_graph(rig: Rig) -> Graph:
    """The full H100 example."""
    return graph_of(H100, rig)
