"""`--set PATH=VALUE`: changes one value of a spec's tree before it is validated.

Paths are written as errors print them: `spec.nodePools[p5-gpu-h100].capacity`, where a list's item is named by its
`name` or its number and `spec.` may be left out. Values are YAML. What is set is checked like the file itself.
"""

import re
from collections.abc import Sequence
from typing import Any

from eksgpu.errors import SpecError
from eksgpu.spec import keys
from eksgpu.spec.document import Document, Path, parse, without_item
from eksgpu.spec.fields import did_you_mean

_ROOTS = ("apiVersion", "kind", "metadata", "spec")
_STEP = re.compile(r"""\.?(?P<key>[^.\[\]"]+)|\.?\["(?P<quoted>[^"]*)"\]|\[(?P<item>[^\[\]]+)\]""")


class Override:
    """One `--set`, read and ready to be applied."""

    def __init__(self, argument: str) -> None:
        self.written, equals, value = argument.partition("=")
        if not equals or not self.written:
            raise SpecError(
                "a path and a value are needed", file=f"--set {argument}", hint="write --set spec.version=1.35"
            )
        if not value.strip():
            raise self.fault("no value is given", "write null to remove the key")
        self.text = value.strip()
        self.steps = self._read_path()
        self.value = self._read_value(value)

    @property
    def name(self) -> str:
        """What errors call it in place of a file."""
        return f"--set {self.written}"

    def fault(self, message: str, hint: str | None = None) -> SpecError:
        """An error about this override."""
        return SpecError(message, file=self.name, hint=hint)

    def apply(self, tree: dict[str, Any]) -> tuple[Path, ...]:
        """Changes the tree in place; `null` removes the key.

        Returns the paths it wrote, with items as numbers: of holders that were not there, and last of the value itself.
        """
        path: Path = ()
        holder: Any = tree
        made: list[Path] = []
        for step in self.steps[:-1]:
            key = self._key(holder, step, path)
            path = (*path, key)
            if isinstance(holder, dict) and not isinstance(holder.get(key), dict | list):
                if self.value is None:
                    return (self._absent((*path, *self.steps[len(path) :])),)
                holder[key] = {}
                made.append(path)
            holder = holder[key]
        key = self._key(holder, self.steps[-1], path)
        if self.value is not None:
            holder[key] = self.value
        elif isinstance(holder, list) or key in holder:
            del holder[key]
        else:
            self._absent((*path, key))
        return (*made, (*path, key))

    def take_as_text(self, tree: dict[str, Any], path: Path) -> None:
        """Put the value into the tree at `path` as it was typed: what YAML reads as a number was meant as a string."""
        holder: Any = tree
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = self.value = self.text

    def _absent(self, path: Path) -> Path:
        """Removing what is not there is fine, unless no spec could have it: then it is misspelt."""
        for length, key in enumerate(path):
            possible = keys.keys_at(path[:length])
            if possible and key not in possible and not keys.known(path[: length + 1]):
                hint = did_you_mean(key, possible) or f"keys here: {', '.join(possible)}"
                raise self.fault(f'{".".join(map(str, path[:length]))}: unknown key "{key}"', hint)
        return path

    def _read_path(self) -> tuple[str, ...]:
        steps: list[str] = []
        position = 0
        while position < len(self.written):
            found = _STEP.match(self.written, position)
            if not found:
                raise self.fault(
                    f"the path breaks off at {self.written[position:]}", "write it as nodePools[gpu].capacity"
                )
            steps.append(found["key"] or found["item"] or found["quoted"] or "")
            position = found.end()
        return tuple(steps) if steps[0] in _ROOTS else ("spec", *steps)

    def _read_value(self, value: str) -> Any:
        if value.strip() in ("null", "~"):
            return None
        try:
            return parse(value, self.name).tree
        except SpecError as error:
            raise self.fault(error.message, "the value is read as YAML; quote it for the shell") from error

    def _key(self, holder: Any, step: str, path: Path) -> Any:
        """The dictionary key or list position that a step names."""
        where = ".".join(str(part) for part in path)
        if isinstance(holder, dict):
            return step
        if not isinstance(holder, list):
            raise self.fault(f"{where} holds one value, so there is no {step} in it")
        names = [str(item.get("name")) if isinstance(item, dict) else "" for item in holder]
        if step in names:
            return names.index(step)
        if step.isdigit() and int(step) < len(holder):
            return int(step)
        known = ", ".join(name for name in names if name) or f"0 to {len(holder) - 1}" if holder else "none"
        raise self.fault(f"{where} has no item {step}", did_you_mean(step, names) or f"its items: {known}")


def apply_all(document: Document, arguments: Sequence[str]) -> dict[Path, Override]:
    """Applies every `--set` in order; returns which path was written by which."""
    changed: dict[Path, Override] = {}
    for override in [Override(argument) for argument in arguments]:
        *made, path = override.apply(document.tree)
        if override.value is not None:
            changed |= dict.fromkeys((*made, path), override)
        elif isinstance(path[-1], int):
            document.keys = without_item(document.keys, path)
            document.values = without_item(document.values, path)
            document.texts = without_item(document.texts, path)
            changed = without_item(changed, path)
    return changed
