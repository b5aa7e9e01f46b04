"""How long AWS takes: seconds per operation, from public logs of real accounts.

The plan's expected time and the sandbox both read these. Knows no cloud API.
"""

import functools
from dataclasses import dataclass
from importlib import resources

from ruamel.yaml import YAML

DURATIONS_FILE = "catalog/data/durations.yaml"


@dataclass(frozen=True)
class Duration:
    """Seconds that one operation takes on AWS: the shortest seen, the usual, the longest seen.

    `basis` is measured, quoted, documented or estimated; `source` names the evidence.
    """

    shortest: float
    typical: float
    longest: float
    basis: str
    source: str


@functools.cache
def load_durations() -> dict[str, Duration]:
    """Every known duration by its key, `service:object:verb`."""
    text = resources.files("eksgpu").joinpath(DURATIONS_FILE).read_text(encoding="utf-8")
    document = YAML(typ="safe", pure=True).load(text)
    return {key: _duration(key, row) for key, row in document["durations"].items()}


def expected_seconds(key: str) -> float:
    """The usual seconds of an operation; 0 for one that is done when it answers and has no figure."""
    known = load_durations().get(key)
    return known.typical if known is not None else 0.0


def _duration(key: str, row: dict[str, object]) -> Duration:
    shortest, typical, longest = (float(value) for value in row["seconds"])  # type: ignore[attr-defined]
    if not 0 <= shortest <= typical <= longest:
        raise ValueError(f"{DURATIONS_FILE}: {key}: seconds must rise: {row['seconds']}")
    return Duration(shortest, typical, longest, str(row["basis"]), str(row["source"]))
