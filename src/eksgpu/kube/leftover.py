"""What no plan wants and destroy alone deletes: how such an object is read, deleted, and given up."""

from typing import ClassVar

from eksgpu.engine.resource import Deletable, Live

from .finalizers import abandoned
from .object import KubeObject, delete_marked, read_marked
from .run import KubeRun


class Leftover(Deletable):
    """An object outside the graph. A kind of it says only how it is found."""

    permissions: ClassVar[frozenset[str]] = KubeObject.permissions
    # Before the spec's own: a pod on a GPU node goes before the pool that made the node.
    gone_before: ClassVar[tuple[str, ...]] = ("kubernetes", "helm_release", *KubeObject.gone_before)
    waits_gone: ClassVar[bool] = True
    deadline: ClassVar[float] = KubeObject.deadline

    @classmethod
    def read(cls, run: KubeRun, live: Live) -> Live | None:
        return read_marked(run, live)

    @classmethod
    def delete(cls, run: KubeRun, live: Live) -> None:
        delete_marked(run, live)

    @classmethod
    def in_vain(cls, run: KubeRun, live: Live) -> str | None:
        return abandoned(run, live)
