"""Whatever call the process dies at, or whatever answer it never gets: run again, and the account is as it should be."""

import pytest

from eksgpu.aws import KEPT
from eksgpu.sandbox.durations import Durations
from tests.support.crash import crash_everywhere
from tests.support.everything import everything
from tests.support.inventory import inventory
from tests.support.rig import Rig

CHUNKS = 4
QUICK = Durations(all=4.0)  # long enough to be seen pending; every poll is paid for a thousand times


def again(rig: Rig) -> None:
    """What a new process has: nothing but the account."""
    rig.run = rig.connect()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_apply_survives_an_accident_at_every_call(chunk: int) -> None:
    graph = everything()
    undisturbed = Rig(durations=QUICK)
    undisturbed.apply(graph)
    expected = inventory(undisturbed)
    rig = Rig(durations=QUICK)

    def recover() -> None:
        again(rig)
        rig.apply(graph)

    def check() -> None:
        again(rig)
        assert rig.plan(graph).empty
        assert inventory(rig) == expected

    tried, reports = crash_everywhere(rig.world, lambda: rig.apply(graph), recover, check, chunk=chunk, chunks=CHUNKS)
    assert tried
    assert not reports, f"{len(reports)} of {tried}:\n\n" + "\n".join(reports[:3])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_destroy_survives_an_accident_at_every_call(chunk: int) -> None:
    graph = everything()
    rig = Rig(durations=QUICK)
    before = inventory(rig)
    rig.apply(graph)

    def recover() -> None:
        again(rig)
        rig.destroy()

    def check() -> None:
        again(rig)
        assert [live for live in rig.lives() if live.kind not in KEPT] == []
        assert inventory(rig) == before

    tried, reports = crash_everywhere(rig.world, rig.destroy, recover, check, chunk=chunk, chunks=CHUNKS)
    assert tried
    assert not reports, f"{len(reports)} of {tried}:\n\n" + "\n".join(reports[:3])
