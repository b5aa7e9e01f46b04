"""Removing one object: its deletion asked for until it is taken, and then watched until the object is gone."""

from collections.abc import Generator

from eksgpu.errors import AnswerLost, CloudError, Later, NotFound, Throttled

from .events import Happened
from .plan import Action
from .resource import Deletable, Live, State
from .step import SETTLE, Step, Waits, Work

DOUBT = 60.0  # how long a deletion may be refused until it is asked whether waiting is in vain; doubles each time


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
        self._give_up(error)
        return self.later(error.message)

    def _give_up(self, cause: Exception | None = None) -> None:
        """Raises when it has taken a while and the kind knows that waiting is in vain."""
        if self.elapsed() >= self._doubt:
            self._doubt *= 2
            reason = self.deletable.in_vain(self.work.run, self.live)
            if reason:
                raise CloudError(f"{self.named(self.live)}: {reason}") from cause

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
                raise CloudError(f"{self.named(live)} could not be deleted: {live.reason}")
            self._give_up()
            yield self.wait(live)
