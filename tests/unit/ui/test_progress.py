"""Following a run: the model, plain lines, the live picture, and event lines."""

import io
import json
from collections.abc import Iterator

import pytest

from eksgpu.engine.events import Event, Happened
from eksgpu.ui.events import EventLines
from eksgpu.ui.look import Look
from eksgpu.ui.progress_live import LiveProgress
from eksgpu.ui.progress_model import ProgressModel
from eksgpu.ui.progress_plain import PlainProgress
from eksgpu.ui.screen import Screen
from eksgpu.ui.step_line import step_line

VPC, CLUSTER, NODES, KEY = "make vpc/main", "make eks_cluster/c", "make node_group/n", "make kms_key/k"
NEEDS: dict[str, set[str]] = {VPC: set(), CLUSTER: {VPC, KEY}, NODES: {CLUSTER}, KEY: set(), "make role/same": {VPC}}
EXPECTED = {VPC: 2.0, CLUSTER: 540.0, NODES: 120.0, KEY: 0.0}


def event(happened: Happened, identity: str, at: float, elapsed: float = 0.0, **more: str) -> Event:
    kind, name = identity.split("/")
    return Event(happened, more.pop("action", "create"), kind, name, at, elapsed, **more)


RUN = (
    event(Happened.STARTED, "vpc/main", 0),
    event(Happened.STARTED, "kms_key/k", 0),
    event(Happened.DONE, "kms_key/k", 1, 1, id="key-1"),
    event(Happened.DONE, "vpc/main", 2, 2, id="vpc-1"),
    event(Happened.STARTED, "eks_cluster/c", 2),
    *(event(Happened.WAITING, "eks_cluster/c", 2 + spent, spent, detail="CREATING") for spent in range(5, 100, 5)),
    event(Happened.RETRYING, "eks_cluster/c", 100, 98, detail="too many requests"),
)


def model(*events: Event) -> ProgressModel:
    made = ProgressModel()
    made.schedule(NEEDS, EXPECTED)
    for happened in events:
        made.take(happened)
    return made


def test_the_model_knows_what_waits_and_what_is_left() -> None:
    seen = model(*RUN)
    assert list(seen.running) == [CLUSTER]
    assert (len(seen.over), seen.total) == (2, 4)
    assert seen.waiting_for(CLUSTER) == 1
    assert seen.waiting_for(VPC) == 2
    assert seen.remaining(102.0) == (560.0, (CLUSTER, NODES))


def test_a_step_that_takes_longer_than_usual_leaves_the_rest() -> None:
    assert model(*RUN).remaining(5000.0) == (120.0, (NODES,))


def test_two_removals_of_one_name_are_told_apart() -> None:
    seen = model(
        event(Happened.STARTED, "subnet/a", 0, id="subnet-1", action="delete"),
        event(Happened.STARTED, "subnet/a", 0, id="subnet-2", action="delete"),
        event(Happened.RETRYING, "subnet/a", 1, 1, detail="in use", action="delete"),
        event(Happened.DONE, "subnet/a", 2, 2, id="subnet-1", action="delete"),
    )
    assert list(seen.running) == ["remove subnet/a subnet-2"]


def test_the_model_works_without_a_schedule() -> None:
    seen = ProgressModel()
    seen.take(RUN[0])
    assert (seen.total, seen.waiting_for(VPC), seen.remaining(1.0)) == (0, 0, (0.0, ()))


def screen() -> Screen:
    return Screen(io.StringIO(), io.StringIO(), Look(100), Look(100))


def text(stream: object) -> list[str]:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue().splitlines()


def test_plain_lines_tell_start_and_end_and_a_slow_step_every_half_minute() -> None:
    shown = screen()
    progress = PlainProgress(shown)
    progress.on_schedule(NEEDS, EXPECTED)
    progress.notice("took over the lock")
    for happened in RUN:
        progress(happened)
    progress(event(Happened.FAILED, "eks_cluster/c", 130, 128, detail="no capacity"))
    progress(event(Happened.BLOCKED, "node_group/n", 130))
    progress.close()
    assert text(shown.out) == []
    waiting = "still creating after {}, 1 step waiting for it, about {} left in all: CREATING"
    assert text(shown.err) == [
        "note: took over the lock",
        "[ 0:00]   + vpc/main: creating",
        "[ 0:00]   + kms_key/k: creating",
        "[ 0:01]   + kms_key/k: created in 1 s (key-1), 1 of 4",
        "[ 0:02]   + vpc/main: created in 2 s (vpc-1), 2 of 4",
        "[ 0:02]   + eks_cluster/c: creating",
        "[ 0:32]   + eks_cluster/c: " + waiting.format("30 s", "10 min"),
        "[ 1:02]   + eks_cluster/c: " + waiting.format("1 min", "10 min"),
        "[ 1:32]   + eks_cluster/c: " + waiting.format("1 min 30 s", "9 min 30 s"),
        "[ 2:10]   + eks_cluster/c: failed after 2 min 8 s: no capacity",
        "[ 2:10]   + node_group/n: not tried, something it needs failed",
    ]


