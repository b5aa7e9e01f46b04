"""A real control plane on loopback: etcd, kube-apiserver and kube-controller-manager from `KUBEBUILDER_ASSETS`."""

import base64
import json
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from eksgpu.errors import CloudError
from eksgpu.kube.api import KubeApi
from eksgpu.kube.names import ApiResource

TOKEN = "admin-of-tests"
PAUSE = threading.Event()  # `time.sleep` does nothing in these tests
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager")


@dataclass(frozen=True)
class ControlPlane:
    """Where it answers; `token` is of the group system:masters."""

    url: str
    ca: str
    token: str = TOKEN


def assets() -> Path | None:
    """The folder with the programs, or None."""
    named = os.environ.get("KUBEBUILDER_ASSETS")
    folder = Path(named) if named else None
    return folder if folder is not None and all((folder / program).exists() for program in PROGRAMS) else None


@contextmanager
def control_plane(programs: Path, folder: Path) -> Iterator[ControlPlane]:
    """One from nothing, in about five seconds."""
    client_port, peer_port, port = _free_ports(3)
    with ExitStack() as stack:
        etcd = f"http://127.0.0.1:{client_port}"
        peer = f"http://127.0.0.1:{peer_port}"
        stack.enter_context(_running(
            folder, programs / "etcd", "--data-dir", folder / "etcd", "--listen-client-urls", etcd,
            "--advertise-client-urls", etcd, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", f"default={peer}", "--unsafe-no-fsync",
        ))  # fmt: skip
        key, tokens, certificates = folder / "sa.key", folder / "tokens.csv", folder / "certs"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        tokens.write_text(f"{TOKEN},admin,1,system:masters\n")
        stack.enter_context(_running(
            folder, programs / "kube-apiserver", "--etcd-servers", etcd, "--bind-address", "127.0.0.1",
            "--secure-port", port, "--cert-dir", certificates, "--service-account-key-file", key,
            "--service-account-signing-key-file", key,
            "--service-account-issuer", "https://kubernetes.default.svc", "--authorization-mode", "RBAC",
            "--token-auth-file", tokens, "--service-cluster-ip-range", "10.0.0.0/24",
            "--enable-admission-plugins", "ExtendedResourceToleration",
        ))  # fmt: skip
        url = f"https://127.0.0.1:{port}"
        _wait_ready(url)
        ca = (certificates / "apiserver.crt").read_text()
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(static_kubeconfig(ControlPlane(url, ca)))
        stack.enter_context(_running(
            folder, programs / "kube-controller-manager", "--kubeconfig", kubeconfig, "--bind-address", "127.0.0.1",
            "--leader-elect=false", "--use-service-account-credentials", "--service-account-private-key-file", key,
            "--root-ca-file", certificates / "apiserver.crt", "--controllers=*,-node-ipam-controller",
        ))  # fmt: skip
        yield ControlPlane(url, ca)


def static_kubeconfig(plane: ControlPlane) -> str:
    """A kubeconfig with the token in it."""
    authority = base64.b64encode(plane.ca.encode()).decode()
    cluster = {"server": plane.url, "certificate-authority-data": authority}
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "t",
        "clusters": [{"name": "t", "cluster": cluster}],
        "users": [{"name": "t", "user": {"token": plane.token}}],
        "contexts": [{"name": "t", "context": {"cluster": "t", "user": "t"}}],
    })  # fmt: skip


def sweep(api: KubeApi) -> None:
    """Delete what a test may have left behind, so that the next one finds an empty cluster."""
    for api_version, kind in (("apps/v1", "Deployment"), ("v1", "Secret"), ("v1", "ConfigMap")):
        resource = api.resource(api_version, kind)
        for namespace in ("default", "kube-system"):
            for item in api.list(resource, namespace)[0]:
                if not item["metadata"]["name"].startswith(("kube-", "extension-")):
                    _drop(api, resource, item["metadata"]["name"], namespace)
    crds = api.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    for item in api.list(crds)[0]:
        _drop(api, crds, item["metadata"]["name"], "")
    spaces = api.resource("v1", "Namespace")
    for item in api.list(spaces)[0]:
        if not item["metadata"]["name"].startswith(("kube-", "default")):
            _drop(api, spaces, item["metadata"]["name"], "")
            _await_gone(api, spaces, item["metadata"]["name"])


def _drop(api: KubeApi, resource: ApiResource, name: str, namespace: str) -> None:
    with suppress(CloudError):
        api.delete(resource, name, namespace)


def _await_gone(api: KubeApi, resource: ApiResource, name: str) -> None:
    for _ in range(200):
        if name not in {item["metadata"]["name"] for item in api.list(resource)[0]}:
            return
        PAUSE.wait(0.1)


@contextmanager
def _running(folder: Path, program: Path, *arguments: object) -> Iterator[None]:
    with (folder / f"{program.name}.log").open("w") as log:
        process = subprocess.Popen([program, *map(str, arguments)], stdout=log, stderr=log)
        try:
            yield
        finally:
            process.kill()
            process.wait()


def _wait_ready(url: str) -> None:
    unverified = ssl._create_unverified_context()
    request = Request(f"{url}/readyz", headers={"Authorization": f"Bearer {TOKEN}"})
    for _ in range(300):
        with suppress(URLError, OSError), urlopen(request, context=unverified, timeout=5) as answer:
            if answer.status == 200:
                return
        PAUSE.wait(0.1)
    raise TimeoutError(f"{url} is not ready after 30 s")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
