"""Where a verb's words go: data to stdout, everything else to stderr; a machine's stdout holds nothing but JSON."""

import io
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, TextIO

from .look import Look, look_for


@dataclass(frozen=True)
class Screen:
    """The two streams of one command.

    json:    the result is one JSON object on stdout.
    compact: that object takes one line, because event lines stand before it.
    """

    out: TextIO
    err: TextIO
    look: Look
    err_look: Look
    json: bool = False
    compact: bool = False

    @classmethod
    def standard(cls, *, as_json: bool, events_on_stdout: bool = False, no_color: bool = False) -> Self:
        """The process's own streams. Text gives way to stderr where stdout carries JSON or event lines."""
        out, err = standard_output(), sys.stderr or io.StringIO()
        return cls(
            out=out,
            err=err,
            look=look_for(err if as_json or events_on_stdout else out, no_color=no_color),
            err_look=look_for(err, no_color=no_color),
            json=as_json,
            compact=events_on_stdout,
        )

    def show(self, lines: Iterable[str]) -> None:
        """What a person came for."""
        stream = self.err if self.json or self.compact else self.out
        _write(stream, lines)

    def say(self, *lines: str) -> None:
        """What a person should know beside it."""
        _write(self.err, lines)

    def result(self, report: Mapping[str, Any], lines: Iterable[str]) -> None:
        """The verb's result: JSON for a machine, else `lines`."""
        if self.json:
            self.machine(report)
        else:
            self.show(lines)

    def machine(self, report: Mapping[str, Any]) -> None:
        """The one JSON object; in ASCII, so that no locale can spoil it."""
        _write(self.out, [json.dumps(report, indent=None if self.compact else 2)])


def standard_output() -> TextIO:
    """The process's own; one that was closed before it started takes everything and shows nothing."""
    return sys.stdout or io.StringIO()


def _write(stream: TextIO, lines: Iterable[str]) -> None:
    stream.write("".join(f"{line}\n" for line in lines))
    stream.flush()
