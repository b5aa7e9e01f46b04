"""`python -m bench`: every measurement, one table."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import apply, plan, startup, terraform
from bench.table import Row, lines

SPEC = Path("examples/h100-spot.yaml")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="of plan and of start-up (default 7)")
    parser.add_argument("--applies", type=int, default=1, help="of apply and destroy, four minutes each (default 1)")
    parser.add_argument("--spec", type=Path, default=SPEC)
    arguments = parser.parse_args()
    rows = list(_rows(arguments.spec, arguments.runs, arguments.applies))
    print("\n".join(lines(rows)))


def _rows(spec: Path, runs: int, applies: int) -> Iterator[Row]:
    _say("start-up")
    yield from startup.measure(runs)
    _say("no-op plan")
    yield from plan.measure(spec, runs)
    _say("Terraform's no-op plan")
    yield from terraform.measure(spec, runs)
    _say("the Kubernetes API and its controllers")
    # Late: what a process weighs counts as the peak of the programs that it starts.
    from bench import cluster, pods

    yield from cluster.measure(min(runs, 3))
    yield from pods.measure(spec, 1)
    if applies:
        _say(f"apply and destroy, {applies} time(s), at the speed of the clock")
        yield from apply.measure(spec, applies)


def _say(what: str) -> None:
    print(f"measuring: {what}", file=sys.stderr)


if __name__ == "__main__":
    main()
