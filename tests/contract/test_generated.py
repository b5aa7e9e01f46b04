"""Files that a program writes are what it would write today: the spec's schema and the locks.

`make golden` writes the first, `make lock` the others.
"""

import re
from pathlib import Path

import pytest

from eksgpu.spec.schema import text

ROOT = Path(__file__).parents[2]
LOCKS = ("base", "sandbox", "dev")
PIN = re.compile(r"^([a-z0-9-]+)==(\S+) ", re.MULTILINE)


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def test_the_schema_beside_the_examples_is_current() -> None:
    assert (ROOT / "examples/eksgpu.schema.json").read_text(encoding="utf-8") == text()


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_of_a_lock_has_a_hash(name: str) -> None:
    pinned = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", lock(name), flags=re.MULTILINE).strip())
    assert pinned
    assert [pin for pin in pinned if "--hash=sha256:" not in pin] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address(name: str) -> None:
    assert not re.search(r"https?:|--index|--extra-index|--find-links|--trusted-host|file://", lock(name))


def test_a_smaller_lock_is_part_of_the_larger_one() -> None:
    base, sandbox, dev = (dict(PIN.findall(lock(name))) for name in LOCKS)
    assert base.items() <= sandbox.items() <= dev.items()
    assert len(base) < len(sandbox) < len(dev)
