"""Controllers beside a control plane: their steps on a thread, again and again, whatever goes wrong with one of them.

What the steps do is not known here.
"""

import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import urllib3

from eksgpu.sandbox.kubernetes.failure import ApiError

Step = Callable[[], bool]
"""Does what is due; was anything changed?"""
_PAUSE_SECONDS = 0.1


class Rounds:
    """Runs from construction. What goes wrong is tried again next round.

    It is written to `log`, but only once while the same goes wrong with the same step.
    """

    def __init__(self, steps: Sequence[Step], log: Path) -> None:
        self._steps, self._log = steps, log
        self._wrong: dict[Step, str] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="controllers")
        self._thread.start()

    def stop(self) -> None:
        """End it and wait for the step that it is at."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_PAUSE_SECONDS):
            for step in self._steps:
                self._act(step)

    def _act(self, step: Step) -> None:
        try:
            while step() and not self._stopping.is_set():
                pass
        except Exception as error:
            expected = isinstance(error, ApiError | urllib3.exceptions.HTTPError)
            self._write_down(step, f"{error}\n" if expected else traceback.format_exc())
        else:
            self._wrong.pop(step, None)

    def _write_down(self, step: Step, text: str) -> None:
        if self._wrong.get(step) == text:
            return
        self._wrong[step] = text
        with self._log.open("a", encoding="utf-8") as log:
            log.write(text)
