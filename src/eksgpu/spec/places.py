"""Where the parts of a spec were written: what a check says of `spec.nodePools[gpu]` is found at file:line:column.

Reads paths as `faults.py` writes them. It knows no rule of the spec.
"""

import re
from collections.abc import Mapping
from typing import Any

from eksgpu.spec.document import Document, Path
from eksgpu.spec.overrides import Override

_STEP = re.compile(r"""\.?(?P<key>[^.\[\]"]+)|\["(?P<quoted>[^"]*)"\]|\[(?P<item>[^\[\]]+)\]""")


class Places:
    """The places of one document, and what `--set` wrote over it."""

    def __init__(self, document: Document, overrides: Mapping[Path, Override]) -> None:
        self._document = document
        self._overrides = overrides

    def of(self, spoken: str) -> str:
        """`file:line:column` (or the `--set`) of a path such as `spec.nodePools[gpu].capacity`.

        Of its nearest holder, where the spec leaves it out; empty for what is no path of the spec.
        """
        path = self._known(spoken)
        for length in range(len(path), 0, -1):
            written = path[:length]
            if written in self._overrides:
                return self._overrides[written].name
            place = self._document.keys.get(written) or self._document.values.get(written)
            if place is not None:
                return f"{self._document.name}:{place.line}:{place.column}"
        return ""

    def _known(self, spoken: str) -> Path:
        """As much of the path as the tree has."""
        path: Path = ()
        node: Any = self._document.tree
        for found in _STEP.finditer(spoken):
            key = _position(node, found["key"] or found["quoted"] or found["item"] or "")
            if key is None:
                break
            node, path = node[key], (*path, key)
        return path


def _position(node: Any, step: str) -> str | int | None:
    """The key or the list position that a step names; None where there is no such thing."""
    if isinstance(node, dict):
        return step if step in node else None
    if not isinstance(node, list):
        return None
    names = [item.get("name") if isinstance(item, dict) else None for item in node]
    if step in names:
        return names.index(step)
    return int(step) if step.isdigit() and int(step) < len(node) else None
