"""A release's history: one Secret a revision, written as Helm writes them. It must not know what a chart makes."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from ruamel.yaml import YAML

from eksgpu.errors import NotFound
from eksgpu.kube.api import KubeApi
from eksgpu.kube.helm import SECRETS
from eksgpu.kube.helm_program import Upgrade
from eksgpu.kube.release import TYPE, decode, encode

Object = dict[str, Any]
Secret = dict[str, Any]

KEPT = 5  # --history-max of our own calls
# Helm's own words for what it has begun and done, where nobody gave it others.
BEGUN = {
    "pending-install": "Initial install underway",
    "pending-upgrade": "Preparing upgrade",
    "pending-rollback": "Preparing rollback",
}
DONE = {BEGUN["pending-install"]: "Install complete", BEGUN["pending-upgrade"]: "Upgrade complete"}
OWN = ("owner", "name", "status", "version")


class Record:
    """Helm's storage in one cluster. now: wall time, for the release's own times."""

    def __init__(self, api: KubeApi, now: Callable[[], datetime]) -> None:
        self._api = api
        self._now = now

    def history(self, namespace: str, release: str) -> list[Secret]:
        """Every revision that is kept, oldest first."""
        found, _ = self._api.list(SECRETS, namespace, labels=f"owner=helm,name={release}")
        return sorted(found, key=revision)

    def begin(self, wanted: Upgrade, objects: Sequence[Object], history: Sequence[Secret], status: str) -> Secret:
        """Write down what is about to happen, as the next revision."""
        number = revision(history[-1]) + 1 if history else 1
        at = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
        version = wanted.version
        first = decode(history[0])["info"]["first_deployed"] if history else at
        payload = {
            "name": wanted.release,
            "namespace": wanted.namespace,
            "version": number,
            "info": {
                "status": status,
                "description": wanted.description or BEGUN[status],
                "first_deployed": first,
                "last_deployed": at,
                "deleted": "",
            },
            "chart": {
                "metadata": {"apiVersion": "v2", "name": wanted.chart, "version": version, "appVersion": version},
                "templates": [],
                "values": {},
            },
            "config": dict(wanted.values),
            "manifest": "".join(f"---\n{json.dumps(one)}\n" for one in objects),
            "hooks": [],
        }
        labels = {"owner": "helm", "name": wanted.release, "status": status, "version": str(number)}
        metadata = {
            "name": f"sh.helm.release.v1.{wanted.release}.v{number}",
            "namespace": wanted.namespace,
            "labels": {**wanted.labels, **labels},
        }
        data = {"release": encode(payload)}
        return self._api.create(
            {"apiVersion": "v1", "kind": "Secret", "type": TYPE, "metadata": metadata, "data": data}
        )

    def mark(self, secret: Secret, status: str, **info: str) -> None:
        """Give a revision another status, and more of `info` where that is said."""
        payload = decode(secret)
        said = payload["info"]["description"]
        payload["info"] |= {"status": status, "description": DONE.get(said, said), **info}
        patch = {"metadata": {"labels": {"status": status}}, "data": {"release": encode(payload)}}
        metadata = secret["metadata"]
        self._api.merge(SECRETS, metadata["name"], metadata["namespace"], patch)

    def forget(self, secrets: Iterable[Secret]) -> None:
        """Delete revisions."""
        for secret in secrets:
            with suppress(NotFound):
                self._api.delete(SECRETS, secret["metadata"]["name"], secret["metadata"]["namespace"])


def revision(secret: Mapping[str, Any]) -> int:
    """The number of a revision."""
    return int(secret["metadata"]["labels"]["version"])


def status(secret: Mapping[str, Any]) -> str:
    """Helm's word for what became of a revision."""
    return str(secret["metadata"]["labels"]["status"])


def manifest(secret: Mapping[str, Any]) -> list[Object]:
    """The objects that a revision made."""
    return [one for one in YAML(typ="safe").load_all(decode(secret).get("manifest", "")) if one]


def own_labels(secret: Mapping[str, Any]) -> dict[str, str]:
    """The labels that are not Helm's but the caller's."""
    return {key: value for key, value in secret["metadata"]["labels"].items() if key not in OWN}
