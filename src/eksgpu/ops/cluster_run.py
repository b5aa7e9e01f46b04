"""What kinds of both halves are handed for their work: an AWS run that leads into its cluster too."""

from collections.abc import Callable
from dataclasses import dataclass

from eksgpu.aws.run import AwsRun
from eksgpu.kube.run import Kube


def _nowhere() -> Kube | None:
    return None


@dataclass(frozen=True)
class ClusterRun(AwsRun):
    """One run of one verb. `kube()`: the way into the cluster, None while there is none that answers."""

    kube: Callable[[], Kube | None] = _nowhere
