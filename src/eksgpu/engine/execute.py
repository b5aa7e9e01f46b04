"""The executor: carries out a plan's steps as soon as each may start, with no barrier between them.

Workers run slices of steps; this loop does the waiting, renews the lock, and stops cleanly on Ctrl-C or when the
credentials run out: slices in flight end, nothing new starts, and running again continues.
"""

import heapq
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from queue import SimpleQueue
from typing import Any, Protocol

from eksgpu.errors import CredentialsError, Interrupted, LockLost, RunFailed

from .events import Happened, Listener, ignore
from .graph import Graph
from .interrupt import Interrupts
from .make import Make
from .plan import Action, Plan
from .refs import Ref
from .remove import Remove
from .resource import Deletable, Live, Run
from .schedule import Needs, make_key, remove_key, schedule
from .step import Step, Waits, Work

STOPPING = (CredentialsError, LockLost)
IDLE = 5.0


class Workers(Protocol):
    """Where slices run: a thread pool, or inline when a run must repeat exactly."""

    def submit(self, call: Callable[[], Any], /) -> "Future[Any]": ...


class Inline:
    """Workers that run everything at once, in the caller's thread."""

    def submit(self, call: Callable[[], Any], /) -> "Future[Any]":
        """A future that is done already."""
        done: Future[Any] = Future()
        try:
            done.set_result(call())
        except BaseException as error:  # as a pool does: handed to whoever asks for the result, Ctrl-C too
            done.set_exception(error)
        return done


@dataclass
class Outcome:
    """What a run did: how long each step took and which objects live, by identity.

    took: seconds by step key, for steps that ended well; `needs` are the edges they followed.
    """

    lives: dict[str, Live] = field(default_factory=dict)
    removed: list[Live] = field(default_factory=list)
    took: dict[str, float] = field(default_factory=dict)
    needs: Needs = field(default_factory=dict)
    failures: list[tuple[str, Exception]] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)

    def critical_path_seconds(self) -> float:
        """The longest chain of steps by the time each took: no order of the same steps could be faster."""
        ends: dict[str, float] = {}
        for key in TopologicalSorter(self.needs).static_order():
            start = max((ends[need] for need in self.needs.get(key, ())), default=0.0)
            ends[key] = start + self.took.get(key, 0.0)
        return max(ends.values(), default=0.0)


def execute(
    run: Run,
    graph: Graph,
    plan: Plan,
    kinds: Mapping[str, type[Deletable]],
    *,
    workers: Workers | None = None,
    listener: Listener = ignore,
    tick: Callable[[], None] = lambda: None,
    outcome: Outcome | None = None,
) -> Outcome:
    """Carry out `plan`. Raises RunFailed, Interrupted, CredentialsError or LockLost.

    outcome: filled while the run goes on, so that what was done is known also when it raises.
    tick: called at least every few seconds (the lock's heartbeat).
    """
    return _Execution(run, graph, plan, kinds, workers, listener, tick, outcome or Outcome()).go()


