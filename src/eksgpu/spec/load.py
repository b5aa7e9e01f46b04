"""Reads a spec: file or text → typed tree, or every fault in it at once, each at file:line:column.

The one way from YAML to `GpuCluster`; it knows how specs are written, not what they are for.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path as File

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from eksgpu.errors import SpecError, SpecErrors
from eksgpu.spec.cluster import GpuCluster
from eksgpu.spec.document import Document, Path, parse
from eksgpu.spec.faults import Teller
from eksgpu.spec.overrides import Override, apply_all
from eksgpu.spec.places import Places


def load(path: File | str, sets: Sequence[str] = ()) -> GpuCluster:
    """The spec in a file (`-`: standard input), with every `PATH=VALUE` of `sets` applied to it first.

    SpecErrors with all faults, in the order of the file; those of `--set` come last.
    """
    return load_placed(path, sets)[0]


def load_placed(path: File | str, sets: Sequence[str] = ()) -> tuple[GpuCluster, Places]:
    """Like `load`, with where everything in it was written."""
    name = "<stdin>" if str(path) == "-" else str(path)
    try:
        text = _decoded(_standard_input() if str(path) == "-" else _read(File(path)), name)
    except SpecError as error:
        raise SpecErrors((error,)) from error
    return _placed(text, name, sets)


def loads(text: str, name: str = "<string>", sets: Sequence[str] = ()) -> GpuCluster:
    """The spec in a YAML text, which errors call `name`; else like `load`."""
    return _placed(text, name, sets)[0]


def dump(spec: GpuCluster) -> str:
    """A spec as YAML with every default written out, which `loads` reads to an equal spec."""
    out = StringIO()
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 120
    yaml.dump(spec.model_dump(mode="json", by_alias=True, exclude_none=True), out)
    return out.getvalue()


def _placed(text: str, name: str, sets: Sequence[str]) -> tuple[GpuCluster, Places]:
    try:
        return _validated(parse(text, name), sets)
    except SpecError as error:
        raise SpecErrors((error,)) from error


def _validated(document: Document, sets: Sequence[str]) -> tuple[GpuCluster, Places]:
    if not isinstance(document.tree, dict):
        raise document.fault(
            "a spec is a mapping", document.values[()], "it begins with apiVersion: eksgpu.dev/v1alpha1"
        )
    overrides = apply_all(document, sets)
    teller = Teller(document, overrides)
    faults = [*document.faults, *teller.empties()]
    spec = None
    try:
        spec = _model(document, overrides, teller)
    except ValidationError as error:
        faults += teller.tell(error)
    if faults or spec is None:
        raise SpecErrors(tuple(sorted(faults, key=_place)))
    return spec, Places(document, overrides)


def _model(document: Document, overrides: Mapping[Path, Override], teller: Teller) -> GpuCluster:
    def read() -> GpuCluster:
        return GpuCluster.model_validate_json(json.dumps(document.tree), strict=True, by_alias=True, by_name=False)

    try:
        return read()
    except ValidationError as error:
        numbers = teller.meant_as_text(error)
        if not numbers:
            raise
    for path in numbers:
        overrides[path].take_as_text(document.tree, path)
    return read()


def _place(fault: SpecError) -> tuple[bool, int, int, str]:
    """Sorts by line and column; faults of `--set` have none and come last."""
    return (not fault.line, fault.line, fault.column, "" if fault.line else fault.file)


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise SpecError("standard input is closed", file="<stdin>", hint="name a file instead of -")
    return sys.stdin.buffer.read()


def _read(path: File) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SpecError("there is no such file", file=str(path), hint="eksgpu init writes an example") from error
    except IsADirectoryError as error:
        raise SpecError(
            "this is a directory; a spec is one file", file=str(path), hint="name the file in it"
        ) from error
    except OSError as error:
        raise SpecError(f"it cannot be read: {error.strerror}", file=str(path)) from error


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        raise SpecError(
            "this is not UTF-8 text", file=name, line=line, column=column, hint="save it as UTF-8"
        ) from error
