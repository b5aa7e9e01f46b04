"""What a verb applied on the side (a workload, an endpoint): no plan wants or prunes it, destroy deletes it."""

from typing import ClassVar

from eksgpu.engine.mark import CLUSTER_TAG
from eksgpu.engine.resource import Live

from .leftover import Leftover
from .live import ADHOC
from .object import marked
from .run import KubeRun


class AdhocObject(Leftover):
    """An object with the mark and the label `eksgpu.dev/adhoc`."""

    kind: ClassVar[str] = "kubernetes_adhoc"

    @classmethod
    def discover(cls, run: KubeRun) -> list[Live]:
        return marked(run, f"{CLUSTER_TAG}={run.mark.cluster},{ADHOC}", cls.kind)
