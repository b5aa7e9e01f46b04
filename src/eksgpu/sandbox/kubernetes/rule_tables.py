"""What roles and policies allow, from the data files that list their rules. Who holds them is not known here."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

Rule = dict[str, Any]


@cache
def rule_table(path: str) -> dict[str, tuple[Rule, ...]]:
    """The rules of each role in `sandbox/data/<path>`, with those of the role that it includes. Not to be changed."""
    text = files("eksgpu.sandbox.data").joinpath(path).read_text(encoding="utf-8")
    roles: Mapping[str, Mapping[str, Any]] = YAML(typ="safe").load(text)["roles"]
    return {name: _rules(roles, name) for name in roles}


def _rules(roles: Mapping[str, Mapping[str, Any]], name: str) -> tuple[Rule, ...]:
    role = roles[name]
    included = _rules(roles, role["includes"]) if "includes" in role else ()
    return (*role.get("rules", ()), *included)
