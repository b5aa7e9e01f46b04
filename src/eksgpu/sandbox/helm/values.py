"""A chart's values: its defaults with what the user set laid over them, as Helm does it."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML


@cache
def defaults(file: str) -> Mapping[str, Any]:
    """The default values in one data file of this folder; nobody may change them."""
    text = files(__package__).joinpath("data", file).read_text(encoding="utf-8")
    found: dict[str, Any] = YAML(typ="safe").load(text)["values"]
    return found


def merged(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Maps are merged, everything else is replaced, and null takes a default away."""
    result = dict(defaults)
    for key, value in given.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say something; templates leave out empty ones."""
    return {key: value for key, value in fields.items() if value not in (None, "", [], {})}


def full_name(release: str, chart: str, override: str = "") -> str:
    """The name of a chart's objects: the release's own where that says the chart's already."""
    if override:
        return override
    return release if chart in release else f"{release}-{chart}"
