"""Events as JSON lines, for programs that follow a run (`--events`). One object a line, flushed at once.

A stream that takes no more (a full disk, a reader that went away) ends the lines, never the run.
"""

import json
import threading
from typing import TextIO

from eksgpu.engine.events import Event


class EventLines:
    """A listener that writes each event to `stream`; workers may call it side by side.

    ended: why the lines stopped before the run did.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self.ended: OSError | None = None

    def __call__(self, event: Event) -> None:
        line = json.dumps(event.as_json())
        with self._lock:
            if self.ended is not None:
                return
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except OSError as error:
                self.ended = error
