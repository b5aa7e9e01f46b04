"""A part of the spec that a check names is found again where it was written."""

import pytest

from eksgpu.spec.document import parse
from eksgpu.spec.overrides import apply_all
from eksgpu.spec.places import Places

TEXT = """\
metadata: {name: demo}
spec:
  network: {cidr: 10.0.0.0/16}
  nodePools:
    - name: cpu
    - name: gpu
      labels: {example.com/team: ml}
"""


@pytest.mark.parametrize(
    ("spoken", "place"),
    [
        ("spec.network.cidr", "demo.yaml:3:13"),
        ("spec.nodePools[gpu]", "demo.yaml:6:7"),
        ("spec.nodePools[1].name", "demo.yaml:6:7"),
        ('spec.nodePools[gpu].labels["example.com/team"]', "demo.yaml:7:16"),
        ("spec.nodePools[gpu].limits.nodes", "demo.yaml:6:7"),  # not written: its holder
        ("spec.endpointAccess.publicCidrs", "demo.yaml:2:1"),
        ("spec.nodePools[cpu].os", "--set nodePools[cpu].os"),
        ("spec.logging.types", "--set logging.types"),
        ("vpc vpc-0a1b2c3d", ""),
        ("eks_cluster/main", ""),
        ("", ""),
    ],
)
def test_where(spoken: str, place: str) -> None:
    document = parse(TEXT, "demo.yaml")
    overrides = apply_all(document, ["nodePools[cpu].os=bottlerocket", "logging.types=[api]"])
    assert Places(document, overrides).of(spoken) == place
