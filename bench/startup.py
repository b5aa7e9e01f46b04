"""Start-up: `eksgpu --help` against importing what any such command line needs."""

import os
import sys
from collections.abc import Iterator

from bench.child import EKSGPU, alternate
from bench.table import Row

GOAL = 1.5


def measure(runs: int) -> Iterator[Row]:
    environment = {"PATH": os.environ["PATH"]}
    bare = [sys.executable, "-c", "import typer, rich.console"]
    ours, least = alternate(runs, ([EKSGPU, "--help"], environment), (bare, environment))
    yield Row("eksgpu --help / import typer, rich.console", ours.wall, "s", least.wall, GOAL, runs=runs)
