"""The sandbox's stand-in for helm with what tests need of it: a chart of their own, crashes and failures at will.

Run as a program it takes helm's arguments, and works through the kubeconfig that it is handed.
"""

import argparse
import base64
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eksgpu.errors import CloudError
from eksgpu.kube.api import KubeApi
from eksgpu.kube.helm_program import Upgrade
from eksgpu.sandbox.helm.charts import Chart
from eksgpu.sandbox.helm.record import Object
from eksgpu.sandbox.helm.stand_in import StandIn as SandboxHelm


class Crash(BaseException):
    """The process dies here."""


class StandIn(SandboxHelm):
    """`crash`: "pending" dies right after the pending record was written. `fail`: ends with a failed release."""

    def __init__(self, api: KubeApi) -> None:
        super().__init__(api, charts=lambda _name: Chart(settings))
        self.crash = ""
        self.fail = ""
        self.calls: list[str] = []

    def upgrade(self, wanted: Upgrade) -> None:
        self.calls.append("upgrade")
        super().upgrade(wanted)

    def rollback(self, namespace: str, release: str, revision: int) -> None:
        self.calls.append(f"rollback {revision}")
        super().rollback(namespace, release, revision)

    def uninstall(self, namespace: str, release: str) -> None:
        self.calls.append("uninstall")
        super().uninstall(namespace, release)

    def leave_pending(self, wanted: Upgrade) -> None:
        """What a crash in the middle of an upgrade leaves: the record, and nothing done."""
        history = self.record.history(wanted.namespace, wanted.release)
        self.record.begin(wanted, settings(wanted), history, "pending-upgrade")

    def _carry_out(self, objects: Sequence[Object], before: Sequence[Object]) -> None:
        if self.crash == "pending":
            raise Crash
        if self.fail:
            raise CloudError(self.fail)
        super()._carry_out(objects, before)


def settings(wanted: Upgrade) -> list[dict[str, Any]]:
    """What the one chart of these tests makes: a ConfigMap of its values."""
    metadata = {"name": wanted.release, "namespace": wanted.namespace}
    data = {key: str(value) for key, value in wanted.values.items()}
    return [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}]


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
