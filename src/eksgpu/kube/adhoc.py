"""What a verb applied on the side (a workload, an endpoint): no plan wants or prunes it, destroy deletes it."""

from typing import ClassVar

from eksgpu.engine.mark import CLUSTER_TAG
from eksgpu.engine.resource import Deletable, Live

from .finalizers import abandoned
from .live import ADHOC
from .object import KubeObject, delete_marked, marked, read_marked
from .run import KubeRun


class AdhocObject(Deletable):
    """An object with the mark and the label `eksgpu.dev/adhoc`."""

    kind: ClassVar[str] = "kubernetes_adhoc"
    permissions: ClassVar[frozenset[str]] = KubeObject.permissions
    # Before the spec's own: a pod on a GPU node goes before the pool that made the node.
    gone_before: ClassVar[tuple[str, ...]] = ("kubernetes", "helm_release", *KubeObject.gone_before)
    waits_gone: ClassVar[bool] = True
    deadline: ClassVar[float] = KubeObject.deadline

    @classmethod
    def discover(cls, run: KubeRun) -> list[Live]:
        return marked(run, f"{CLUSTER_TAG}={run.mark.cluster},{ADHOC}", cls.kind)

    @classmethod
    def read(cls, run: KubeRun, live: Live) -> Live | None:
        return read_marked(run, live)

    @classmethod
    def delete(cls, run: KubeRun, live: Live) -> None:
        delete_marked(run, live)

    @classmethod
    def in_vain(cls, run: KubeRun, live: Live) -> str | None:
        return abandoned(run, live)
