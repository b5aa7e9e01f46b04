"""One EKS cluster's API on a real control plane: EKS's tokens are known, and AWS's controllers run beside it.

Has the shape of the embedded server (`url`, `ca`, `stop`), so whoever starts clusters need not know which one it is.
"""

import shutil
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import urllib3

from eksgpu.engine.clock import Clock
from eksgpu.sandbox.controllers.client import Object
from eksgpu.sandbox.controllers.cloud import Cloud
from eksgpu.sandbox.controllers.fleet import Fleet
from eksgpu.sandbox.controllers.http_client import HttpClient
from eksgpu.sandbox.controllers.kubelet_server import LOOPBACK, KubeletServer
from eksgpu.sandbox.controllers.setting import Seconds
from eksgpu.sandbox.kubernetes.auth import Authenticate
from eksgpu.sandbox.kubernetes.certificate import Authority
from eksgpu.sandbox.kubernetes.failure import ApiError
from eksgpu.sandbox.kubernetes.logs import LogBook

from . import programs
from .control_plane import ControlPlane
from .roles import bind_roles
from .token_review import TokenReviewServer

Step = Callable[[], bool]
_STEP_SECONDS = 0.1


class RealCluster:
    """Ready when constructed, about five seconds later; the version is that of the programs, whatever EKS says.

    folder:       for its data, keys and logs; emptied first.
    authenticate: the user behind a token, for all but `admin_token`.
    cloud, clock, seconds: see Fleet.
    port:         of the API, a free one when 0.
    steps:        from the controllers' client to more steps for their round, such as EKS's own objects.
    Raises EksgpuError where the programs are missing or do not start.
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
        self._stops: list[Callable[[], None]] = []
        try:
            reviews = TokenReviewServer(authenticate)
            self._stops.append(reviews.stop)
            plane = ControlPlane(found, folder, authority=authority, token_review=reviews.url, port=port)
            self._stops.append(plane.stop)
            self.url, self.ca, self.admin_token = plane.url, plane.ca, plane.admin_token
            self.client = HttpClient(plane.url, token=plane.admin_token, ca=plane.ca)
            self._stops.append(self.client.close)
            kubelets = self._kubelets(folder, authority)
            self._stops.append(kubelets.stop)
            fleet = Fleet(
                self.client, cloud, clock, seconds=seconds, log=self.logs.append,
                heartbeats=True, node_address=LOOPBACK, kubelet_port=kubelets.port,
            )  # fmt: skip
            bind_roles(self.client)
            rounds = _Rounds([*steps(self.client), fleet.step], folder / "controllers.log")
            self._stops.append(rounds.stop)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the controllers, the plane and what served it; waits for all of them."""
        while self._stops:
            self._stops.pop()()

    def _kubelets(self, folder: Path, authority: Authority) -> KubeletServer:
        files = folder / "kubelet.crt", folder / "kubelet.key"
        for file, text in zip(files, authority.issue(LOOPBACK), strict=True):
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")
        return KubeletServer(self._printed, self._running, certificate=str(files[0]), key=str(files[1]))

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


class _Rounds:
    """Steps on a thread of its own, again and again. What goes wrong is written down and tried again next round."""

    def __init__(self, steps: Sequence[Step], log: Path) -> None:
        self._steps, self._log = steps, log
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="controllers")
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_STEP_SECONDS):
            for step in self._steps:
                self._act(step)

    def _act(self, step: Step) -> None:
        try:
            while step() and not self._stopping.is_set():
                pass
        except Exception as error:
            expected = isinstance(error, ApiError | urllib3.exceptions.HTTPError)
            with self._log.open("a", encoding="utf-8") as log:
                log.write(f"{error}\n" if expected else traceback.format_exc())
