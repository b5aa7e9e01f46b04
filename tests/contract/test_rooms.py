"""The house rules that a machine can check: which room imports which, how long files are, that they say what for."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 400
MEDIAN = 120
SOURCES = sorted((ROOT / "src").rglob("*.py"))
PYTHON = [*SOURCES, *sorted(path for folder in ("tests", "tools", "bench") for path in (ROOT / folder).rglob("*.py"))]


def test_rooms_import_downwards_only() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_too_long() -> None:
    assert offenders(lambda text: len(text.splitlines()) > LONGEST) == []


def test_half_of_the_files_are_short() -> None:
    lengths = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES)
    assert lengths[len(lengths) // 2] <= MEDIAN


def test_a_module_says_what_it_is_for() -> None:
    assert offenders(lambda text: bool(text) and not ast.get_docstring(ast.parse(text))) == []


def offenders(breaks: Callable[[str], bool]) -> list[str]:
    """Files of ours whose text breaks a rule."""
    return [str(path.relative_to(ROOT)) for path in PYTHON if breaks(path.read_text(encoding="utf-8"))]
