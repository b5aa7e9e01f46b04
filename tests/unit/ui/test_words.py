"""Numbers in words, tables within a width, and what a stream can show."""

import io

import pytest

from eksgpu.ui.look import Look, Style, look_for
from eksgpu.ui.table import table
from eksgpu.ui.words import clock, hourly, many, moment, span, usd, value


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.6, "1 min"),
        (90, "1 min 30 s"),
        (599, "9 min 59 s"),
        (785, "13 min"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
    ],
)
def test_spans(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize("iso", ["2026-12-02T20:44:37.578000+00:00", "2026-12-02T12:44:37-08:00"])
def test_moments_are_to_the_minute_and_in_utc(iso: str) -> None:
    assert moment(iso) == "2026-12-02 at 20:44 UTC"


def test_small_words() -> None:
    assert (clock(187), clock(3729)) == ("3:07", "1:02:09")
    assert (usd(0), hourly(0.045), usd(1234.5)) == ("$0.00", "$0.045", "$1,234.50")
    assert (many(1, "object"), many(2, "object")) == ("1 object", "2 objects")
    assert (value(None), value(True), value(""), value(["a"]), value("a")) == ("(not set)", "true", '""', '["a"]', "a")


def test_one_column_gives_way() -> None:
    assert table([("a", "one two three four five six", "9")], Look(28), right=(2,), flexible=1) == [
        "  a  one two three four    9",
        "     five six",
    ]
    assert table([], Look()) == []


def test_wrapping_keeps_long_words_whole() -> None:
    assert Look(24).wrap("see arn:aws:iam::111122223333:role/x", "  ") == [
        "  see",
        "  arn:aws:iam::111122223333:role/x",
    ]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_only_on_a_terminal_that_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "70")
    assert look_for(Terminal()) == Look(70, colour=True)
    assert not look_for(io.StringIO()).colour
    assert not look_for(Terminal(), no_color=True).colour
    monkeypatch.setenv("TERM", "dumb")
    assert not look_for(Terminal()).colour
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not look_for(Terminal()).colour


def test_paint() -> None:
    assert Look(colour=True).paint("x", Style.RED) == "\x1b[31mx\x1b[0m"
    assert Look().paint("x", Style.RED) == "x"
