"""The daemon's side of it: each cluster's API over HTTPS on a port of its own, under the authority that EKS names."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from eksgpu.aws.clients import Clients
from eksgpu.aws.eks_token import eks_token, presigner
from eksgpu.engine.clock import SteppedClock
from eksgpu.errors import AnswerLost, CloudError, Denied
from eksgpu.kube.api import KubeApi
from eksgpu.sandbox.faults import Fault
from eksgpu.sandbox.identity import ACCESS_KEY, SECRET_KEY
from eksgpu.sandbox.options import Options
from eksgpu.sandbox.real import programs
from eksgpu.sandbox.server import Endpoint, LocalServer
from tests.unit.sandbox.conftest import NO_RETRIES
from tests.unit.sandbox.eks.account import EksAccount

from .reach import REGION, authority_of, config_map, listed

EMBEDDED = Options(speed=1000.0, every_duration=0.0)
PAUSE = threading.Event()
REAL = Options(speed=1000.0, every_duration=0.0, kubernetes="real")


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalServer]:
    served = LocalServer(Endpoint(getattr(request, "param", EMBEDDED), tmp_path / "kubernetes"))
    thread = threading.Thread(target=served.serve)
    thread.start()
    yield served
    served.stop()
    thread.join()


@pytest.fixture
def session(server: LocalServer) -> Iterator["Session"]:
    made = Session(server.url)
    yield made
    made.close()


class Session:
    """Clients over sockets, to AWS and to the cluster."""

    def __init__(self, url: str) -> None:
        self._boto = _boto(ACCESS_KEY)
        self._url = url
        self._made: list[Any] = []

    def client(
        self,
        service: str,
        region_name: str = REGION,
        endpoint_url: str | None = None,
        config: Config | None = None,
    ) -> Any:
        self._made.append(
            self._boto.client(
                service, region_name=region_name, endpoint_url=endpoint_url or self._url, config=config or NO_RETRIES
            )
        )
        return self._made[-1]

    def api(self, described: dict[str, Any], access_key: str = ACCESS_KEY) -> KubeApi:
        """With tokens that are signed with another key when it is somebody else: they look the same in one second."""
        signing = self if access_key == ACCESS_KEY else _boto(access_key)
        tokens = partial(eks_token, presigner(Clients(signing, region=REGION)), described["name"])
        self._made.append(KubeApi(described["endpoint"], authority_of(described), tokens))
        found: KubeApi = self._made[-1]
        return found

    def close(self) -> None:
        for one in self._made:
            one.close()


def _boto(access_key: str) -> boto3.Session:
    return boto3.Session(aws_access_key_id=access_key, aws_secret_access_key=SECRET_KEY, region_name=REGION)


def test_a_cluster_is_served_from_when_it_is_active_until_it_is_deleted(server: LocalServer, session: Session) -> None:
    account = EksAccount(session.client, SteppedClock())
    account.eks.create_cluster(**account.request())
    described = account.cluster()
    assert described["endpoint"].startswith("https://127.0.0.1:")
    assert described["endpoint"] == account.cluster()["endpoint"]
    api = session.api(described)
    nodes = api.resource("v1", "Node")
    items, since = api.list(nodes)
    assert items == []
    account.eks.create_addon(clusterName="demo", addonName="vpc-cni")
    account.eks.create_nodegroup(**account.group_request())
    event = next(api.watch(nodes, since=since))  # nobody asks: it comes by itself
    assert (event["type"], event["object"]["metadata"]["labels"]["eks.amazonaws.com/nodegroup"]) == ("ADDED", "system")

    server.endpoint.world.faults.add(Fault("kubernetes", "create:ConfigMap", do="drop_after"))
    with pytest.raises(AnswerLost):
        api.create(config_map("lost"))
    assert "lost" in {one["metadata"]["name"] for one in listed(api, "ConfigMap")}

    account.eks.delete_nodegroup(clusterName="demo", nodegroupName="system")
    account.eks.delete_cluster(name="demo")
    assert account.eks.list_clusters()["clusters"] == []
    with pytest.raises(CloudError):
        listed(api, "Node")


@pytest.fixture
def slow_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs of a control plane that wait for a file `go` in this folder, and end then."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in programs.CONTROL_PLANE:
        (folder / name).write_text(f"#!/bin/sh\nwhile [ ! -e {folder}/go ]; do sleep 0.05; done\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(folder))
    return folder


@pytest.mark.parametrize("server", [REAL], indirect=True)
def test_nobody_is_told_of_a_real_control_plane_that_still_starts(
    slow_programs: Path, server: LocalServer, session: Session
) -> None:
    account = EksAccount(session.client, SteppedClock())
    account.eks.create_cluster(**account.request())
    first, second = threading.Thread(target=account.cluster), threading.Thread(target=account.cluster)
    first.start()
    while not list((slow_programs.parent / "kubernetes").glob("*/etcd.log")):  # until it starts
        PAUSE.wait(0.01)
    second.start()
    second.join(timeout=0.5)
    assert first.is_alive()
    assert second.is_alive()
    assert account.eks.list_clusters()["clusters"] == ["demo"]  # others do not wait
    (slow_programs / "go").touch()
    first.join()
    second.join()


@pytest.mark.sweep  # ten seconds, and the programs of a control plane
@pytest.mark.parametrize("server", [REAL], indirect=True)
def test_a_real_control_plane_stands_on_the_clusters_port(server: LocalServer, session: Session) -> None:
    if programs.folder() is None:
        pytest.skip("there are no programs of a control plane here")
    account = EksAccount(session.client, SteppedClock())
    account.eks.create_cluster(**account.request())
    api = session.api(account.cluster())
    nodes, daemons = api.resource("v1", "Node"), api.resource("apps/v1", "DaemonSet")
    since, since_daemons = api.list(nodes)[1], api.list(daemons)[1]
    account.eks.create_addon(clusterName="demo", addonName="vpc-cni")
    account.eks.create_nodegroup(**account.group_request())
    node, daemon = next(api.watch(nodes, since=since)), next(api.watch(daemons, since=since_daemons))
    assert node["object"]["metadata"]["labels"]["eks.amazonaws.com/nodegroup"] == "system"
    assert daemon["object"]["metadata"]["name"] == "aws-node"
    assert [one["metadata"]["name"] for one in listed(api, "StorageClass", "", "storage.k8s.io/v1")] == ["gp2"]

    become_viewer(server, account, "kube-system")
    viewer = session.api(account.cluster(), "AKIAOTHERAAAAAAAAAAA")
    assert "aws-node" in {one["metadata"]["name"] for one in listed(viewer, "DaemonSet", "kube-system", "apps/v1")}
    for kind, namespace in (("Secret", "kube-system"), ("Pod", "default"), ("Node", "")):
        with pytest.raises(Denied, match="assumed-role/viewer/me"):
            listed(viewer, kind, namespace)


def become_viewer(server: LocalServer, account: EksAccount, namespace: str) -> None:
    """The account's caller is a role from now on that may look at one namespace."""
    world = server.endpoint.world
    role = account.role("viewer", "ec2.amazonaws.com")
    account.eks.create_access_entry(clusterName="demo", principalArn=role)
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    scope = {"type": "namespace", "namespaces": [namespace]}
    account.eks.associate_access_policy(clusterName="demo", principalArn=role, policyArn=policy, accessScope=scope)
    world.caller_arn = f"arn:aws:sts::{world.account}:assumed-role/viewer/me"
