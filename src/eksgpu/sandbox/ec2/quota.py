"""Quotas of EC2 and the VPC: how many may be in a region, and the words of the refusal.

The numbers come from the world's Service Quotas, the words from `data/limits.yaml`. It must not know how a create
counts what exists.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from eksgpu.sandbox.overlay import Call, Refused


@cache
def limits() -> Mapping[str, Any]:
    """The whole of `data/limits.yaml`."""
    text = files("eksgpu.sandbox").joinpath("data/limits.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return loaded


def refuse_over(call: Call, existing: int, *, limit: str | None = None) -> None:
    """Refuse one more when `existing` already fill the quota; `limit` names the row, by default the operation's."""
    row = limits()["quotas"][limit or call.operation]
    allowed = int(call.world.quotas.value(row["quota"]))
    if existing >= allowed:
        raise Refused(row["code"], row["message"].format(limit=allowed))
