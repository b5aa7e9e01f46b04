"""The watch has no gaps: closed streams, dropped connections, 410, 500, and what happened while nobody looked."""

from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from eksgpu.errors import Denied, NotFound
from eksgpu.kube.names import ApiResource
from eksgpu.kube.watch import Sight, Watch

from .faults import Faults
from .lab import Lab, config_map

CONFIG_MAPS = ApiResource("", "v1", "ConfigMap", "configmaps", namespaced=True)


class Seeing:
    """A watch on the ConfigMaps that carry a label, and what somebody does each time it would sleep."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.doings: list[Callable[[], object]] = []
        self.watch = Watch(lab.api, CONFIG_MAPS, "default", labels="watched", sleep=self._slept)
        self.sights: Iterator[Sight] = self.watch.sights()

    def next(self, count: int = 1) -> list[tuple[str, str]]:
        return [(str(one.seen), one.object["metadata"]["name"]) for one in islice(self.sights, count)]

    def make(self, name: str, value: str = "0") -> None:
        manifest = config_map(name, value=value).manifest
        labelled = {**manifest, "metadata": {**manifest["metadata"], "labels": {"watched": ""}}}
        self.lab.api.apply(labelled, force=True)

    def drop(self, name: str) -> None:
        self.lab.api.delete(CONFIG_MAPS, name, "default")

    def _slept(self, _: float) -> None:
        if self.doings:
            self.doings.pop(0)()


@pytest.fixture
def seeing(lab: Lab) -> Seeing:
    return Seeing(lab)


def test_what_is_there_and_what_comes(seeing: Seeing) -> None:
    seeing.make("a")
    seeing.make("b")
    assert sorted(seeing.next(2)) == [("added", "a"), ("added", "b")]
    seeing.doings = [
        lambda: seeing.make("c"),
        lambda: seeing.make("a", "1"),
        lambda: seeing.drop("b"),
    ]
    assert seeing.next(3) == [("added", "c"), ("changed", "a"), ("deleted", "b")]
    assert {address.name for address in seeing.watch.objects} == {"a", "c"}


@pytest.mark.parametrize("fault", ["drop", "500", "cut"])
def test_survives(seeing: Seeing, faults: Faults, fault: str) -> None:
    seeing.make("a")
    assert seeing.next() == [("added", "a")]
    faults.on_watch = [fault, fault]
    seeing.doings = [lambda: seeing.make("b")]
    assert seeing.next() == [("added", "b")]
    assert faults.on_watch == []


def test_410_lists_again_and_misses_no_deletion(seeing: Seeing, faults: Faults) -> None:
    for name in ("a", "b", "c"):
        seeing.make(name)
    assert len(seeing.next(3)) == 3
    seeing.make("a", "1")
    seeing.drop("b")
    seeing.drop("c")
    seeing.make("c")  # another object of the same name
    seeing.make("d")
    faults.on_watch = ["410"]
    assert sorted(seeing.next(5)) == [
        ("added", "c"),
        ("added", "d"),
        ("changed", "a"),
        ("deleted", "b"),
        ("deleted", "c"),
    ]


def test_an_expired_watch_that_is_refused_outright(seeing: Seeing, faults: Faults) -> None:
    seeing.make("a")
    assert seeing.next() == [("added", "a")]
    seeing.drop("a")
    faults.on_watch = ["410 at once"]
    assert seeing.next() == [("deleted", "a")]


def test_a_list_that_fails_is_tried_again(seeing: Seeing, faults: Faults) -> None:
    seeing.make("a")
    faults.on_list = ["500"] * 6
    assert seeing.next() == [("added", "a")]


def test_bookmarks_move_on_without_being_told(seeing: Seeing, faults: Faults) -> None:
    seeing.make("a")
    assert seeing.next() == [("added", "a")]
    faults.on_watch = ["bookmark 999999999"]
    seeing.watch._stop = lambda: not faults.on_watch and seeing.watch._version == "999999999"
    assert seeing.next() == []


def test_what_waiting_cannot_mend_is_raised(lab: Lab, faults: Faults) -> None:
    watch = Watch(lab.api, CONFIG_MAPS, "default", sleep=lambda _: None)
    faults.on_list = ["403"]
    with pytest.raises(Denied):
        next(watch.sights())
    missing = ApiResource("example.com", "v1", "Widget", "widgets", namespaced=False)
    with pytest.raises(NotFound):
        next(Watch(lab.api, missing, sleep=lambda _: None).sights())


def test_it_ends_when_told(lab: Lab) -> None:
    assert list(Watch(lab.api, CONFIG_MAPS, sleep=lambda _: None, stop=lambda: True).sights()) == []
