"""Karpenter's own CRDs on a real control plane take everything that a spec's pools become: schema and rules alike.

The CRDs are those of the Go module that Karpenter is; `make kube-assets` fetches them where Go is.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from eksgpu.catalog.component import components
from eksgpu.engine.refs import Ref, resolve
from eksgpu.engine.resource import State
from eksgpu.errors import CloudError
from eksgpu.kube.api import KubeApi
from eksgpu.kube.names import address_of
from eksgpu.kube.readiness import readiness
from eksgpu.spec.load import load
from tests.unit.blueprint.test_node_pools import FULL, H100, POOLS, manifests, spec_of

from .conftest import CLUSTERS, Connect
from .control_plane import PAUSE

VERSION = components()["karpenter"].version
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
CRDS = CACHE / "eksgpu" / "karpenter-crds" / VERSION
MORE = {
    "b300": "gpu: {name: b300}, capacity: [spot, on-demand]",
    "replicas": "instanceTypes: [g6.xlarge], replicas: 2",
    "amazon linux": "gpu: {name: l4}, os: al2023",
    "bootstrap commands": "gpu: {name: h100, count: 8}, localStorage: bootstrapCommands",
    "an image by id": "gpu: {name: l4}, os: al2023, ami: {id: ami-0a1b2c3d4e5f67890}",
    "images by name": 'gpu: {name: l4}, ami: {name: "mine-*", owner: "123456789012"}',
    "a capacity block": "gpu: {name: h100, count: 8}, capacity: [capacity-block], reservations: [{tags: {a: b}, "
    'ownerId: "123456789012", instanceMatchCriteria: targeted}]',
}


def test_the_crds_are_of_the_version_that_clusters_get() -> None:
    module = (Path(__file__).parent / "assets" / "karpenter" / "go.mod").read_text()
    assert re.findall(r"^require github.com/aws/karpenter-provider-aws v(.+)$", module, re.MULTILINE) == [VERSION]


@pytest.mark.skipif(not CRDS.is_dir(), reason="no CRDs of Karpenter: make kube-assets")
@pytest.mark.parametrize("where", [CLUSTERS[-1]], indirect=True)
def test_karpenters_own_crds_take_what_pools_become(connect: Connect) -> None:
    with_crds(connect())
    api, refused = connect(), []
    specs = {"h100": load(H100)} | {name: spec_of(fields) for name, fields in (POOLS | MORE | {"full": FULL}).items()}
    for name, spec in specs.items():
        for manifest in manifests(spec).values():
            try:
                api.apply(resolve(manifest, told), dry_run=True)
            except CloudError as error:
                refused.append(f"{name}: {error.message}")
    assert refused == []
    heavy = manifests(load(H100))["NodePool default"]
    with pytest.raises(CloudError, match="weight"):  # they do look
        api.apply({**heavy, "spec": {**heavy["spec"], "weight": 101}}, dry_run=True)


def with_crds(api: KubeApi) -> None:
    for path in sorted(CRDS.glob("karpenter*.yaml")):
        manifest: dict[str, Any] = YAML(typ="safe").load(path)
        made, _ = api.apply(manifest)
        resource = api.resource(manifest["apiVersion"], manifest["kind"])
        while readiness(address_of(made).group_kind, made)[0] is not State.READY:
            PAUSE.wait(0.1)
            made = api.get(resource, manifest["metadata"]["name"])


def told(ref: Ref) -> str:
    """What stands for a value that AWS would give."""
    return "sg-0123456789abcdef0" if "security_group" in str(ref) else "a-name"
