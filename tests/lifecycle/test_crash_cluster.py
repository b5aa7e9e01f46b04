"""An accident at every call of both halves: what is in the cluster comes and goes as surely as what is in AWS.

Quick at the calls to the Kubernetes API, beside a small cluster; at every call of the H100 example for `make sweep`.
"""

from collections.abc import Callable, Iterable

import pytest

from eksgpu.aws import KEPT
from eksgpu.aws.access_entry import AccessEntry
from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.components.site import CLUSTER
from eksgpu.engine.graph import Graph
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Resource
from eksgpu.kube.object import KubeObject
from eksgpu.sandbox.calllog import LoggedCall
from eksgpu.sandbox.durations import Durations
from tests.support.both import BothRig
from tests.support.crash import Crashes, survives
from tests.support.example import h100_graph
from tests.support.inventory import inventory
from tests.support.running import balanced_service, gpu_deployment, pass_time

SWEEP_CHUNKS = 16
QUICK = Durations(all=2.0)  # seen pending once; every poll is paid for a thousand times
Wanted = Callable[[BothRig], Iterable[Resource]]


def small(rig: BothRig) -> Iterable[Resource]:
    """A cluster, our way into it, and objects that need each other. Charts have accidents in tests/kube."""
    way_in = AccessEntry(
        "caller", cluster=CLUSTER, principal=rig.world.caller_arn, policies=(("AmazonEKSClusterAdminPolicy", ()),)
    )
    after = (Ref(way_in.identity),)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
    settings = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "team"},
        "data": {"endpoint": Ref("eks_cluster/main", "endpoint")},
    }
    yield from EksCluster.example_graph()
    yield way_in
    yield KubeObject.of(namespace, cluster=CLUSTER, after=after)
    yield KubeObject.of(settings, cluster=CLUSTER, after=(KubeObject.ref(namespace),))


def inside(call: LoggedCall) -> bool:
    return call.service == "kubernetes"


def anywhere(_: LoggedCall) -> bool:
    return True


def test_apply_survives_an_accident_at_every_call_to_the_cluster() -> None:
    crash_apply(small, "demo", inside)


def test_destroy_survives_an_accident_at_every_call_to_the_cluster() -> None:
    crash_destroy(small, "demo", inside)


@pytest.mark.sweep
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("chunk", range(SWEEP_CHUNKS))
def test_apply_of_the_h100_example_survives_an_accident_at_every_call(chunk: int) -> None:
    crash_apply(h100_graph, "h100-spot", anywhere, chunk, SWEEP_CHUNKS)


@pytest.mark.sweep
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("chunk", range(SWEEP_CHUNKS))
def test_destroy_of_the_h100_example_in_use_survives_an_accident_at_every_call(chunk: int) -> None:
    crash_destroy(h100_graph, "h100-spot", anywhere, chunk, SWEEP_CHUNKS, use=run_something)


def crash_apply(
    wanted: Wanted, cluster: str, where: Callable[[LoggedCall], bool], chunk: int = 0, chunks: int = 1
) -> None:
    undisturbed = BothRig(cluster=cluster, durations=QUICK)
    graph = Graph(wanted(undisturbed))
    undisturbed.apply(graph)
    expected, objects = inventory(undisturbed), contents(undisturbed)
    rig = BothRig(cluster=cluster, durations=QUICK)

    def recover() -> None:
        rig.reconnect()
        rig.apply(graph)

    def check(killed: bool) -> None:
        rig.reconnect()
        assert rig.plan(graph).empty
        assert contents(rig) == objects
        if killed:
            assert inventory(rig) == expected

    survives(Crashes(rig.world, lambda: rig.apply(graph), recover, check, chunk=chunk, chunks=chunks, where=where))


def run_something(rig: BothRig) -> None:
    """GPU nodes by Karpenter, and a load balancer with its groups and interfaces."""
    client = rig.api.client("somebody")
    client.create(gpu_deployment("web"))
    client.create(balanced_service("web"))
    pass_time(rig.api, rig.world, 8)
    made = {live.kind for live in rig.lives(all_kinds=True)}
    assert {"karpenter_instance", "load_balancer", "target_group", "controller_security_group"} <= made


def crash_destroy(
    wanted: Wanted,
    cluster: str,
    where: Callable[[LoggedCall], bool],
    chunk: int = 0,
    chunks: int = 1,
    use: Callable[[BothRig], None] = lambda _: None,
) -> None:
    rig = BothRig(cluster=cluster, durations=QUICK)
    before = inventory(rig)
    rig.apply(wanted(rig))
    use(rig)

    def recover() -> None:
        rig.reconnect()
        rig.destroy()

    def check(killed: bool) -> None:
        rig.reconnect()
        assert [live for live in rig.lives(all_kinds=True) if live.kind not in KEPT] == []
        if killed:
            assert inventory(rig) == before

    survives(Crashes(rig.world, rig.destroy, recover, check, chunk=chunk, chunks=chunks, where=where))


def contents(rig: BothRig) -> list[str]:
    """What is in the cluster of ours, by name: nothing twice, nothing too much."""
    return sorted(live.identity for live in rig.lives(all_kinds=True) if live.kind.startswith(("kube", "helm")))
