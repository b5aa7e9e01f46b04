"""A cluster whose pools share GPUs, driven through the real verbs, and somebody with kubectl in it."""

from pathlib import Path
from typing import Any

from eksgpu.ops import verify, workload
from eksgpu.ops.options import Options
from eksgpu.ops.workload_manifest import Wanted
from eksgpu.sandbox.clusters.control_planes import ControlPlanes
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.client import InProcessClient

from .account import Account
from .running import LOOK_EVERY

FOUR = {"strategy": "timeSlicing", "replicas": 4}


class Sliced:
    """An account with one cluster, and somebody with kubectl in it."""

    def __init__(self, folder: Path, document: dict[str, Any]) -> None:
        self.account = Account(folder, document)
        self.account.apply(skip_checks={"helm-program"})

    @property
    def somebody(self) -> InProcessClient:
        return self._api.client("kubectl")

    def pass_time(self, seconds: float) -> None:
        """In steps in which nodes, pods and controllers come to rest."""
        for _ in range(int(seconds / LOOK_EVERY)):
            self._api.settle()
            self.account.world.clock.sleep(LOOK_EVERY)

    def start(self, name: str, **wanted: Any) -> workload.WorkloadReport:
        return workload.apply(
            name, Wanted(**wanted), self.account.path, Options(), tell=lambda _: None, say=lambda _: None,
            wait=1800.0, connector=self.account.connector,
        )  # fmt: skip

    def verify(self, **how: Any) -> verify.VerifyReport:
        return verify.verify(self.account.path, Options(), say=lambda _: None, connector=self.account.connector, **how)

    @property
    def _api(self) -> Api:
        metadata = self.account.metadata
        api = self.account.world.state(ControlPlanes, metadata["region"]).api(metadata["name"])
        assert api is not None
        return api

    def nodes(self, pool: str) -> list[dict[str, Any]]:
        found = self.somebody.list("v1", "Node", labels=f"karpenter.sh/nodepool={pool}")[0]
        return [dict(one) for one in found]
