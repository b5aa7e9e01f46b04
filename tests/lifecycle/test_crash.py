"""Whatever call the process dies at, or whatever answer it never gets: run again, and the account is as it should be.

On a graph that holds every kind of AWS's once; both halves are in test_crash_cluster.py.
"""

from collections.abc import Callable

import pytest

from eksgpu.aws import KEPT
from eksgpu.engine.graph import Graph
from eksgpu.sandbox.durations import Durations
from tests.support.crash import Crashes
from tests.support.everything import everything
from tests.support.inventory import inventory
from tests.support.rig import Rig

CHUNKS = 5
QUICK = Durations(all=2.0)  # seen pending once; every poll is paid for a thousand times
Wanted = Callable[[Rig], Graph]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_apply_survives_an_accident_at_every_call(chunk: int) -> None:
    crash_apply(lambda _: everything(), "demo", chunk, CHUNKS)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_destroy_survives_an_accident_at_every_call(chunk: int) -> None:
    crash_destroy(lambda _: everything(), "demo", chunk, CHUNKS)


def crash_apply(wanted: Wanted, cluster: str, chunk: int, chunks: int) -> None:
    undisturbed = Rig(cluster=cluster, durations=QUICK)
    graph = wanted(undisturbed)
    undisturbed.apply(graph)
    expected = inventory(undisturbed)
    rig = Rig(cluster=cluster, durations=QUICK)

    def recover() -> None:
        again(rig)
        rig.apply(graph)

    def check(killed: bool) -> None:
        again(rig)
        assert rig.plan(graph).empty  # what there is twice would be a change; it carries our mark too
        if killed:
            assert inventory(rig) == expected

    survives(Crashes(rig.world, lambda: rig.apply(graph), recover, check, chunk=chunk, chunks=chunks))


def crash_destroy(wanted: Wanted, cluster: str, chunk: int, chunks: int) -> None:
    rig = Rig(cluster=cluster, durations=QUICK)
    before = inventory(rig)
    rig.apply(wanted(rig))

    def recover() -> None:
        again(rig)
        rig.destroy()

    def check(killed: bool) -> None:
        again(rig)
        assert [live for live in rig.lives() if live.kind not in KEPT] == []
        if killed:
            assert inventory(rig) == before

    survives(Crashes(rig.world, rig.destroy, recover, check, chunk=chunk, chunks=chunks))


def survives(crashes: Crashes) -> None:
    crashes.run()
    assert crashes.tried
    assert not crashes.reports, f"{len(crashes.reports)} of {crashes.tried}:\n\n" + "\n".join(crashes.reports[:3])


def again(rig: Rig) -> None:
    """What a new process has: nothing but the account."""
    rig.run = rig.connect()
