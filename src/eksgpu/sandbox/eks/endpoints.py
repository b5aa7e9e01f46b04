"""Where the Kubernetes API of a cluster is reached: under EKS's own name, or where a server says that it serves it.

Nothing is served here.
"""

from collections.abc import Callable

from eksgpu.sandbox.eks.state import Cluster
from eksgpu.sandbox.world import World

Reserve = Callable[[str, Cluster], str]
"""From a region and a cluster to the URL at which it will be served. Called with the World locked."""


class Endpoints:
    """Those of a whole World. `reserve` is None where nobody serves."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.reserve: Reserve | None = None

    def of(self, region: str, cluster: Cluster) -> str:
        """The URL of a cluster that is up."""
        return str(cluster.fields["endpoint"]) if self.reserve is None else self.reserve(region, cluster)
