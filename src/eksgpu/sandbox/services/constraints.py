"""Lengths, sizes and patterns that AWS's own models state and moto does not check.

It must not know a service: everything comes from botocore's model of the operation.
"""

import re
from collections.abc import Mapping
from typing import Any

from eksgpu.sandbox.overlay import Call, Refused


def check(call: Call, code: str = "ValidationException") -> None:
    """Refuse parameters that are longer than the model allows, or of another form; `code` is the service's own."""
    shape = call.target.model.input_shape
    if shape is None:
        return
    problems = [
        f"Value '{value}' at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: {problem}"
        for name, value in call.params.items()
        if name in shape.members and (problem := _problem(value, shape.members[name].metadata))
    ]
    if problems:
        plural = "s" if len(problems) > 1 else ""
        raise Refused(code, f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}", 400)


def _problem(value: Any, limits: Mapping[str, Any]) -> str | None:
    most = limits.get("max")
    if isinstance(value, str | list | dict) and most is not None and len(value) > most:
        return f"Member must have length less than or equal to {most}"
    if isinstance(value, int) and most is not None and value > most:
        return f"Member must have value less than or equal to {most}"
    pattern = limits.get("pattern")
    if isinstance(value, str) and pattern and not re.fullmatch(_python(pattern), value):
        return f"Member must satisfy regular expression pattern: {pattern}"
    return None


def _python(pattern: str) -> str:
    """The model's patterns are Java's; of what differs they use only the POSIX classes."""
    return re.sub(r"\\p\{([^}]*)\}", lambda found: _CLASSES.get(found[1], r"\w"), pattern)


_CLASSES = {"L": r"\w", "Z": r"\s", "S": r"\S", "N": r"\d", "P": r"\S"}
