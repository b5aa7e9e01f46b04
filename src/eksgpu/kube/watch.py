"""List and watch: what happens to objects of one kind, without gaps, for as long as somebody listens.

It goes on after a stream that ends, a broken connection, a failing server and a resourceVersion that has become too old
(410 Gone): then it lists again and reports as deleted what has vanished in between.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from eksgpu.errors import AnswerLost, CloudError, Later, Throttled

from .errors import EXPIRED
from .names import Address, ApiResource, address_of

if TYPE_CHECKING:
    from .api import KubeApi

SHORTEST, LONGEST = 0.5, 15.0
GONE = 410


class Seen(StrEnum):
    """What happened to an object."""

    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True)
class Sight:
    """One object at one moment; after its deletion as it was last seen. `synced`: all that lives has been told once."""

    seen: Seen
    object: Mapping[str, Any]
    synced: bool


class _TooOld(Exception):
    """The server no longer remembers the resourceVersion: list again."""


class Watch:
    """An endless, gapless view of one kind; iterate over `sights()`.

    sleep: waits between tries, seconds. stop: asked between events and tries; True ends the iteration.
    """

    def __init__(
        self,
        api: "KubeApi",
        resource: ApiResource,
        namespace: str = "",
        *,
        labels: str = "",
        fields: str = "",
        sleep: Callable[[float], None],
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._api, self._resource, self._namespace = api, resource, namespace
        self._labels, self._fields = labels, fields
        self._sleep, self._stop = sleep, stop
        self.objects: dict[Address, Mapping[str, Any]] = {}
        self._version = ""
        self._pause = SHORTEST

    def sights(self) -> Iterator[Sight]:
        """What is there, then what changes. Raises what waiting cannot mend (Denied, CredentialsError, NotFound)."""
        while not self._stop():
            try:
                if not self._version:
                    yield from self._list()
                yield from self._follow()
                self._pause = SHORTEST  # it ended cleanly, as every watch does sooner or later
            except _TooOld:
                self._version = ""
                continue
            except (AnswerLost, Throttled, Later):
                self._pause = min(LONGEST, self._pause * 2)
            self._sleep(self._pause)

    def _list(self) -> Iterator[Sight]:
        items, version = self._api.list(self._resource, self._namespace, labels=self._labels, fields=self._fields)
        found: dict[Address, Mapping[str, Any]] = {address_of(item): item for item in items}
        vanished = sorted(self.objects.keys() - found.keys())
        changes: list[tuple[Seen, Mapping[str, Any]]] = [(Seen.DELETED, self.objects[one]) for one in vanished]
        for address, item in found.items():
            before = self.objects.get(address)
            if before is not None and before["metadata"]["uid"] != item["metadata"]["uid"]:
                changes += [(Seen.DELETED, before), (Seen.ADDED, item)]
            elif before is None:
                changes.append((Seen.ADDED, item))
            elif _version_of(before) != _version_of(item):
                changes.append((Seen.CHANGED, item))
        self.objects = found
        self._version = version
        for index, (seen, item) in enumerate(changes):
            yield Sight(seen, item, synced=index == len(changes) - 1)

    def _follow(self) -> Iterator[Sight]:
        events = self._api.watch(
            self._resource, self._namespace, since=self._version, labels=self._labels, fields=self._fields
        )
        try:
            for event in events:
                sight = self._take(event)
                if sight is not None:
                    yield sight
                if self._stop():
                    return
        except CloudError as error:
            if error.code == EXPIRED:
                raise _TooOld from error
            raise

    def _take(self, event: Mapping[str, Any]) -> Sight | None:
        item = event["object"]
        if event["type"] == "ERROR":
            if item.get("code") == GONE:
                raise _TooOld
            raise AnswerLost(f"watch {self._resource.group_kind}: {item.get('message', 'the stream failed')}")
        self._version, self._pause = _version_of(item), SHORTEST
        if event["type"] == "BOOKMARK":
            return None
        address = address_of(item)
        known = address in self.objects
        if event["type"] == "DELETED":
            self.objects.pop(address, None)
            return Sight(Seen.DELETED, item, synced=True)
        self.objects[address] = item
        return Sight(Seen.CHANGED if known else Seen.ADDED, item, synced=True)


def _version_of(item: Mapping[str, Any]) -> str:
    return str(item["metadata"].get("resourceVersion", ""))
