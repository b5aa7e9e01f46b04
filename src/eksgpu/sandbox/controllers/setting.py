"""What every controller is handed: the cluster's view, AWS, time, and how long things take."""

from collections.abc import Callable
from dataclasses import dataclass

from eksgpu.engine.clock import Clock

from .cloud import Cloud
from .timers import Timers
from .view import View

Seconds = Callable[[str], float]
"""Seconds of an operation by its key in the duration data, such as `karpenter:node:launch`."""

Log = Callable[[str, str, str], None]
"""Writes a container's output: pod uid, container, text."""


@dataclass(frozen=True)
class Setting:
    """One cluster's surroundings.

    heartbeats:   renew node leases, which a real control plane wants; without, each is made once.
    node_address: where kubelets answer, None for each instance's own address; kubelet_port beside it.
    """

    view: View
    cloud: Cloud
    clock: Clock
    timers: Timers
    seconds: Seconds
    log: Log
    heartbeats: bool = True
    node_address: str | None = None
    kubelet_port: int = 10250
