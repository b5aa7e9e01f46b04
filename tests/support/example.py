"""An example as a graph, from facts that the sandbox would tell."""

from dataclasses import replace
from pathlib import Path

from eksgpu.blueprint.ask import ask
from eksgpu.blueprint.build import build
from eksgpu.engine.graph import Graph
from eksgpu.facts.found import FoundCluster, FoundKarpenter, FoundNetwork, FoundSubnet
from eksgpu.facts.found_nodes import FoundNode, FoundNodes
from eksgpu.facts.probe import probe
from eksgpu.spec.load import load

from .rig import Rig

H100 = Path(__file__).parents[2] / "examples" / "h100-spot.yaml"


# What an example that adds to a cluster finds there.
THEIRS = FoundCluster(
    "my-cluster",
    FoundNetwork("vpc-1", "10.60.0.0/16", (FoundSubnet("subnet-1", "us-west-2a", "usw2-az1", 4000, way="other"),)),
    "sg-1",
    karpenter=FoundKarpenter("karpenter", "1.14.1", node_role="KarpenterNodeRole-my-cluster"),
    nodes={"team": FoundNodes((FoundNode("ip-10-60-0-5", "g4dn.xlarge", "Amazon Linux 2023", {}),))},
)


def graph_of(example: Path, rig: Rig) -> Graph:
    """What `apply` of this file wants in the rig's account."""
    spec = load(example)
    facts = probe(rig.run, replace(ask(spec, ()), existing=False), None)
    facts = facts if spec.spec.cluster is None else replace(facts, cluster=THEIRS)
    return build(spec, facts, account=rig.world.account, caller=rig.world.caller_arn)


def h100_graph(rig: Rig) -> Graph:
    """The full H100 example."""
    return graph_of(H100, rig)
