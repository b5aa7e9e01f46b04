"""What a Kubernetes kind is handed for its work: the mark and clock of the run, and the way into its cluster."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from eksgpu.engine.resource import Live, Run
from eksgpu.errors import Later, NotFound

from .inventory import Inventory
from .names import Address, ApiResource

if TYPE_CHECKING:
    from .api import KubeApi
    from .helm_program import Helm

Item = TypeVar("Item")
Result = TypeVar("Result")


class Kube:
    """One run's way into one cluster.

    helm:    what carries out chart changes; its `check` says when it is missing or too old.
    checked: `Address` texts that the plan's dry run found to be free or ours; apply relies on that.
    """

    def __init__(self, api: "KubeApi", cluster: str, helm: "Helm") -> None:
        """`cluster` is the mark's, which names the inventory; EKS may know the cluster by another name."""
        self.api = api
        self.helm = helm
        self.inventory = Inventory(api, cluster)
        self.checked: set[str] = set()

    def behind(self, live: Live) -> tuple[ApiResource, Mapping[str, Any]] | None:
        """The object of a Live's name as the server has it now, which may be another one; None where there is none."""
        address = Address.parse(live.name)
        try:
            resource = self.api.resource(live.outputs["apiVersion"], address.group_kind.kind)
            return resource, self.api.get(resource, address.name, address.namespace)
        except NotFound:
            return None


class KubeRun(Run, Protocol):
    """A run that may have a cluster. `kube()` is None as long as there is none that answers requests."""

    @property
    def kube(self) -> Callable[[], Kube | None]: ...

    def parallel(self, call: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """`[call(item) for item in items]`, side by side where the run has threads for it."""
        ...


def reached(run: KubeRun) -> Kube:
    """The way into the cluster. Raises Later while there is none."""
    kube = run.kube()
    if kube is None:
        raise Later(f"the API of cluster {run.mark.cluster} does not answer yet")
    return kube
