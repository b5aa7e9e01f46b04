"""Events as JSON lines, for programs that follow a run (`--events`). One object a line, flushed at once."""

import json
import threading
from typing import TextIO

from eksgpu.engine.events import Event


class EventLines:
    """A listener that writes each event to `stream`; workers may call it side by side."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        line = json.dumps(event.as_json(), ensure_ascii=False)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()
