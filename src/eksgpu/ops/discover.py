"""Discovery: every live object that carries our mark, of every kind, side by side; what is in the cluster included."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.aws.run import AwsRun
from eksgpu.engine.clock import Clock
from eksgpu.engine.resource import Deletable, Live
from eksgpu.errors import CloudError, CredentialsError, Denied, Later
from eksgpu.kube.errors import UNREACHABLE

from .connect import Connection

Found = TypeVar("Found")
PAUSE, PATIENCE = 2.0, 120.0  # seconds between looks into a cluster that does not know us yet, and their end


def discover(run: AwsRun, kinds: Iterable[type[Deletable]], pool: Executor | None) -> list[Live]:
    """The live objects of these kinds. Raises the first error that a kind met."""
    kinds = tuple(kinds)
    if pool is None:
        return [live for kind in kinds for live in kind.discover(run)]
    asked = [pool.submit(kind.discover, run) for kind in kinds]
    return [live for future in asked for live in future.result()]


def discover_outside(
    connection: Connection, kinds: Iterable[type[Deletable]], *, known: bool = False
) -> Callable[[], list[Live]]:
    """Start looking for everything in AWS, the cluster first: on return the way into it is known where there is one.

    known: by the cluster as this run first saw it, which saves a call.

    The result waits for the rest.
    """
    run, pool = connection.run, connection.pool
    rest = [kind for kind in kinds if kind is not EksCluster]
    look = EksCluster.known if known else EksCluster.discover
    if pool is None:
        cluster, others = look(run), discover(run, rest, None)
        connection.access.offered(cluster)
        return lambda: [*cluster, *others]
    first = pool.submit(look, run)
    asked = [pool.submit(kind.discover, run) for kind in rest]
    connection.access.offered(first.result())
    return lambda: [live for future in (first, *asked) for live in future.result()]


@dataclass(frozen=True)
class Within:
    """What was found in the cluster. `refused`: why it did not let us in, when it did not."""

    found: tuple[Live, ...] = ()
    refused: CloudError | None = None


def look_inside(connection: Connection, kinds: Iterable[type[Deletable]]) -> Within:
    """What is in the cluster, by the way in that is known; nothing where there is none."""
    kube = connection.access.known
    if kube is None:
        return Within()
    run = connection.inside(kube)
    try:
        return Within(tuple(patiently(run.clock, lambda: discover(run, kinds, connection.pool))))
    except (Denied, CredentialsError) as error:
        return Within(refused=error)
    except CloudError as error:
        if error.code != UNREACHABLE:
            raise
        return Within(refused=error)


def patiently(clock: Clock, ask: Callable[[], Found]) -> Found:
    """`ask()`, again and again while a new cluster does not know its callers yet. Raises what it raises then."""
    began = clock.monotonic()
    while True:
        try:
            return ask()
        except Later:
            if clock.monotonic() - began > PATIENCE:
                raise
            clock.sleep(PAUSE)
