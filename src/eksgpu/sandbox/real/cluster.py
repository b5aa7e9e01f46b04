"""One EKS cluster's API on a real control plane: EKS's tokens are known, and AWS's controllers run beside it.

Has the shape of the embedded server (`url`, `ca`, `stop`), so whoever starts clusters need not know which one it is.
"""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from eksgpu.engine.clock import Clock
from eksgpu.sandbox.controllers.client import Object
from eksgpu.sandbox.controllers.cloud import Cloud
from eksgpu.sandbox.controllers.fleet import Fleet
from eksgpu.sandbox.controllers.http_client import HttpClient
from eksgpu.sandbox.controllers.kubelet_server import LOOPBACK, KubeletServer
from eksgpu.sandbox.controllers.setting import Seconds
from eksgpu.sandbox.kubernetes.auth import Authenticate
from eksgpu.sandbox.kubernetes.certificate import Authority
from eksgpu.sandbox.kubernetes.logs import LogBook

from . import programs
from .control_plane import ControlPlane
from .private import private
from .rounds import Rounds, Step
from .webhooks import Webhooks


class RealCluster:
    """Ready when constructed, about five seconds later; the version is that of the programs, whatever EKS says.

    folder:       for its data, keys and logs; emptied first, and gone when it has stopped.
    authenticate: the user behind a token, for all but `admin_token`.
    cloud, clock, seconds: see Fleet.
    port:         of the API, a free one when 0.
    steps:        from the controllers' client to more steps for their round, such as EKS's own objects.
    Raises EksgpuError where the programs are missing or do not start; their logs stay in the folder then.
    """

    def __init__(
        self,
        folder: Path,
        *,
        cloud: Cloud,
        clock: Clock,
        seconds: Seconds,
        authenticate: Authenticate,
        authority: Authority | None = None,
        port: int = 0,
        steps: Callable[[HttpClient], Sequence[Step]] = lambda _: (),
    ) -> None:
        found = programs.required()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        authority = authority or Authority.new()
        self.logs = LogBook()
        self._folder = folder
        with ExitStack() as parts:
            webhooks = Webhooks(authenticate)
            parts.callback(webhooks.stop)
            plane = ControlPlane(
                found, folder, authority=authority, port=port,
                token_review=webhooks.token_review, access_review=webhooks.access_review,
            )  # fmt: skip
            parts.callback(plane.stop)
            self.url, self.ca, self.admin_token = plane.url, plane.ca, plane.admin_token
            self.client = HttpClient(plane.url, token=plane.admin_token, ca=plane.ca)
            parts.callback(self.client.close)
            kubelets = self._kubelets(folder, authority)
            parts.callback(kubelets.stop)
            fleet = Fleet(
                self.client, cloud, clock, seconds=seconds, log=self.logs.append,
                heartbeats=True, node_address=LOOPBACK, kubelet_port=kubelets.port,
            )  # fmt: skip
            rounds = Rounds([*steps(self.client), fleet.step], folder / "controllers.log")
            parts.callback(rounds.stop)
            self._parts = parts.pop_all()

    def stop(self) -> None:
        """End the controllers, the plane and what served it; waits for all of them."""
        self._parts.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _kubelets(self, folder: Path, authority: Authority) -> KubeletServer:
        certificate, key = authority.issue(LOOPBACK)
        return KubeletServer(
            self._printed,
            self._running,
            certificate=str(private(folder / "kubelet.crt", certificate)),
            key=str(private(folder / "kubelet.key", key)),
        )

    def _printed(self, namespace: str, name: str, container: str) -> list[str] | None:
        pod = self._pod(namespace, name)
        if pod is None or container not in {one["name"] for one in pod["spec"]["containers"]}:
            return None
        return [line.text for line in self.logs.lines(pod["metadata"]["uid"], container)]

    def _running(self, namespace: str, name: str) -> bool:
        pod = self._pod(namespace, name)
        return pod is not None and pod.get("status", {}).get("phase") == "Running"

    def _pod(self, namespace: str, name: str) -> Object | None:
        found, _ = self.client.list("v1", "Pod", namespace, fields=f"metadata.name={name}")
        return found[0] if found else None
