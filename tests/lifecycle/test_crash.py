"""Whatever call the process dies at, or whatever answer it never gets: run again, and the account is as it should be.

On a graph that holds every kind of AWS's once; both halves are in test_crash_cluster.py. Every kill has a run of its
own; of the other accidents a sixth happens in one run. In the sweep each has its own, and the whole account is
compared.
"""

from collections.abc import Callable
from functools import cache

import pytest

from eksgpu.aws import KEPT
from eksgpu.engine.graph import Graph
from eksgpu.sandbox.durations import Durations
from tests.support.crash import Crashes, survives
from tests.support.everything import everything
from tests.support.inventory import inventory
from tests.support.rig import Rig

CHUNKS = 3
SHARES = 6
SWEEP_CHUNKS = 6
QUICK = Durations(all=2.0)  # seen pending once; every poll is paid for a thousand times
Wanted = Callable[[Rig], Graph]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_apply_survives_an_accident_at_every_call(chunk: int) -> None:
    crash_apply(every_kind, "demo", chunk, CHUNKS, SHARES)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_destroy_survives_an_accident_at_every_call(chunk: int) -> None:
    crash_destroy(every_kind, "demo", chunk, CHUNKS, SHARES)


@pytest.mark.sweep
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("chunk", range(SWEEP_CHUNKS))
def test_apply_survives_each_accident_alone(chunk: int) -> None:
    crash_apply(every_kind, "demo", chunk, SWEEP_CHUNKS)


@pytest.mark.sweep
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("chunk", range(SWEEP_CHUNKS))
def test_destroy_survives_each_accident_alone(chunk: int) -> None:
    crash_destroy(every_kind, "demo", chunk, SWEEP_CHUNKS)


def every_kind(_: Rig) -> Graph:
    return everything()


@cache
def undisturbed(wanted: Wanted, cluster: str) -> dict[str, list[str]]:
    """What an account holds that was made without an accident.

    It is also destroyed: what is loaded and worked out at the first call of an operation, no child has to load again.
    """
    rig = Rig(cluster=cluster, durations=QUICK)
    rig.apply(wanted(rig))
    found = inventory(rig)
    rig.destroy()
    return found


def crash_apply(wanted: Wanted, cluster: str, chunk: int, chunks: int, shares: int = 0) -> None:
    expected = undisturbed(wanted, cluster)
    rig = Rig(cluster=cluster, durations=QUICK)

    graph = wanted(rig)

    def recover() -> None:
        rig.reconnect()
        rig.apply(graph)

    def check(killed: bool) -> None:
        rig.reconnect()
        assert rig.plan(graph).empty  # what there is twice would be a change; it carries our mark too
        if killed or not shares:
            assert inventory(rig) == expected

    survives(Crashes(rig.world, lambda: rig.apply(graph), recover, check, chunk=chunk, chunks=chunks, shares=shares))


def crash_destroy(wanted: Wanted, cluster: str, chunk: int, chunks: int, shares: int = 0) -> None:
    undisturbed(wanted, cluster)
    rig = Rig(cluster=cluster, durations=QUICK)
    before = inventory(rig)
    rig.apply(wanted(rig))

    def recover() -> None:
        rig.reconnect()
        rig.destroy()

    def check(killed: bool) -> None:
        rig.reconnect()
        assert [live for live in rig.lives() if live.kind not in KEPT] == []
        if killed or not shares:
            assert inventory(rig) == before

    survives(Crashes(rig.world, rig.destroy, recover, check, chunk=chunk, chunks=chunks, shares=shares))
