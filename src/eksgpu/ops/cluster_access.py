"""A run's way into its cluster's Kubernetes API: there as soon as EKS has the cluster up, and remembered from then on.

The only place that joins AWS's tokens and the Kubernetes client.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from eksgpu.aws.eks_cluster import EksCluster
from eksgpu.aws.eks_token import eks_token, presigner
from eksgpu.aws.run import AwsRun
from eksgpu.engine.resource import Live, State
from eksgpu.kube.helm_program import Helm, HelmProgram
from eksgpu.kube.kubeconfig import kubeconfig
from eksgpu.kube.run import Kube

from .options import Options
from .way import authority, way_into

if TYPE_CHECKING:
    from eksgpu.kube.api import KubeApi
    from eksgpu.kube.client import Wire

YOUNG = timedelta(minutes=15)
SETTLING = 90.0  # seconds in which a new cluster may not know its callers or its address yet


@dataclass(frozen=True)
class Doors:
    """How requests reach the API, where that is not by sockets and the helm program (tests, the sandbox).

    wire: from an endpoint to what changes the client before its first use.
    helm: from a client to what stands in for the helm program.
    """

    wire: "Callable[[str], Wire] | None" = None
    helm: "Callable[[KubeApi], Helm] | None" = None


class ClusterAccess:
    """Called, it is the way into the cluster, or None while there is none that answers. Thread-safe."""

    def __init__(self, run: AwsRun, options: Options, doors: Doors) -> None:
        self._run, self._options, self._doors = run, options, doors
        self._lock = threading.RLock()
        self._kube: Kube | None = None
        self._shut = self._waits = False
        self._guard: Callable[[str], None] | None = None
        self._calls_before = 0

    def __call__(self) -> Kube | None:
        with self._lock:
            return self._kube or self.offered(EksCluster.discover(self._run))

    def offered(self, lives: Iterable[Live]) -> Kube | None:
        """The way in, by what discovery found: saves asking EKS again."""
        with self._lock:
            if self._kube is None and not self._shut:
                up = next((live for live in lives if live.kind == EksCluster.kind and _answers(live)), None)
                self._kube = self._connect(up) if up is not None else None
            return self._kube

    @property
    def helm_stands_in(self) -> bool:
        """Whether something else does the helm program's work."""
        return self._doors.helm is not None

    @property
    def known(self) -> Kube | None:
        """The way in, if it was found before: nobody is asked."""
        return self._kube

    def guard_writes(self, guard: Callable[[str], None] | None) -> None:
        """Ask `guard` before every call that changes something (the lock does)."""
        with self._lock:
            self._guard = guard
            if self._kube is not None:
                self._kube.api.guard_writes(guard)

    def expect_to_wait(self) -> None:
        """We are kept out today and let in by this very run: look again then, and bear being refused for a while."""
        with self._lock:
            self.close()
            self._waits = True

    def shut(self) -> None:
        """Do without the cluster's API from now on."""
        with self._lock:
            self.close()
            self._shut = True

    def close(self) -> None:
        """Let its connections go; the next call looks again."""
        with self._lock:
            if self._kube is not None:
                self._calls_before = self.calls
                self._kube.api.close()
                self._kube = None

    @property
    def calls(self) -> int:
        """Requests to the Kubernetes API so far, retries included."""
        return self._calls_before + (sum(self._kube.api.calls.values()) if self._kube is not None else 0)

    def _connect(self, cluster: Live) -> Kube:
        from eksgpu.kube.api import KubeApi

        clock, endpoint, name = self._run.clock, cluster.outputs["endpoint"], cluster.outputs["name"]
        presign = presigner(self._run.aws)
        api = KubeApi(
            endpoint,
            authority(cluster),
            lambda: eks_token(presign, name),
            settling=SETTLING if not cluster.shared and (self._waits or _young(cluster, clock.now())) else 0.0,
            sleep=clock.sleep,
            monotonic=clock.monotonic,
            wire=self._doors.wire(endpoint) if self._doors.wire is not None else None,
        )
        api.guard_writes(self._guard)
        return Kube(api, self._run.mark.cluster, self._helm(api, cluster))

    def _helm(self, api: "KubeApi", cluster: Live) -> Helm:
        if self._doors.helm is not None:
            return self._doors.helm(api)
        return HelmProgram(kubeconfig(way_into(cluster, self._options, region=self._run.region)))


def _answers(cluster: Live) -> bool:
    """A cluster that is being changed answers, one that is being made has no endpoint yet."""
    return cluster.state in (State.READY, State.PENDING) and bool(cluster.outputs["endpoint"])


def _young(cluster: Live, now: datetime) -> bool:
    return not cluster.created or now - datetime.fromisoformat(cluster.created) < YOUNG
