"""Which code a running sandbox was started from: two processes of different code must not share one."""

import functools
import hashlib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable


@functools.cache
def code_version() -> str:
    """Twelve hexadecimal digits over the sandbox's own source and data files."""
    digest = hashlib.sha256()
    for path, content in sorted(_files(resources.files("eksgpu.sandbox"), "")):
        digest.update(path.encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        path = f"{prefix}/{entry.name}"
        if entry.is_dir():
            yield from _files(entry, path)
        elif entry.name.endswith((".py", ".yaml", ".csv")):
            yield path, entry.read_bytes()
