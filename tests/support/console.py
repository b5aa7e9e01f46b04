"""Commands in a Markdown page, and what the page says they print: a page that is run cannot lie.

A block marked `console` holds `$ command` lines, each followed by lines of its output. Lines may be left out, and
`…` stands for any text within a line; those that are there must come in that order.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

HEADING = re.compile(r"#{2,} (?P<title>.+)")
FENCE = "```"


@dataclass(frozen=True)
class Shown:
    """One command of a page. `section` is the heading it stands under, `line` its number in the file."""

    section: str
    line: int
    command: str
    output: tuple[str, ...]


def commands(page: str) -> list[Shown]:
    """Every command of a page, in order."""
    found: list[Shown] = []
    section, inside = "", False
    for number, line in enumerate(page.splitlines(), 1):
        heading = HEADING.fullmatch(line)
        if line.startswith(FENCE):
            inside = line == f"{FENCE}console"
        elif not inside:
            section = heading["title"] if heading else section
        elif line.startswith("$ "):
            found.append(Shown(section, number, line[2:], ()))
        elif line.startswith("> ") and not found[-1].output:  # the command goes on
            found[-1] = Shown(section, found[-1].line, f"{found[-1].command}\n{line[2:]}", ())
        elif line.strip() not in ("", "…"):
            last = found[-1]
            found[-1] = Shown(last.section, last.line, last.command, (*last.output, line))
    return found


def missing(shown: Shown, printed: str) -> Iterator[str]:
    """The lines that the page shows and the command did not print, or not in that order."""
    lines = iter([" ".join(line.split()) for line in printed.splitlines()])
    for wanted in shown.output:
        pattern = re.compile(".*".join(re.escape(part) for part in " ".join(wanted.split()).split("…")))
        if not any(pattern.search(line) for line in lines):
            yield wanted
            return
