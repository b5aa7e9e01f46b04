"""The text of a kubeconfig whose tokens come from `eksgpu token`: for kubectl, and for every call of helm."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Way:
    """How to reach a cluster.

    ca:          PEM text.
    command:     what starts this program.
    arguments:   added to `token` beside cluster and region (`--profile NAME`).
    environment: for the token command.
    """

    cluster: str
    region: str
    endpoint: str
    ca: str
    command: Sequence[str] = ("eksgpu",)
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def kubeconfig(way: Way, *, context: str | None = None, namespace: str | None = None) -> str:
    """A whole kubeconfig with one cluster, one user and one context (`context`, by default the cluster's name)."""
    name = context or way.cluster
    program, *rest = way.command
    execute = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": program,
        "args": [*rest, "token", "--cluster", way.cluster, "--region", way.region, *way.arguments],
        "env": [{"name": key, "value": value} for key, value in sorted(way.environment.items())] or None,
        "interactiveMode": "Never",
        "provideClusterInfo": False,
    }
    authority = base64.b64encode(way.ca.encode()).decode()
    where = {"cluster": name, "user": name} | ({"namespace": namespace} if namespace else {})
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": way.endpoint, "certificate-authority-data": authority}}],
        "users": [{"name": name, "user": {"exec": execute}}],
        "contexts": [{"name": name, "context": where}],
        "current-context": name,
        "preferences": {},
    }
    return json.dumps(document, indent=2) + "\n"  # JSON is YAML


def exec_credential(token: str, expires: str) -> str:
    """What `eksgpu token` prints: an ExecCredential. expires: RFC 3339 in UTC."""
    return json.dumps(
        {
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "spec": {},
            "status": {"token": token, "expirationTimestamp": expires},
        }
    )
