"""Comparing a graph with what lives: AWS's half by our own diff, what is in the cluster by the server's dry run."""

from collections.abc import Sequence
from dataclasses import replace

from eksgpu.aws import KEPT
from eksgpu.aws.access_entry import AccessEntry
from eksgpu.engine.graph import Graph
from eksgpu.engine.plan import Action, Plan, make_plan
from eksgpu.engine.resource import Live
from eksgpu.errors import CredentialsError, Denied
from eksgpu.kube import KINDS as INSIDE
from eksgpu.kube.compare import compare, joined
from eksgpu.kube.object import KubeObject

from .connect import Connection
from .discover import Within, patiently

WITHIN = frozenset(kind.kind for kind in INSIDE)

# By the words of --accept: the fields whose chosen value of today is taken.
FIELDS = {"versions": ("version",), "amis": ("release_version", "image"), "zones": (), "conflicts": ()}


def compared(
    connection: Connection, graph: Graph, lives: Sequence[Live], *, accept: frozenset[str], remade: Sequence[str]
) -> tuple[Plan, tuple[Live, ...]]:
    """The plan, and the lives as the dry runs tell them.

    remade: identities to make again whatever the comparison says.
    """
    taken = frozenset(f"{identity}.{name}" for identity in graph.resources for word in accept for name in FIELDS[word])
    first = make_plan(graph, lives, replace=remade, accept=taken, kept=KEPT)
    if not any(isinstance(resource, KubeObject) for resource in graph):
        return first, tuple(lives)
    run = connection.inside(connection.access.known)
    # What is asked for is today's AMI: pools name theirs in a manifest, where only the dry run compares.
    newest = "amis" in accept
    told = patiently(run.clock, lambda: compare(run, graph, lives, first.lookup, newest=newest))
    second = make_plan(graph, told.lives, replace=remade, accept=taken, kept=KEPT)
    return joined(second, told), told.lives


def let_in(connection: Connection, within: Within, graph: Graph, lives: Sequence[Live]) -> tuple[Live, ...]:
    """What was found in the cluster. Who is kept out of it may go on where this very run makes the access entry.

    lives: those of AWS.

    Raises what kept us out, when the graph wants something in there.
    """
    refused = within.refused
    if refused is None or not any(resource.kind in WITHIN for resource in graph):
        return within.found
    if not isinstance(refused, Denied | CredentialsError) or not _opens_the_way(graph, lives):
        raise refused
    connection.access.expect_to_wait()
    return ()


def _opens_the_way(graph: Graph, lives: Sequence[Live]) -> bool:
    """Whether an access entry is still to be made or mended."""
    plan = make_plan(graph, lives, kept=KEPT)
    return any(change.kind == AccessEntry.kind and change.action is not Action.NO_OP for change in plan.changes)


def taking_over(graph: Graph) -> Graph:
    """The same graph, its objects in the cluster taking over fields that others manage (`--accept conflicts`)."""
    return Graph(replace(one, force=True) if isinstance(one, KubeObject) else one for one in graph)
