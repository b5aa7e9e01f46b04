"""Questions to a person, on a terminal only: anything else has to say `--yes`."""

import sys

from eksgpu.errors import UsageError

from .screen import Screen


def confirm(screen: Screen, question: str, answer: str) -> bool:
    """Whether the person typed exactly `answer`. Raises UsageError where nobody can be asked."""
    if not (sys.stdin.isatty() and screen.err.isatty()):
        raise UsageError(
            "this would change things, and there is no terminal to ask on; nothing was changed",
            hint="pass --yes to go ahead without being asked",
        )
    screen.err.write(question)
    screen.err.flush()
    return sys.stdin.readline().strip() == answer
