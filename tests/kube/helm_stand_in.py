"""What stands for the helm program in tests: it writes release Secrets as Helm does, and applies a chart's objects.

As a class it works through a client that it is handed; run as a program, through the kubeconfig that it is handed.
"""

import argparse
import base64
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eksgpu.errors import CloudError, NotFound
from eksgpu.kube.api import KubeApi
from eksgpu.kube.helm import SECRETS
from eksgpu.kube.helm_program import Upgrade
from eksgpu.kube.release import TYPE, decode, encode

Secret = dict[str, Any]


class Crash(BaseException):
    """The process dies here."""


@dataclass
class StandIn:
    """`crash`: "pending" dies right after the pending record was written. `fail`: ends with a failed release."""

    api: KubeApi
    crash: str = ""
    fail: str = ""
    calls: list[str] = field(default_factory=list)

    def check(self) -> None:
        """It is here and new enough."""

    def upgrade(self, wanted: Upgrade) -> None:
        self.calls.append("upgrade")
        history = self._history(wanted.namespace, wanted.release)
        if history and _status(history[-1]).startswith("pending"):
            raise CloudError("another operation (install/upgrade/rollback) is in progress")
        pending = "pending-upgrade" if history else "pending-install"
        secret = self._write(wanted, _revision(history[-1]) + 1 if history else 1, pending)
        if self.crash == "pending":
            raise Crash
        if self.fail:
            self._mark(secret, "failed", description=self.fail)
            raise CloudError(self.fail)
        self.api.apply(_object(wanted))
        self._deployed(secret, history)

    def leave_pending(self, wanted: Upgrade) -> None:
        """What a crash in the middle of an upgrade leaves: the record, and nothing done."""
        history = self._history(wanted.namespace, wanted.release)
        self._write(wanted, _revision(history[-1]) + 1, "pending-upgrade")

    def rollback(self, namespace: str, release: str, revision: int) -> None:
        self.calls.append(f"rollback {revision}")
        history = self._history(namespace, release)
        old = decode(next(secret for secret in history if _revision(secret) == revision))
        again = Upgrade(
            namespace,
            release,
            old["chart"]["metadata"]["name"],
            "",
            old["chart"]["metadata"]["version"],
            old["config"],
            _own_labels(history[-1]),
            f"Rollback to {revision}",
        )
        secret = self._write(again, _revision(history[-1]) + 1, "pending-rollback")
        self._deployed(secret, history)

    def uninstall(self, namespace: str, release: str) -> None:
        self.calls.append("uninstall")
        history = self._history(namespace, release)
        if not history:
            raise NotFound(f"uninstall: Release not loaded: {release}: release: not found")
        for secret in history:
            self.api.delete(SECRETS, secret["metadata"]["name"], namespace)
        config_maps = self.api.resource("v1", "ConfigMap")
        if release in {item["metadata"]["name"] for item in self.api.list(config_maps, namespace)[0]}:
            self.api.delete(config_maps, release, namespace)

    def _history(self, namespace: str, release: str) -> list[Secret]:
        found, _ = self.api.list(SECRETS, namespace, labels=f"owner=helm,name={release}")
        return sorted(found, key=_revision)

    def _write(self, wanted: Upgrade, revision: int, status: str) -> Secret:
        payload = {
            "name": wanted.release,
            "namespace": wanted.namespace,
            "version": revision,
            "info": {
                "status": status,
                "description": wanted.description or "Preparing",
                "first_deployed": "2026-11-22T12:00:00Z",
            },
            "chart": {"metadata": {"name": wanted.chart, "version": wanted.version or "0.1.0"}},
            "config": dict(wanted.values),
        }
        helms = {"owner": "helm", "name": wanted.release, "status": status, "version": str(revision)}
        metadata = {
            "name": f"sh.helm.release.v1.{wanted.release}.v{revision}",
            "namespace": wanted.namespace,
            "labels": {**wanted.labels, **helms},
        }
        data = {"release": encode(payload)}
        return self.api.create({"apiVersion": "v1", "kind": "Secret", "type": TYPE, "metadata": metadata, "data": data})

    def _deployed(self, secret: Secret, history: list[Secret]) -> None:
        for old in history:
            if _status(old) != "superseded":
                self._mark(old, "superseded")
        self._mark(secret, "deployed")

    def _mark(self, secret: Secret, status: str, **info: str) -> None:
        payload = decode(secret)
        payload["info"] |= {"status": status, **info}
        patch = {"metadata": {"labels": {"status": status}}, "data": {"release": encode(payload)}}
        metadata = secret["metadata"]
        self.api.merge(SECRETS, metadata["name"], metadata["namespace"], patch)


def _object(wanted: Upgrade) -> dict[str, Any]:
    """What the one chart of these tests makes: a ConfigMap of its values."""
    metadata = {"name": wanted.release, "namespace": wanted.namespace}
    data = {key: str(value) for key, value in wanted.values.items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _revision(secret: Mapping[str, Any]) -> int:
    return int(secret["metadata"]["labels"]["version"])


def _status(secret: Mapping[str, Any]) -> str:
    return str(secret["metadata"]["labels"]["status"])


def _own_labels(secret: Mapping[str, Any]) -> dict[str, str]:
    helms = ("owner", "name", "status", "version")
    return {key: value for key, value in secret["metadata"]["labels"].items() if key not in helms}


def main(arguments: list[str]) -> int:
    """As `helm` itself: upgrade and uninstall, with a token in the kubeconfig."""
    parser = argparse.ArgumentParser()
    for name in ("namespace", "kubeconfig", "values", "labels", "description", "version", "repo", "timeout"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--history-max")
    for flag in ("install", "wait", "reset-values"):
        parser.add_argument(f"--{flag}", action="store_true")
    parser.add_argument("words", nargs="+")
    told = parser.parse_intermixed_args(arguments)
    config = json.loads(Path(told.kubeconfig).read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    token = (user["token"], datetime(2999, 1, 1, tzinfo=UTC))
    api = KubeApi(cluster["server"], authority, lambda: token)
    helm = StandIn(api)
    try:
        if told.words[0] == "uninstall":
            helm.uninstall(told.namespace, told.words[1])
        else:
            values = json.loads(Path(told.values).read_text())
            labels = dict(pair.split("=", 1) for pair in told.labels.split(","))
            helm.upgrade(
                Upgrade(
                    told.namespace,
                    told.words[1],
                    Path(told.words[2]).name,
                    "",
                    told.version,
                    values,
                    labels,
                    told.description,
                )
            )
    except CloudError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    finally:
        api.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
