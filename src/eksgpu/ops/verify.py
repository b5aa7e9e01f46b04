"""`verify`: does the cluster keep what the spec promises? Nodes, pools, controllers, GPUs, and a pod that uses one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eksgpu.aws.eks_node_group import EksNodeGroup
from eksgpu.aws.launch_template import LaunchTemplate
from eksgpu.checks.context import Smoke, VerifyContext
from eksgpu.checks.finding import Finding, errors
from eksgpu.checks.live_cluster import look
from eksgpu.checks.registry import refuse_unknown, run_checks
from eksgpu.errors import EksgpuError
from eksgpu.scheduling.sharing.wish import Strategy
from eksgpu.spec.models import GpuCluster
from eksgpu.spec.shared import shared

from .connect import Connection, Connector
from .discover import discover
from .living import reached
from .nodes import NodesReport, nodes_report, spot_types
from .nodes_prices import spot_prices
from .options import Options
from .pulls import Pull, pulls
from .report import Caller, Calls
from .target import connect_to
from .verify_smoke import LABEL, Ground, SmokePods, grounds

SMOKE_SECONDS = 1200.0
_SMOKE_CHECK = "gpu-smoke"
_GROUP_KINDS = (EksNodeGroup, LaunchTemplate)


@dataclass(frozen=True)
class VerifyReport:
    """What was found, and what was seen on the way. `smokes` is empty without GPU pools, or when they were left out."""

    caller: Caller
    findings: tuple[Finding, ...]
    nodes: NodesReport
    smokes: tuple[Smoke, ...]
    pulls: tuple[Pull, ...]
    calls: Calls
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make it fail."""
        return errors(self.findings)

    def as_json(self) -> dict[str, Any]:
        return {
            **self.caller.as_json(),
            "findings": [finding.as_json() for finding in self.findings],
            "kubernetes": self.nodes.as_json(),
            "smoke": [_smoke_json(one) for one in self.smokes],
            "imagePulls": [one.as_json() for one in self.pulls],
            "notes": list(self.notes),
            "apiCalls": self.calls.as_json(),
            "seconds": round(self.seconds, 3),
        }


def verify(
    spec_path: Path,
    options: Options,
    *,
    say: Callable[[str], None],
    with_smoke: bool = True,
    smoke_image: str | None = None,
    timeout: float = SMOKE_SECONDS,
    skip_checks: frozenset[str] = frozenset(),
    connector: Connector | None = None,
) -> VerifyReport:
    """Look at the whole cluster; with GPU pools in the spec, run a pod on each first. Changes nothing that lasts.

    say:     is told what the smoke pods wait for.
    timeout: seconds of the run's clock for the smoke pods.

    Raises EksgpuError without a cluster that answers, UsageError for an id in `skip_checks` that no check has.
    """
    refuse_unknown(skip_checks)
    spec, connection = connect_to(spec_path, options, connector)
    assert spec is not None  # a path is a spec
    try:
        kube, run = reached(connection), connection.run
        before = look(kube.api, run.parallel, ("nodes",))
        places = grounds(spec, before.nodes) if with_smoke and _SMOKE_CHECK not in skip_checks else ()
        with _smoked(connection, places, timeout, say, smoke_image) as smokes:
            # While the smoke pods' nodes are still there.
            cluster = look(kube.api, run.parallel)
        kinds = _GROUP_KINDS if any(group.sharing for group in spec.spec.node_groups) else ()
        lives = tuple(discover(run, kinds, connection.pool))
        findings = run_checks(VerifyContext(spec, cluster, smokes, lives), "verify", skip=skip_checks)
        groups = [group.name for group in spec.spec.node_groups]
        nodes = nodes_report(cluster, spot_prices(run, spot_types(cluster.nodes)), groups)
    finally:
        connection.close()
    return VerifyReport(
        caller=connection.caller,
        findings=findings,
        nodes=nodes,
        smokes=smokes,
        pulls=pulls(cluster.pulls, cluster.pods),
        calls=connection.calls(),
        seconds=connection.seconds(),
        notes=tuple(_notes(spec, places, with_smoke=with_smoke)),
    )


@contextmanager
def _smoked(
    connection: Connection, places: tuple[Ground, ...], timeout: float, say: Callable[[str], None], image: str | None
) -> Iterator[tuple[Smoke, ...]]:
    """The smoke pods' ends; they stay until the block is left."""
    if not places:
        yield ()
        return
    run = connection.run
    for place in places:
        say(f"{place.where}: a smoke pod asks for one GPU{_price(place)}")
    pods = SmokePods(reached(connection), run.mark, run.clock, places)
    try:
        pods.start(image)
        yield pods.ended(say, timeout=timeout)
    finally:
        try:
            pods.delete()
        except EksgpuError as error:
            say(f"the smoke pods are not gone: {error.message}; `eksgpu workload delete {LABEL}` deletes them")


def _price(place: Ground) -> str:
    """What a node that has to come for it costs."""
    usd = place.type.us_east_1_usd_per_hour
    if not place.capacity or usd is None:
        return ""
    bought = "; Spot costs less" if "spot" in place.capacity else ""
    return f"; a node that comes for it is a {place.type.name} or dearer (${usd:,.2f} an hour on demand{bought})"


def _notes(spec: GpuCluster, places: tuple[Ground, ...], *, with_smoke: bool) -> Iterator[str]:
    accelerated = [pool.name for pool in spec.spec.node_pools if pool.accelerated]
    accelerated += [group.name for group in spec.spec.node_groups if group.types[0].accelerated]
    if accelerated and not places and with_smoke:
        yield f"no smoke pod was run: {', '.join(accelerated)} has no whole NVIDIA GPU, or no node yet"
    of_whole = [one.where for one in shared(spec.spec) if one.plan.wish.strategy is not Strategy.MIG]
    if of_whole and spec.spec.components.dcgm_exporter is not None:
        yield f"DCGM's figures of {', '.join(of_whole)} are of whole GPUs: they cannot be split by pods"
    if accelerated and not with_smoke:
        yield "no smoke pod was run: nothing here proves that a container gets a GPU"


def _smoke_json(one: Smoke) -> dict[str, Any]:
    return {
        "where": one.pool,
        "state": one.state,
        "why": one.why,
        "node": one.node,
        "seconds": round(one.seconds, 1),
        "log": one.log,
    }
