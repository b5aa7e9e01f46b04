"""IAM policies of controllers and the events they listen to, as data; `${Name}` in them is for the user to fill in."""

from collections.abc import Mapping
from typing import Any

from eksgpu.catalog import load


def statements(name: str) -> tuple[Mapping[str, Any], ...]:
    """The statements of a policy without `Effect` (they all allow); KeyError for a name that is not there."""
    return tuple(load.document("policies")["policies"][name])


def interruption_events() -> Mapping[str, tuple[str, str]]:
    """The EventBridge events Karpenter wants: rule name → (source, detail-type)."""
    return {name: (source, detail) for name, (source, detail) in load.document("policies")["events"].items()}
