"""Connecting: from what the user said about account and region to a run that kinds can work with."""

import os
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, fields, replace

from eksgpu.aws.clients import Clients, OwnSession, Session
from eksgpu.aws.run import AwsRun
from eksgpu.engine.clock import Clock, SystemClock
from eksgpu.engine.execute import Workers
from eksgpu.engine.mark import Mark
from eksgpu.errors import UsageError
from eksgpu.kube.run import Kube

from .cluster_access import ClusterAccess, Doors
from .cluster_run import ClusterRun
from .options import Options
from .report import Caller, Calls


@dataclass(frozen=True)
class Connection:
    """A run, who it works for, and where its steps are carried out.

    access:  the run's way into its cluster.
    pool:    for reads side by side; None makes everything happen one after the other.
    workers: for the executor; None lets it make its own threads.
    """

    run: ClusterRun
    caller: Caller
    access: ClusterAccess
    pool: Executor | None = None
    workers: Workers | None = None
    began: float = 0.0

    def inside(self, kube: Kube | None) -> ClusterRun:
        """The run with this way in and no other: it is not looked for again."""
        return replace(self.run, kube=lambda: kube)

    def calls(self) -> Calls:
        """API calls so far."""
        return Calls(aws=sum(self.run.aws.calls.values()), kubernetes=self.access.calls)

    def seconds(self) -> float:
        """Wall seconds since it was made: what the user waited, whatever the speed of the sandbox's clock."""
        return time.monotonic() - self.began

    def close(self) -> None:
        """Let threads and connections go."""
        self.access.close()
        for pool in (self.pool, self.run.pool):
            if pool is not None:
                pool.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class Connector:
    """How to connect. Tests hand in a session on an in-process sandbox, a stepped clock and inline workers."""

    session: Callable[[Options, str], Session] | None = None
    clock: Clock | None = None
    threads: int = 48  # with fewer, a plan's second wave of reads does not fit, and IAM's chain starts one wave late
    workers: Workers | None = None
    read_attempts: int = 5
    doors: Doors = field(default_factory=Doors)

    def connect(
        self, options: Options, *, cluster: str, region: str | None, account: str | None = None, existing: str = ""
    ) -> Connection:
        """Ask STS who we are and make a run.

        region:  from the spec; `--region` wins over it.
        account: the only account allowed, when the spec names one.
        existing: EKS's name of a cluster that is there already and is added to.

        Raises CredentialsError without usable credentials, UsageError without a region or in another account.
        """
        where = options.region or region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if not where:
            raise UsageError("no region given", hint="name it in the spec (metadata.region) or with --region")
        session = self.session(options, where) if self.session else _session(options)
        clock = self.clock or SystemClock(options.speed)
        aws = Clients(session, region=where, endpoint_url=options.endpoint_url, read_attempts=self.read_attempts)
        began = time.monotonic()
        identity = aws.sts.get_caller_identity()
        if account is not None and identity["Account"] != account:
            raise UsageError(
                f"the spec belongs to account {account}, but the credentials are of account {identity['Account']} "
                f"({identity['Arn']})",
                hint="use the right profile with --profile, or correct metadata.accountId",
            )
        pool = ThreadPoolExecutor(self.threads, thread_name_prefix="eksgpu-read") if self.threads else None
        fan_out = ThreadPoolExecutor(self.threads, thread_name_prefix="eksgpu-fan") if self.threads else None
        plain = AwsRun(
            mark=Mark(identity["Account"], where, cluster),
            clock=clock,
            aws=aws,
            partition=identity["Arn"].split(":")[1],
            caller=identity["Arn"],
            pool=fan_out,
            started=clock.now().isoformat(),
            existing=existing,
        )
        access = ClusterAccess(plain, options, self.doors)
        run = ClusterRun(**{item.name: getattr(plain, item.name) for item in fields(plain)}, kube=access)
        caller = Caller(
            identity["Account"], identity["Arn"], where, cluster, options.profile or "", sandbox=options.sandbox
        )
        return Connection(run, caller, access, pool, self.workers, began)


def _session(options: Options) -> Session:
    return OwnSession(keys=("sandbox", "sandbox")) if options.sandbox else OwnSession(profile=options.profile)
