"""The sharing stanza: what it may say, and what the planner gets of it."""

from typing import Any

import pytest
from pydantic import ValidationError

from eksgpu.scheduling.sharing.wish import Strategy, Wish
from eksgpu.spec.sharing import Sharing, sharing_faults
from eksgpu.units import Bytes
from tests.unit.scheduling.sharing.hosts import host


def _read(**written: Any) -> Sharing:
    return Sharing.model_validate(written)


@pytest.mark.parametrize(
    ("written", "wish"),
    [
        ({"strategy": "timeSlicing", "replicas": 4}, Wish(Strategy.TIME_SLICING, 4)),
        ({"strategy": "time-slicing", "replicas": 4, "rename": True}, Wish(Strategy.TIME_SLICING, 4, rename=True)),
        (
            {"strategy": "mps", "replicas": 2, "memoryPerSlice": "8Gi"},
            Wish(Strategy.MPS, 2, memory_per_slice=Bytes.gib(8)),
        ),
        ({"strategy": "mig", "profile": "1g.10gb"}, Wish(Strategy.MIG, profile="1g.10gb")),
        (
            {"strategy": "mig", "profile": "all-balanced", "rename": True},
            Wish(Strategy.MIG, profile="all-balanced", rename=True),
        ),
        ({"strategy": "mig", "profile": {"1g.5gb+me": 1}}, Wish(Strategy.MIG, layouts=({"1g.5gb+me": 1},))),
        (
            {"strategy": "mig", "profile": [{"1g.5gb": 7}, {"3g.20gb": 2}], "rename": True},
            Wish(Strategy.MIG, layouts=({"1g.5gb": 7}, {"3g.20gb": 2}), rename=True),
        ),
    ],
)
def test_the_planner_gets_what_is_written(written: dict[str, Any], wish: Wish) -> None:
    assert _read(**written).wish == wish


def test_both_switches_are_always_written_out() -> None:
    written = _read(strategy="timeSlicing", replicas=4).model_dump()
    assert (written["rename"], written["failRequestsGreaterThanOne"]) == (False, True)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"strategy": "vgpu"}, "must be timeSlicing, mps or mig"),
        ({"strategy": "timeSlicing"}, "needs replicas"),
        ({"strategy": "mig"}, "mig needs a profile"),
        ({"strategy": "mig", "profile": "small"}, "it is no MIG profile"),
        ({"strategy": "mig", "profile": {"all-balanced": 1}}, "a whole layout of its own"),
        ({"strategy": "mig", "profile": [{"1g.5gb": 7}, {}]}, "a GPU without slices"),
        ({"strategy": "mig", "profile": {"1g.5gb": 0}}, "greater than or equal to 1"),
        ({"strategy": "mig", "profile": "1g.5gb", "failRequestsGreaterThanOne": False}, "devices of their own"),
    ],
)
def test_what_it_must_not_say(written: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        _read(**written)


def test_what_the_nodes_cannot_do_points_at_the_key() -> None:
    stanza = _read(strategy="timeSlicing", replicas=4, memoryPerSlice="8Gi")
    (fault,) = sharing_faults(stanza, host("g5.xlarge"))
    assert fault.path == ("sharing", "memoryPerSlice")
    (fault,) = sharing_faults(_read(strategy="timeSlicing", replicas=4), host("m5.large"))
    assert fault.path == ("sharing",)
    (fault,) = sharing_faults(_read(strategy="mps", replicas=1), host("g5.xlarge"))
    assert fault.path == ("sharing", "replicas")
