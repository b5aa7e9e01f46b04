"""Discovery: every live object that carries our mark, of every kind, side by side."""

from collections.abc import Iterable
from concurrent.futures import Executor

from eksgpu.aws.run import AwsRun
from eksgpu.engine.resource import Deletable, Live


def discover(run: AwsRun, kinds: Iterable[type[Deletable]], pool: Executor | None) -> list[Live]:
    """The live objects of these kinds. Raises the first error that a kind met."""
    kinds = tuple(kinds)
    if pool is None:
        return [live for kind in kinds for live in kind.discover(run)]
    asked = [pool.submit(kind.discover, run) for kind in kinds]
    return [live for future in asked for live in future.result()]
