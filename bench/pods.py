"""A Deployment of 1,000 GPU pods on a cluster without GPU nodes: how long until all of them run, at full speed.

Scheduler, Karpenter, EC2, kubelets and device plugins are the sandbox's, all in this process on a clock that only moves
when somebody waits: what is measured is their own work.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
from ruamel.yaml import YAML

from bench.table import Row
from eksgpu.engine.clock import SteppedClock
from eksgpu.engine.execute import Inline
from eksgpu.ops.apply import apply
from eksgpu.ops.cluster_access import Doors
from eksgpu.ops.connect import Connector
from eksgpu.ops.options import Options
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.clusters.control_planes import ControlPlanes
from eksgpu.sandbox.helm.stand_in import StandIn
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.world import World

PODS, NODES, MOST_SECONDS = 1000, 125, 10.0
STEP, MOST_STEPS = 5.0, 400


def measure(spec: Path, runs: int) -> Iterator[Row]:
    seconds = sorted(_settle(spec) for _ in range(runs))[runs // 2]
    yield Row(f"{PODS} GPU pods run on {NODES} new nodes", seconds, "s", goal=MOST_SECONDS, runs=runs)


def _settle(spec: Path) -> float:
    world = World(clock=SteppedClock())
    for quota in world.quotas.of("ec2"):
        world.quotas.set(quota.code, 1e6)
    api = _cluster(world, spec)
    client = api.client("bench")
    began = time.perf_counter()
    client.create(_deployment())
    for _ in range(MOST_STEPS):
        api.settle()
        pods, _ = client.list("v1", "Pod", "default", fields="status.phase=Running")
        if len(pods) == PODS:
            break
        world.clock.sleep(STEP)
    took = time.perf_counter() - began
    nodes = {pod["spec"]["nodeName"] for pod in pods}
    if len(pods) != PODS or len(nodes) != NODES:
        raise RuntimeError(f"{len(pods)} pods run on {len(nodes)} nodes; {PODS} on {NODES} were expected")
    return took


def _cluster(world: World, spec: Path) -> Api:
    session = boto3.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox")  # noqa: S106
    inprocess.attach(session, world)
    doors = Doors(inprocess.kubernetes_wire(world), lambda api: StandIn(api, sleep=world.clock.sleep))
    connector = Connector(lambda *_: session, world.clock, threads=0, workers=Inline(), doors=doors)
    document = YAML(typ="safe").load(spec.read_text(encoding="utf-8"))
    for pool in document["spec"]["nodePools"]:
        pool["limits"] = "unlimited"
    with TemporaryDirectory(prefix="eksgpu-bench.") as folder:
        file = Path(folder) / "cluster.yaml"
        with file.open("w", encoding="utf-8") as stream:
            YAML(typ="safe").dump(document, stream)
        report = apply(file, Options(), confirm=lambda _: True, connector=connector)
    caller = report.planned.caller
    found = world.state(ControlPlanes, caller.region).api(caller.cluster)
    assert found is not None
    return found


def _deployment() -> dict[str, Any]:
    container = {"name": "main", "image": "example/gpu:1", "resources": {"limits": {"nvidia.com/gpu": "1"}}}
    tolerations = [{"key": "nvidia.com/gpu", "operator": "Exists"}]
    template = {
        "metadata": {"labels": {"app": "bench"}},
        "spec": {"tolerations": tolerations, "containers": [container]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "bench", "namespace": "default"},
        "spec": {"replicas": PODS, "selector": {"matchLabels": {"app": "bench"}}, "template": template},
    }