def test_a_second_run_counts_anew_and_its_times_go_on() -> None:
    shown = screen()
    progress = PlainProgress(shown)
    for number in range(2):
        progress.on_schedule({KEY: set()}, {KEY: 1.0})
        progress(event(Happened.DONE, "kms_key/k", 65.0, 1.0, id=f"key-{number}"))
    assert text(shown.err) == [
        "[ 1:05]   + kms_key/k: created in 1 s (key-0), 1 of 1",
        "[ 2:10]   + kms_key/k: created in 1 s (key-1), 1 of 1",
    ]


def test_lines_name_no_arn_and_no_object_twice() -> None:
    arn = event(Happened.DONE, "iam_role/node", 1, 1, id="arn:aws:iam::1:role/node")
    failed = event(Happened.FAILED, "iam_role/node", 1, 1, detail="iam_role/node: the name is taken")
    assert [step_line(happened, Look(100)) for happened in (arn, failed)] == [
        "[ 0:01]   + iam_role/node: created in 1 s",
        "[ 0:01]   + iam_role/node: failed after 1 s: the name is taken",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LiveProgress, Terminal]]:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    shown = Screen(io.StringIO(), terminal, Look(100), Look(100))
    progress = LiveProgress(shown, speed=60.0, now=lambda: 1.0)
    progress.on_schedule(NEEDS, EXPECTED)
    yield progress, terminal
    progress.close()


def test_the_live_picture_shows_what_runs_since_when_what_waits_and_what_is_left(
    live: tuple[LiveProgress, Terminal],
) -> None:
    progress, terminal = live
    for happened in RUN:
        progress(happened)
    assert progress.picture(height=24) == [
        "  running                      since  usually  waiting for it",
        "  creating eks_cluster/c  1 min 38 s    9 min          1 step  too many requests",
        "  2 of 4 done, about 9 min 22 s left: eks_cluster/c > node_group/n",
    ]
    progress.close()
    assert "vpc/main: created in 2 s (vpc-1)" in terminal.getvalue()


def test_a_short_terminal_shows_the_longest_running_and_counts_the_rest(live: tuple[LiveProgress, Terminal]) -> None:
    progress, _ = live
    for number in range(9):
        progress(event(Happened.STARTED, f"role/r{number}", float(number)))
    picture = progress.picture(height=8)
    assert [line.split()[1] for line in picture[1:4]] == ["role/r0", "role/r1", "role/r2"]
    assert picture[4] == "  and 6 more"


def test_events_are_one_json_object_a_line() -> None:
    stream = io.StringIO()
    progress = PlainProgress(screen(), also=EventLines(stream))
    for happened in RUN[:3]:
        progress(happened)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert lines[2] == {
        "happened": "done", "action": "create", "kind": "kms_key", "name": "k", "at": 1, "elapsed": 1, "id": "key-1",
    }  # fmt: skip


class Full(io.StringIO):
    """Takes two writes, and then no more."""

    left = 2

    def write(self, text: str, /) -> int:
        self.left -= 1
        if self.left < 0:
            raise OSError(28, "No space left on device")
        return super().write(text)


def test_a_stream_that_takes_no_more_ends_the_view_and_the_event_lines_and_never_the_run() -> None:
    stream, err = Full(), Full()
    look = Look()
    lines = EventLines(stream)
    progress = PlainProgress(Screen(out=err, err=err, look=look, err_look=look), also=lines)
    for happened in RUN:
        progress(happened)
    progress.notice("still here")
    assert [len(text.getvalue().splitlines()) for text in (stream, err)] == [2, 2]
    assert lines.ended is not None
