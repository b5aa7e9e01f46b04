"""Files with keys and tokens in them: nobody but their owner ever reads them."""

from pathlib import Path


def private(path: Path, text: str) -> Path:
    """Write a file that is not there yet."""
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")
    return path
