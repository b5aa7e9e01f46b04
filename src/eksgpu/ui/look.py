"""How text may look on one stream: its width, and whether it may carry colour.

Every view takes a Look and returns lines, so it can be tested without a terminal. Colour only repeats what words and
symbols say already.
"""

import os
import textwrap
from dataclasses import dataclass
from enum import StrEnum
from typing import TextIO

WIDTH_OFF_TERMINAL = 100
WIDEST = 120  # longer lines are hard to read


class Style(StrEnum):
    """The few styles in use; the value is the terminal's own code."""

    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    CYAN = "36"


@dataclass(frozen=True)
class Look:
    """width: columns to stay within. colour: whether styles show."""

    width: int = WIDTH_OFF_TERMINAL
    colour: bool = False

    def paint(self, text: str, style: Style) -> str:
        """`text` in `style`, or as it is where colour is off."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and text else text

    def wrap(self, text: str, indent: str = "", hanging: str | None = None) -> list[str]:
        """`text` in lines within the width; long words (ARNs, ids) stay whole. `hanging` indents all but the first."""
        rest = indent if hanging is None else hanging
        width = max(self.width, len(rest) + 20)
        lines: list[str] = []
        for paragraph in text.splitlines() or [""]:
            lines += textwrap.wrap(
                paragraph,
                width,
                initial_indent=indent if not lines else rest,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [indent.rstrip()]
        return lines


def look_for(stream: TextIO, *, no_color: bool = False) -> Look:
    """What `stream` can show. Colour only on a terminal that has it, never with NO_COLOR set to anything."""
    terminal = stream.isatty()
    colour = terminal and not no_color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Look(min(_width(stream, terminal=terminal), WIDEST), colour)


def _width(stream: TextIO, *, terminal: bool) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns):
        return int(columns)
    if not terminal:
        return WIDTH_OFF_TERMINAL
    # A pseudo-terminal that nobody sized says 0.
    return os.get_terminal_size(stream.fileno()).columns or WIDTH_OFF_TERMINAL
