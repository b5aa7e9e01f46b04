"""One program of a control plane as a process that never outlives ours, however ours ends."""

import subprocess
from pathlib import Path

# The shell waits for the program, and kills it when our end of the pipe closes: no signal can keep that from happening.
_GUARD = """exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(read -r _ <&3; kill -KILL $child 2>/dev/null) &
guard=$!
exec 3<&-
wait $child
code=$?
kill $guard 2>/dev/null
exit $code"""


class Process:
    """Runs from construction. Its output goes to `<program>.log` in `folder`."""

    def __init__(self, program: Path, *arguments: object, folder: Path) -> None:
        self.name = program.name
        self._log = folder / f"{program.name}.log"
        command = ["/bin/sh", "-c", _GUARD, program.name, str(program), *map(str, arguments)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)  # noqa: S603

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def last_words(self) -> str:
        """The last line it printed."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def stop(self) -> None:
        """Kill it: all it holds is thrown away with it. Waits until it has ended, so that its ports are free."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
