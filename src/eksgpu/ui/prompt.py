"""Questions to a person, on a terminal only: anything else has to say `--yes`."""

import sys

from eksgpu.errors import UsageError

from .screen import Screen


def confirm(screen: Screen, question: str, answer: str) -> bool:
    """Whether the person typed exactly `answer`. Raises UsageError where nobody can be asked."""
    # A process may have been started without a standard input.
    if sys.stdin is None or not (sys.stdin.isatty() and screen.err.isatty()):
        raise UsageError(
            "this would change things, and there is no terminal to ask on; nothing was changed",
            hint="pass --yes to go ahead without being asked",
        )
    screen.err.write(question)
    screen.err.flush()
    typed = sys.stdin.readline()
    if not typed.endswith("\n"):  # ended by Ctrl-D: what follows begins a line of its own
        screen.err.write("\n")
    return typed.strip() == answer
