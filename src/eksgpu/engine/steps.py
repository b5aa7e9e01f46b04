"""What it takes to make one object so, or gone: the only place that knows about lost answers, throttles and waiting.

A step is a generator. It yields the seconds it wants to sleep and leaves the waiting to the executor, so one thread or
thirty can drive it, and a run with a stepped clock repeats exactly.
"""

import zlib
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass
from typing import Any

from eksgpu.errors import AlreadyExists, AnswerLost, CloudError, EksgpuError, Later, NotFound, Throttled

from .diff import FieldDiff, Lookup, diff, resolve_fields
from .events import Event, Happened, Listener
from .plan import Action, Change
from .resource import Deletable, Effect, Live, Resource, Run, State

Waits = Generator[float, None, Live | None]
POLL_SHORTEST, POLL_LONGEST, POLL_SHARE = 2.0, 15.0, 20.0
SETTLE = 60.0  # how long a new object may stay invisible to reads (EC2 and IAM are eventually consistent)
SEARCH_AFTER = (0.0, 5.0, 10.0)  # a create whose answer was lost is looked for at 0, 5 and 15 s
UNMOVED_LIMIT = 4
DOUBT = 60.0  # how long a deletion may be refused until it is asked whether waiting is in vain; doubles each time


def poll_delay(elapsed: float) -> float:
    """How long to wait before looking again: a twentieth of the time waited so far, between 2 and 15 s."""
    return min(POLL_LONGEST, max(POLL_SHORTEST, elapsed / POLL_SHARE))


@dataclass
class Work:
    """What a step may use. `removing(kind)` tells whether the run still has objects of that kind to delete."""

    run: Run
    lookup: Lookup
    listener: Listener
    removing: Callable[[str], bool]
    began: float


class Step:
    """One object's way to where the plan wants it."""

    def __init__(self, work: Work, action: str, kind: str, name: str, deadline: float) -> None:
        self.work, self.action, self.kind, self.name = work, action, kind, name
        self._deadline = deadline
        self._started: float | None = None
        self._throttles = 0

    @property
    def identity(self) -> str:
        return f"{self.kind}/{self.name}"

    def steps(self) -> Waits:
        """Drive it to its end."""
        raise NotImplementedError

    def elapsed(self) -> float:
        """Seconds since the step began."""
        now = self.work.run.clock.monotonic()
        if self._started is None:
            self._started = now
        return now - self._started

    def tell(self, happened: Happened, detail: str = "", id: str = "") -> None:  # noqa: A002
        """Emit an event about this step."""
        at = self.work.run.clock.monotonic() - self.work.began
        event = Event(happened, self.action, self.kind, self.name, at, self.elapsed(), id, detail)
        self.work.listener(event)

    def later(self, reason: str) -> float:
        """Seconds to wait before trying again; raises when the deadline has passed."""
        elapsed = self.elapsed()
        if elapsed > self._deadline:
            raise CloudError(f"{self.identity}: gave up after {int(elapsed)} s: {reason}")
        self.tell(Happened.RETRYING, reason)
        return poll_delay(elapsed)

    def throttled(self, error: Throttled) -> float:
        """Seconds to wait after a throttle: doubling, spread by the object's name so that not all return at once."""
        self._throttles += 1
        if self.elapsed() > self._deadline:
            raise error
        self.tell(Happened.RETRYING, str(error))
        spread = zlib.crc32(self.identity.encode()) % 1000 / 1000
        return float(min(2 ** (self._throttles - 1), 16) + spread)

    def wait(self, live: Live) -> float:
        """Seconds until the next look at a pending object."""
        elapsed = self.elapsed()
        if elapsed > self._deadline:
            raise CloudError(f"{self.identity} ({live.id}): still {live.state} after {int(elapsed)} s. {live.reason}")
        self.tell(Happened.WAITING, live.reason, live.id)
        return poll_delay(elapsed)


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
        live = yield from self._ready(live)
        live = yield from self._converge(live)
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
                raise CloudError(f"{self.identity} ({live.id}) failed: {live.reason}")
            delay = self.wait(live)
            yield delay
            now = yield from self._read(live)
            if now is not None:
                live, unseen = now, 0.0
                continue
            unseen += delay
            if unseen > SETTLE:
                raise CloudError(f"{self.identity} ({live.id}) vanished while it was made")
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
                raise CloudError(f"{self.identity} ({live.id}) does not take the change of {_list(still)}")
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


class Remove(Step):
    """Delete one live object and see it gone."""

    def __init__(self, work: Work, kind: type[Deletable], live: Live) -> None:
        super().__init__(work, str(Action.DELETE), live.kind, live.name, max(kind.deadline, 600.0))
        self.deletable, self.live = kind, live
        self._doubt = DOUBT

    def steps(self) -> Waits:
        """Drive it; returns None."""
        self.tell(Happened.STARTED, id=self.live.id)
        if self.live.state is not State.DELETING:
            yield from self._delete()
        if self.deletable.waits_gone or self.live.state is State.DELETING:
            yield from self._gone()
        self.tell(Happened.DONE, id=self.live.id)
        return None

    def _delete(self) -> Generator[float, None, None]:
        while True:
            try:
                self.deletable.delete(self.work.run, self.live)
            except NotFound:
                return
            except Throttled as error:
                yield self.throttled(error)
            except Later as error:
                yield self._refused(error)
            except AnswerLost as error:
                yield self.later(error.message)
            else:
                return

    def _refused(self, error: Later) -> float:
        """Seconds until the next try; raises when it is known that none will do."""
        if self.elapsed() >= self._doubt:
            self._doubt *= 2
            reason = self.deletable.in_vain(self.work.run, self.live)
            if reason:
                raise CloudError(f"{self.identity} ({self.live.id}): {reason}") from error
        return self.later(error.message)

    def _gone(self) -> Generator[float, None, None]:
        live: Live | None = self.live
        while True:
            try:
                live = self.deletable.read(self.work.run, self.live)
            except NotFound:
                return
            except (Throttled, AnswerLost) as error:
                yield self.later(error.message)
                continue
            if live is None or live.state is State.GONE:
                return
            if live.state is State.FAILED and self.elapsed() > SETTLE:
                raise CloudError(f"{self.identity} ({live.id}) could not be deleted: {live.reason}")
            yield self.wait(live)


def _list(names: Collection[str] | dict[str, Any]) -> str:
    return ", ".join(sorted(names))
