"""`workload`: run one of the manifests that come with the tool, or one's own, on a cluster; and take it away again.

Rows 000-19 and 000-21.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eksgpu.checks.finding import Finding, errors
from eksgpu.checks.live_cluster import look
from eksgpu.errors import CredentialsError, EksgpuError, FindingsError, UsageError
from eksgpu.kube.live import ADHOC
from eksgpu.kube.names import Address
from eksgpu.scheduling.pod import containers, template
from eksgpu.spec.load import load
from eksgpu.spec.models import GpuCluster

from .connect import Connection, Connector
from .living import reached
from .options import Options
from .pulls import Pull, pulls
from .report import Caller, Calls
from .target import connect_to
from .workload_follow import Following
from .workload_lint import lint_for_cluster, lint_for_spec
from .workload_manifest import Wanted, Workload, filled, plain_name, registry, workload
from .workload_run import Say, Side, adhoc

DELETE_SECONDS = 600.0
Tell = Callable[[Sequence[Finding]], None]


@dataclass(frozen=True)
class ShowReport:
    """Manifests as they would be applied, and what the lint says of them; `findings` only with a spec."""

    workload: Workload
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.workload.name,
            "text": self.workload.text,
            "findings": [finding.as_json() for finding in self.findings],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class WorkloadReport:
    """What was applied or deleted: `kind/namespace/name`, and what was done.

    ready, log, pulls: when it was waited for: whether it runs, what Jobs printed, how long its images took.
    """

    caller: Caller
    name: str
    objects: tuple[tuple[str, str], ...]
    calls: Calls
    seconds: float
    findings: tuple[Finding, ...] = ()
    ready: bool | None = None
    log: str = ""
    pulls: tuple[Pull, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            **self.caller.as_json(),
            "name": self.name,
            "objects": [{"object": address, "done": done} for address, done in self.objects],
            "ready": self.ready,
            "log": self.log,
            "imagePulls": [one.as_json() for one in self.pulls],
            "findings": [finding.as_json() for finding in self.findings],
            "apiCalls": self.calls.as_json(),
            "seconds": round(self.seconds, 3),
        }


def show(
    name: str, wanted: Wanted, target: Path | None, options: Options, *, connector: Connector | None = None
) -> ShowReport:
    """The manifests with everything filled in that is known. Needs no cluster, and no account but for its number.

    target: a spec whose pools the lint looks at.
    """
    given = workload(name)
    spec = load(target, options.sets) if target is not None else None
    known, notes = _place(given, wanted, spec, options, connector)
    made = filled(given, known)
    if spec is None:
        return ShowReport(made, (), notes)
    found = lint_for_spec(made.manifests, spec, registry=registry(known.account, known.region))
    return ShowReport(made, found, notes)


def apply(
    name: str,
    wanted: Wanted,
    target: Path | str,
    options: Options,
    *,
    tell: Tell,
    say: Say,
    wait: float = 0.0,
    skip_checks: frozenset[str] = frozenset(),
    connector: Connector | None = None,
) -> WorkloadReport:
    """Apply the manifests, unless the lint says that they would never run.

    tell: is given the findings before anything is applied. say: is told what is waited for.
    wait: seconds to wait until everything runs or has succeeded; 0 does not wait.

    Raises FindingsError for a finding that is an error, EksgpuError when what is waited for fails.
    """
    given = workload(name)
    _, connection = connect_to(target, options, connector)
    try:
        kube, caller = reached(connection), connection.caller
        made = filled(given, replace(wanted, account=wanted.account or caller.account, region=caller.region))
        found = _lint(connection, made, caller)
        kept = tuple(finding for finding in found if finding.id not in skip_checks)
        tell(kept)
        wrong = errors(kept)
        if wrong:
            skip = " ".join(f"--skip-checks {id_}" for id_ in dict.fromkeys(finding.id for finding in wrong))
            raise FindingsError(
                f"{given.name} would never run; nothing was applied",
                findings=tuple(finding.as_json() for finding in kept),
                hint=f"mend it, or apply it all the same with {skip}",
            )
        side = Side(kube, connection.run.mark, connection.run.clock, given.name)
        applied = side.apply(made.manifests, wanted.namespace)
        log = _followed(side, [address for address, _ in applied], say, wait) if wait else ""
        pulled = _pulled(connection, made) if wait else ()
    finally:
        connection.close()
    objects = tuple((str(address), "created" if new else "applied") for address, new in applied)
    ready = True if wait else None
    calls, seconds = connection.calls(), connection.seconds()
    return WorkloadReport(caller, given.name, objects, calls, seconds, kept, ready, log, pulled)


def delete(
    name: str, target: Path | str, options: Options, *, say: Say, connector: Connector | None = None
) -> WorkloadReport:
    """Delete a workload's objects, and wait until they and their pods are gone. Raises EksgpuError where none is."""
    called = plain_name(name)
    _, connection = connect_to(target, options, connector)
    try:
        side = Side(reached(connection), connection.run.mark, connection.run.clock, called)
        gone = side.delete(say, wait=DELETE_SECONDS)
        if not gone:
            running = sorted({one["metadata"]["labels"][ADHOC] for one in adhoc(side.kube, side.any_selector)})
            hint = f"there are {', '.join(running)}" if running else "no workload of ours is there"
            raise EksgpuError(f"there is no workload {called} in cluster {connection.caller.cluster}", hint=hint)
    finally:
        connection.close()
    objects = tuple((str(address), "deleted") for address in gone)
    return WorkloadReport(connection.caller, called, objects, connection.calls(), connection.seconds())


def _lint(connection: Connection, made: Workload, caller: Caller) -> tuple[Finding, ...]:
    kube = reached(connection)
    cluster = look(kube.api, connection.run.parallel, ("nodes", "node_pools", "node_overlays"))
    host = registry(caller.account, caller.region)
    return lint_for_cluster(made.manifests, cluster, region=caller.region, registry=host)


def _followed(side: Side, addresses: Sequence[Address], say: Say, wait: float) -> str:
    following = Following(side)
    following.until_done(addresses, say, timeout=wait)
    jobs = [address for address in addresses if address.group_kind.kind == "Job"]
    return "\n".join(following.log(address) for address in jobs)


def _pulled(connection: Connection, made: Workload) -> tuple[Pull, ...]:
    inside = [template(one) for one in made.manifests]
    images = {str(one.get("image")) for pod in inside if pod for one in containers(pod.get("spec") or {})}
    cluster = look(reached(connection).api, connection.run.parallel, ("pulls", "pods"))
    return tuple(one for one in pulls(cluster.pulls, cluster.pods) if one.image in images)


def _place(
    given: Workload, wanted: Wanted, spec: GpuCluster | None, options: Options, connector: Connector | None
) -> tuple[Wanted, tuple[str, ...]]:
    """Account and region: as they are given, else the spec's, else those of whoever asks."""
    metadata = spec.metadata if spec is not None else None
    region = options.region or (metadata.region if metadata is not None else None)
    region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    account = wanted.account or (metadata.account_id if metadata is not None else None)
    if not given.registry or wanted.image is not None:
        return replace(wanted, account=account, region=region), ()
    notes = [] if region else ["the region is not known, us-west-2 stands for it: give --region"]
    if account is None:
        try:
            connection = (connector or Connector()).connect(options, cluster="", region=region or "us-west-2")
            account = connection.caller.account
            connection.close()
        except (CredentialsError, UsageError):
            notes.append("the account is not known, 111122223333 stands for it: log in, or give --account")
    return replace(wanted, account=account, region=region), tuple(notes)