class _Execution:
    def __init__(
        self,
        run: Run,
        graph: Graph,
        plan: Plan,
        kinds: Mapping[str, type[Deletable]],
        workers: Workers | None,
        listener: Listener,
        tick: Callable[[], None],
        outcome: Outcome,
    ) -> None:
        self.clock = run.clock
        self.outcome = outcome
        self.workers: Workers = workers or ThreadPoolExecutor(max_workers=24, thread_name_prefix="eksgpu")
        self.owns_workers = workers is None
        self.listener, self.tick = listener, tick
        self.outcome.needs = schedule(graph, plan, kinds)
        self.removing: dict[str, int] = {}
        work = Work(run, self._lookup, listener, self._is_removing, run.clock.monotonic())
        self.steps: dict[str, Step] = {}
        for change in plan.changes:
            if change.live is not None:
                self.outcome.lives[change.identity] = change.live
            for live in change.old:
                self.steps[remove_key(live)] = Remove(work, kinds[live.kind], live)
                self.removing[live.kind] = self.removing.get(live.kind, 0) + 1
            if change.resource is not None and change.action is not Action.NO_OP:
                incarnation = graph.incarnation(change.identity)
                self.steps[make_key(change.identity)] = Make(work, change, incarnation)
        self.serial_keys = {
            make_key(resource.identity): key for resource in graph if (key := resource.serial_key()) is not None
        }
        self.sorter: TopologicalSorter[str] = TopologicalSorter(self.outcome.needs)
        self.generators: dict[str, Waits] = {}
        self.timers: list[tuple[float, int, str]] = []
        self.ready: list[str] = []
        self.done: SimpleQueue[tuple[str, Future[Any]]] = SimpleQueue()
        self.flying = 0
        self.sequence = 0
        self.held: set[str] = set()
        self.wake = threading.Event()
        self.interrupts = Interrupts()
        self.stop: BaseException | None = None

    def go(self) -> Outcome:
        self.sorter.prepare()
        try:
            with self.interrupts:
                while self.sorter.is_active() and self._turn():
                    pass
        finally:
            if self.owns_workers and isinstance(self.workers, ThreadPoolExecutor):
                self.workers.shutdown(wait=True)
        return self._result()

    def _turn(self) -> bool:
        """One round of the loop; False when nothing can go on."""
        try:
            self.interrupts.check()
            self._collect()
            if self.stop is None:
                self.tick()
                self._start()
            if not self.flying and (self.stop is not None or not self._pending()):
                return False
            if self.done.empty():
                self._sleep()
        except KeyboardInterrupt as interrupt:
            self.stop = interrupt
        except STOPPING as error:
            self.stop = error
        return True

    def _pending(self) -> bool:
        return bool(self.timers or self.ready or not self.done.empty())

    def _sleep(self) -> None:
        due = self.timers[0][0] - self.clock.monotonic() if self.timers and self.stop is None else IDLE
        if due > 0:
            with self.interrupts.bearable():
                self.clock.sleep(min(due, IDLE) if self.flying else due, self.wake)
        self.wake.clear()

    def _start(self) -> None:
        """Start what is ready and resume what has slept enough, in an order that is the same twice."""
        while True:
            fresh = sorted(self.sorter.get_ready())
            if not fresh:
                break
            for key in fresh:
                if key in self.steps:
                    self.ready.append(key)
                else:  # nothing to do here
                    self.sorter.done(key)
        waiting = []
        for key in self.ready:
            serial = self.serial_keys.get(key)
            if serial in self.held:
                waiting.append(key)
                continue
            if serial is not None:
                self.held.add(serial)
            self.generators[key] = self.steps[key].steps()
            self._submit(key)
        self.ready = waiting
        now = self.clock.monotonic()
        while self.timers and self.timers[0][0] <= now:
            self._submit(heapq.heappop(self.timers)[2])

    def _submit(self, key: str) -> None:
        self.flying += 1
        future = self.workers.submit(lambda: next(self.generators[key]))
        future.add_done_callback(lambda done: self._landed(key, done))

    def _landed(self, key: str, future: "Future[Any]") -> None:
        self.done.put((key, future))
        self.wake.set()

    def _collect(self) -> None:
        while not self.done.empty():
            key, future = self.done.get()
            self.flying -= 1
            error = future.exception()
            if error is None:
                self.sequence += 1
                heapq.heappush(self.timers, (self.clock.monotonic() + future.result(), self.sequence, key))
            elif isinstance(error, StopIteration):
                self._finish(key, error.value)
            else:
                self._fail(key, error)

    def _finish(self, key: str, live: Live | None) -> None:
        step = self.steps[key]
        self.outcome.took[key] = step.elapsed()
        if isinstance(step, Remove):
            self.outcome.removed.append(step.live)
            self.removing[step.kind] -= 1
        elif live is not None:
            self.outcome.lives[step.identity] = live
        self.held.discard(self.serial_keys.get(key, ""))
        self.sorter.done(key)

    def _fail(self, key: str, error: BaseException) -> None:
        step = self.steps[key]
        self.held.discard(self.serial_keys.get(key, ""))
        if isinstance(error, STOPPING) or not isinstance(error, Exception):
            self.stop = self.stop or error
            return
        step.tell(Happened.FAILED, str(error))
        self.outcome.failures.append((step.identity, error))

    def _lookup(self, ref: Ref) -> Any:
        return self.outcome.lives[ref.target].output(ref.output)

    def _is_removing(self, kind: str) -> bool:
        return self.removing.get(kind, 0) > 0

    def _result(self) -> Outcome:
        outcome = self.outcome
        left = [step.identity for key, step in self.steps.items() if key not in outcome.took]
        failed = {identity for identity, _ in outcome.failures}
        outcome.blocked = [identity for identity in left if identity not in failed]
        if isinstance(self.stop, KeyboardInterrupt):
            raise Interrupted(_progress("interrupted", outcome, left), hint="run the same command again to continue")
        if self.stop is not None:
            self.stop.add_note(_progress("stopped", outcome, left))
            raise self.stop
        if outcome.failures:
            for key, step in self.steps.items():
                if key not in outcome.took and step.identity not in failed:
                    step.tell(Happened.BLOCKED)
            # Some errors begin with the object's name themselves.
            words = "\n".join(
                f"  {identity}: {str(error).removeprefix(f'{identity}: ')}" for identity, error in outcome.failures
            )
            raise RunFailed(
                f"{_progress('some steps failed', outcome, left)}\n{words}",
                failures=tuple(outcome.failures),
                hint=next((hint for _, error in outcome.failures if (hint := getattr(error, "hint", None))), None)
                or "mend the cause and run the same command again: it continues where it stopped",
            )
        return outcome


def _progress(what: str, outcome: Outcome, left: list[str]) -> str:
    return f"{what}: {len(outcome.took)} steps done, {len(left)} not done"
