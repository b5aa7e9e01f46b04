"""Reads the data files of the catalogue, each once, when somebody first asks for it.

YAML for small tables, CSV for the table of instance types, where YAML would be slow. It knows nothing of what the
files mean: that is for the module that reads one.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML


@cache
def document(name: str) -> Mapping[str, Any]:
    """The mapping in `data/<name>.yaml`."""
    loaded: Mapping[str, Any] = YAML(typ="safe").load(_text(f"{name}.yaml"))
    return loaded


def as_of(name: str) -> date:
    """The day on which the facts of `data/<name>.yaml` were true."""
    day: date = document(name)["date"]
    return day


def rows(name: str) -> Iterator[list[str]]:
    """The rows of `data/<name>.csv`, the line of column names first; lines that open with `#` say the source."""
    return csv.reader(line for line in _text(f"{name}.csv").splitlines() if not line.startswith("#"))


def _text(file: str) -> str:
    return resources.files("eksgpu.catalog").joinpath("data", file).read_text(encoding="utf-8")
