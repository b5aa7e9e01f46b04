"""Making one object so: created or updated until it is ready and nothing differs.

The only place that knows what to do when the answer to a create is lost.
"""

from collections.abc import Collection, Generator
from typing import Any

from eksgpu.errors import AlreadyExists, AnswerLost, CloudError, EksgpuError, Later, NotFound, Throttled

from .diff import FieldDiff, diff, resolve_fields
from .events import Happened
from .plan import Action, Change
from .resource import Effect, Live, Resource, State
from .step import SETTLE, Step, Waits, Work

SEARCH_AFTER = (0.0, 5.0, 10.0)  # a create whose answer was lost is looked for at 0, 5 and 15 s
UNMOVED_LIMIT = 4


class Make(Step):
    """Create or update one resource until it is ready and nothing differs."""

    def __init__(self, work: Work, change: Change, incarnation: str) -> None:
        assert change.resource is not None
        self.change = change
        self.resource: Resource = change.resource.with_fields(incarnation=incarnation)
        action = change.action if change.action is not Action.NO_OP else Action.UPDATE
        self._refusals = 0
        super().__init__(work, str(action), change.kind, change.name, self.resource.deadline)

    def steps(self) -> Waits:
        """Drive it; returns the object as it lives in the end."""
        self.tell(Happened.STARTED)
        keep = self.change.live if self.change.action is Action.UPDATE else None
        live = keep if keep is not None else (yield from self._create())
        if keep is None or not self.resource.changed_unready:
            live = yield from self._ready(live)
        live = yield from self._converge(live)
        live = yield from self._ready(live)
        self.tell(Happened.DONE, id=live.id)
        return live

    def _create(self) -> Generator[float, None, Live]:
        while True:
            resolved = resolve_fields(self.resource, self.work.lookup)
            try:
                return resolved.create(self.work.run)
            except AnswerLost as error:
                found = yield from self._search(error)
            except AlreadyExists as error:
                found = self._find()
                if found is None:
                    yield self._taken(error)
            except CloudError as error:
                found = None
                yield self._again(error)
            if found is not None:
                self.tell(Happened.ADOPTED, "it was made already", found.id)
                return found

    def _again(self, error: CloudError) -> float:
        """Seconds until a refused create is tried again; raises what will not pass by itself."""
        if isinstance(error, Throttled):
            return self.throttled(error)
        # NotFound: what it stands on is not visible everywhere yet.
        if isinstance(error, Later) or (isinstance(error, NotFound) and self.elapsed() < SETTLE):
            return self.later(error.message)
        raise error

    def _taken(self, error: AlreadyExists) -> float:
        """Seconds until a taken name is tried again: only when an object of ours that has it is about to go."""
        if self.work.removing(self.kind):
            return self.later(f"its name is still taken: {error.message}")
        raise EksgpuError(
            f"{self.identity}: the name is taken by something that is not ours ({error.message})",
            hint="rename the cluster in the spec, or remove the other object",
        ) from error

    def _search(self, error: AnswerLost) -> Generator[float, None, Live | None]:
        """Look for what a create may have made although its answer was lost."""
        self.tell(Happened.RETRYING, f"no answer, looking whether it was made ({error.message})")
        for delay in SEARCH_AFTER[: self.resource.searches]:
            if delay:
                yield delay
            found = self._find()
            if found is not None:
                return found
        return None

    def _find(self) -> Live | None:
        # One that is recreated under its old name may have its old id again: by then the old one is gone.
        known = {live.id for live in self.change.old} if self.change.effect is not Effect.RECREATE else set()
        lives = [
            live
            for live in type(self.resource).discover(self.work.run)
            if live.name == self.name
            and live.id not in known
            and live.incarnation == self.resource.incarnation
            and live.state is not State.DELETING
        ]
        return min(lives, key=lambda live: (live.created, live.id), default=None)

    def _ready(self, live: Live) -> Generator[float, None, Live]:
        """Poll until the object is ready. Raises when it failed or its deadline passed."""
        unseen = 0.0
        while live.state is not State.READY:
            if live.state is State.FAILED:
                raise CloudError(f"{self.named(live)} failed: {live.reason}")
            delay = self.wait(live)
            yield delay
            now = yield from self._read(live)
            if now is not None:
                live, unseen = now, 0.0
                continue
            unseen += delay
            if unseen > SETTLE:
                raise CloudError(f"{self.named(live)} vanished while it was made")
        return live

    def _read(self, live: Live) -> Generator[float, None, Live | None]:
        while True:
            try:
                return type(self.resource).read(self.work.run, live)
            except NotFound:
                return None
            except (Throttled, AnswerLost) as error:
                yield self.later(error.message)

    def _converge(self, live: Live) -> Generator[float, None, Live]:
        """Update step by step until nothing differs; a step that changes nothing several times is an error."""
        unmoved = 0
        differs = self._differs(live)
        while differs:
            refusals = self._refusals
            after = yield from self._update(live, frozenset(differs))
            after = yield from self._ready(after)
            still = self._differs(after)
            # A step that was refused for now is no step without effect: its deadline watches over it.
            unmoved = unmoved + 1 if still == differs and self._refusals == refusals else 0
            if unmoved >= UNMOVED_LIMIT:
                raise CloudError(f"{self.named(live)} does not take the change of {_list(still)}")
            if unmoved:
                yield self.later(f"{_list(still)} not visible yet")
                after = (yield from self._read(after)) or after
                still = self._differs(after)
            live, differs = after, still
        return live

    def _differs(self, live: Live) -> dict[str, FieldDiff]:
        return diff(self.resource, live, self.work.lookup)

    def _update(self, live: Live, changed: frozenset[str]) -> Generator[float, None, Live]:
        resolved = resolve_fields(self.resource, self.work.lookup)
        while True:
            try:
                known = resolved.update(self.work.run, live, changed)
            except Throttled as error:
                yield self.throttled(error)
                continue
            except AnswerLost as error:
                yield self.later(error.message)
                known = None
            except (Later, NotFound) as error:
                self._refusals += 1
                yield self.later(error.message)
                known = None
            if known is not None:
                return known
            return (yield from self._read(live)) or live


def _list(names: Collection[str] | dict[str, Any]) -> str:
    return ", ".join(sorted(names))
