"""A real control plane on loopback, as the tests use it, and a broom for what they leave behind."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from eksgpu.errors import CloudError
from eksgpu.kube.api import KubeApi
from eksgpu.kube.names import ApiResource
from eksgpu.sandbox.kubernetes.auth import MASTERS, User
from eksgpu.sandbox.real import programs
from eksgpu.sandbox.real.control_plane import ControlPlane as RealControlPlane
from eksgpu.sandbox.real.control_plane import kubeconfig
from eksgpu.sandbox.real.webhooks import Webhooks

TOKEN = "admin-of-tests"
PEOPLE = {TOKEN: User("admin", groups=(MASTERS,), uid="admin")}  # who is known by which token; tests add theirs
PAUSE = threading.Event()  # `time.sleep` does nothing in these tests


@dataclass(frozen=True)
class ControlPlane:
    """Where it answers; `token` is of the group system:masters."""

    url: str
    ca: str
    token: str = TOKEN


@contextmanager
def control_plane(folder: Path) -> Iterator[ControlPlane]:
    """One from nothing, in about five seconds. It asks the webhooks that EKS's tokens and policies go through too."""
    with ExitStack() as stack:
        webhooks = Webhooks(PEOPLE.get)
        stack.callback(webhooks.stop)
        plane = RealControlPlane(
            programs.required(),
            folder,
            token_review=webhooks.token_review,
            access_review=webhooks.access_review,
        )
        stack.callback(plane.stop)
        yield ControlPlane(plane.url, plane.ca)


def static_kubeconfig(plane: ControlPlane) -> str:
    """A kubeconfig with the token in it."""
    return kubeconfig(plane.url, plane.ca, plane.token)


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
    names = {item["metadata"]["name"] for item in api.list(spaces)[0]}
    made = {name for name in names if not name.startswith(("kube-", "default"))}
    for name in made:
        _drop(api, spaces, name, "")
    _await_gone(api, spaces, made)


def _drop(api: KubeApi, resource: ApiResource, name: str, namespace: str) -> None:
    with suppress(CloudError):
        api.delete(resource, name, namespace)


def _await_gone(api: KubeApi, resource: ApiResource, names: set[str]) -> None:
    for _ in range(200):
        if names.isdisjoint(item["metadata"]["name"] for item in api.list(resource)[0]):
            return
        PAUSE.wait(0.1)
    raise AssertionError(f"still there: {names}")
