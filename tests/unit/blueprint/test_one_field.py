"""Another region, and another GPU, by one field each. Row 000-22: exactly what follows from it changes."""

from pathlib import Path
from typing import Any

from eksgpu.blueprint.ask import ask
from eksgpu.blueprint.build import build
from eksgpu.engine.graph import Graph
from eksgpu.facts.probe import probe
from eksgpu.kube.object import KubeObject
from eksgpu.spec.load import load
from tests.support.rig import Rig

H100 = Path(__file__).parents[3] / "examples/h100-spot.yaml"
POOL, CLASS = "kubernetes/NodePool.karpenter.sh/p5-gpu-h100", "kubernetes/EC2NodeClass.karpenter.k8s.aws/h100-gpu"


def graph(*sets: str, region: str = "us-west-2") -> Graph:
    spec = load(H100, sets)
    rig = Rig(cluster="h100-spot", region=region)
    return build(spec, probe(rig.run, ask(spec, ())), account=rig.run.account, caller=rig.run.caller)


def changed(one: Graph, other: Graph) -> set[str]:
    """Identities that only one of them has, or that differ."""
    both = one.resources.keys() | other.resources.keys()
    return {name for name in both if one.resources.get(name) != other.resources.get(name)}


def spec_of(wanted: Graph, identity: str) -> dict[str, Any]:
    found = wanted.resources[identity]
    assert isinstance(found, KubeObject)
    spec: dict[str, Any] = found.manifest["spec"]
    return spec


def test_another_gpu_changes_its_pool_and_class_and_nothing_else() -> None:
    other = graph("spec.nodePools[1].gpu.name=a100")
    assert changed(graph(), other) == {POOL, CLASS}
    requirements = spec_of(other, POOL)["template"]["spec"]["requirements"]
    assert {"key": "karpenter.k8s.aws/instance-gpu-name", "operator": "In", "values": ["a100"]} in requirements
    assert "max-concurrent-downloads-per-image = 20" in spec_of(other, CLASS)["userData"]


def test_another_way_to_buy_changes_the_pool_alone() -> None:
    assert changed(graph(), graph("spec.nodePools[1].capacity=[spot, on-demand]")) == {POOL}


def test_another_region_has_the_same_objects_in_its_own_zones() -> None:
    here, there = graph(), graph("metadata.region=ap-northeast-1", region="ap-northeast-1")
    assert "us-west-2" not in str([vars(one) for one in there])
    zonal = here.resources.keys() ^ there.resources.keys()
    assert {name.partition("/")[0] for name in zonal} == {"subnet", "elastic_ip", "nat_gateway"}
    assert spec_of(here, POOL) == spec_of(there, POOL)
