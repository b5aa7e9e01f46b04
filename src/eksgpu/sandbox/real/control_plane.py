"""etcd, kube-apiserver, kube-controller-manager and kube-scheduler on free ports of 127.0.0.1, from nothing.

Knows nothing of EKS: who may come in with which token is a webhook's business, whose address it is handed.
"""

import base64
import json
import secrets
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import urllib3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from eksgpu.errors import EksgpuError
from eksgpu.sandbox.kubernetes.certificate import Authority

from .private import private
from .process import Process

LOOPBACK = "127.0.0.1"
_READY_SECONDS, _LOOK_AGAIN_SECONDS = 60.0, 0.1
_SERVICES = "172.20.0.0/16"  # as EKS takes it
_CACHED = "5s"  # how long the server goes by a webhook's answer
# EKS has this plugin on: pods that ask for GPUs bear the taint of GPU nodes.
_ADMISSION = "ExtendedResourceToleration"


class ControlPlane:
    """Ready when constructed, about five seconds later.

    programs: the folder with the programs; folder: an empty one for data, keys and logs; port: the API's, 0 for any.
    controllers: those of kube-controller-manager, as its option takes them.
    token_review: URL of the webhook that knows other tokens than `admin_token`, which is of the group system:masters.
    access_review: URL of the webhook that allows what RBAC does not.
    Raises EksgpuError when a program ends or is not ready in a minute.
    """

    def __init__(
        self,
        programs: Path,
        folder: Path,
        *,
        authority: Authority | None = None,
        token_review: str | None = None,
        access_review: str | None = None,
        port: int = 0,
        controllers: str = "*,-node-ipam-controller",
    ) -> None:
        authority = authority or Authority.new()
        self.ca = authority.pem
        self.admin_token = secrets.token_urlsafe(24)
        self._programs, self._folder = programs, folder
        self._running: list[Process] = []
        etcd_port, peer_port, free = _free_ports(3)
        port = port or free
        self.url = f"https://{LOOPBACK}:{port}"
        try:
            self._etcd(etcd_port, peer_port)
            self._apiserver(port, etcd_port, authority, self._webhooks(token_review, access_review))
            self._controllers(controllers)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything and wait for it."""
        for process in reversed(self._running):
            process.stop()

    def _etcd(self, port: int, peer_port: int) -> None:
        client, peer = f"http://{LOOPBACK}:{port}", f"http://{LOOPBACK}:{peer_port}"
        self._run(
            "etcd", "--data-dir", self._folder / "etcd", "--unsafe-no-fsync",
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
        )  # fmt: skip

    def _apiserver(self, port: int, etcd_port: int, authority: Authority, webhooks: list[object]) -> None:
        certificate, key = authority.issue(LOOPBACK)
        signing = self._private("service-accounts.key", _new_key())
        self._run(
            "kube-apiserver", "--etcd-servers", f"http://{LOOPBACK}:{etcd_port}",
            "--bind-address", LOOPBACK, "--secure-port", port, "--service-cluster-ip-range", _SERVICES,
            "--tls-cert-file", self._private("apiserver.crt", certificate),
            "--tls-private-key-file", self._private("apiserver.key", key),
            "--service-account-key-file", signing, "--service-account-signing-key-file", signing,
            "--service-account-issuer", "https://kubernetes.default.svc",
            "--token-auth-file", self._private("tokens.csv", f"{self.admin_token},kubernetes-admin,1,system:masters\n"),
            "--enable-admission-plugins", _ADMISSION, "--kubelet-preferred-address-types", "InternalIP",
            "--endpoint-reconciler-type", "none", *webhooks,
        )  # fmt: skip
        self._await("/readyz")

    def _webhooks(self, token_review: str | None, access_review: str | None) -> list[object]:
        arguments: list[object] = ["--authorization-mode", "RBAC" if access_review is None else "RBAC,Webhook"]
        if token_review is not None:
            arguments += [
                "--authentication-token-webhook-config-file",
                self._private("token-review.json", kubeconfig(token_review)),
                "--authentication-token-webhook-version", "v1", "--authentication-token-webhook-cache-ttl", _CACHED,
            ]  # fmt: skip
        if access_review is not None:
            arguments += [
                "--authorization-webhook-config-file", self._private("access-review.json", kubeconfig(access_review)),
                "--authorization-webhook-version", "v1", "--authorization-webhook-cache-authorized-ttl", _CACHED,
                "--authorization-webhook-cache-unauthorized-ttl", "0s",
            ]  # fmt: skip
        return arguments

    def _controllers(self, controllers: str) -> None:
        config = self._private("kubeconfig", kubeconfig(self.url, self.ca, self.admin_token))
        # Port 0: they serve nothing, so that several planes stand side by side.
        common = ("--kubeconfig", config, "--leader-elect=false", "--secure-port", 0)
        self._run(
            "kube-controller-manager", *common, "--use-service-account-credentials",
            "--service-account-private-key-file", self._folder / "service-accounts.key",
            "--root-ca-file", self._private("ca.crt", self.ca), "--controllers", controllers,
        )  # fmt: skip
        self._run("kube-scheduler", *common)
        # Without it no pod is let in; the controller manager makes it a second or two after its own start.
        self._await("/api/v1/namespaces/default/serviceaccounts/default")

    def _run(self, name: str, *arguments: object) -> Process:
        self._running.append(Process(self._programs / name, *arguments, folder=self._folder))
        return self._running[-1]

    def _await(self, path: str) -> None:
        """Until the server answers this path well."""
        headers, pause = {"Authorization": f"Bearer {self.admin_token}"}, threading.Event()
        with urllib3.PoolManager(ca_cert_data=self.ca, headers=headers, retries=False, timeout=5.0) as pool:
            end = time.monotonic() + _READY_SECONDS
            while time.monotonic() < end:
                gone = next((process for process in self._running if process.ended), None)
                if gone is not None:
                    raise EksgpuError(f"{gone.name} ended at its start: {gone.last_words}")
                if _answers(pool, self.url + path):
                    return
                pause.wait(_LOOK_AGAIN_SECONDS)
        last = self._running[-1]
        raise EksgpuError(f"{last.name} is not ready after {_READY_SECONDS:g} s: {last.last_words}")

    def _private(self, name: str, text: str) -> Path:
        return private(self._folder / name, text)


def kubeconfig(url: str, ca: str = "", token: str = "") -> str:
    """A kubeconfig for one server; `ca` in PEM, `token` in clear."""
    trusted = {"certificate-authority-data": base64.b64encode(ca.encode()).decode()} if ca else {}
    return json.dumps({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "sandbox",
        "clusters": [{"name": "sandbox", "cluster": {"server": url, **trusted}}],
        "users": [{"name": "sandbox", "user": {"token": token} if token else {}}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
    })  # fmt: skip


def _answers(pool: urllib3.PoolManager, url: str) -> bool:
    try:
        return pool.request("GET", url).status == 200
    except (urllib3.exceptions.HTTPError, OSError):
        return False


def _new_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    encoding, no_encryption = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(encoding, serialization.PrivateFormat.TraditionalOpenSSL, no_encryption).decode()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return [int(one.getsockname()[1]) for one in sockets]
