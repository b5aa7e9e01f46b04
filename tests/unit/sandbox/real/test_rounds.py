"""Controllers go on, and what goes wrong with them can be read."""

import threading
from pathlib import Path

from eksgpu.sandbox.kubernetes.failure import ApiError
from eksgpu.sandbox.real.rounds import Rounds


def test_what_goes_wrong_is_written_down_once_and_tried_again(tmp_path: Path) -> None:
    answers = iter(["refused", "refused", "refused", "good", "refused", "bug", "bug"])
    all_asked, other_ran = threading.Event(), threading.Event()

    def step() -> bool:
        answer = next(answers, "end")
        if answer == "refused":
            raise ApiError(403, "Forbidden", "no")
        if answer == "bug":
            raise ValueError("a bug")
        if answer == "end":
            all_asked.set()
        return False

    def other() -> bool:
        other_ran.set()
        return False

    rounds = Rounds([step, other], tmp_path / "log")
    assert all_asked.wait(10)
    rounds.stop()
    assert other_ran.is_set()
    written = (tmp_path / "log").read_text()
    assert (written.count("no\n"), written.count("ValueError: a bug\n")) == (2, 1)
