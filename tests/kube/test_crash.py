"""Killed at any changing call, before or after it, the next run converges: nothing twice, nothing lost."""

from collections.abc import Iterator

import pytest

from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Resource
from eksgpu.kube.helm import HelmRelease

from .faults import Faults
from .helm_stand_in import StandIn
from .lab import Lab, config_map, wanted

NAMESPACE = wanted("v1", "Namespace", "team")
IN_IT = (Ref(NAMESPACE.identity),)
RELEASE = HelmRelease.of(
    "team", "web", chart="web", source="./web", version="1.0.0", values={"a": "b"}, cluster="demo", after=IN_IT
)
OBJECTS: tuple[Resource, ...] = (
    NAMESPACE,
    config_map("a", "team", key="1").with_fields(after=IN_IT),
    wanted("v1", "ServiceAccount", "s", "team").with_fields(after=(Ref(RELEASE.identity),)),
    RELEASE,
)
WRITES = 8  # of a whole apply; the last case is not struck any more


# What counts here is our own order of calls; a real API would only make it slow.
pytestmark = pytest.mark.parametrize("where", ["embedded"], indirect=True)


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def helm(lab: Lab) -> StandIn:
    helm = StandIn(lab.api)
    lab.helm = helm
    return helm


def cases() -> Iterator[object]:
    for when in ("before", "after"):
        yield from (pytest.param(number, when, id=f"{when} {number}") for number in range(WRITES + 1))


@pytest.mark.parametrize(("number", "when"), list(cases()))
def test_killed_while_applying(lab: Lab, helm: StandIn, faults: Faults, number: int, when: str) -> None:
    faults.kill(number, when, Killed)
    if number < WRITES:
        with pytest.raises(Killed):
            lab.apply(*OBJECTS)
    else:
        lab.apply(*OBJECTS)
    faults.killing = None
    lab.apply(*OBJECTS)
    assert lab.plan(*OBJECTS).empty
    assert lab.get("v1", "ConfigMap", "web", "team")["data"] == {"a": "b"}
    lab.destroy()
    assert lab.lives(all_kinds=True) == []
    assert "team" not in lab.there("v1", "Namespace")


@pytest.mark.parametrize("number", range(8))
def test_killed_while_destroying(lab: Lab, helm: StandIn, faults: Faults, number: int) -> None:
    lab.apply(*OBJECTS)
    faults.kill(number, "after", Killed)
    try:
        lab.destroy()
    except Killed:
        faults.killing = None
        lab.destroy()
    assert lab.lives(all_kinds=True) == []
    assert "team" not in lab.there("v1", "Namespace")
