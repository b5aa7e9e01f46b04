"""The embedded API with AWS's controllers on it, two nodes for controllers, and charts: all in this process."""

from typing import Any

from eksgpu.engine.clock import SteppedClock
from eksgpu.kube.api import KubeApi
from eksgpu.kube.helm_program import Upgrade
from eksgpu.sandbox.controllers.cloud import Cloud
from eksgpu.sandbox.controllers.fleet import Fleet
from eksgpu.sandbox.helm.stand_in import StandIn
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.inprocess import attach

from .stage import BEARS_CONTROLLER, CONTROLLER, DURATIONS, TinyCloud

SYSTEM = {"nodeSelector": CONTROLLER, "tolerations": BEARS_CONTROLLER}
KARPENTER_VERSION, BALANCER_VERSION = "1.14.1", "3.5.0"


class Embedded:
    """`pass_time` lets so many seconds go by, event by event."""

    def __init__(self, cloud: Cloud | None = None, clock: SteppedClock | None = None) -> None:
        self.clock = clock or SteppedClock()
        self.cloud = cloud or TinyCloud()
        self.api = Api(self.clock)
        self.client = self.api.client(user="system:sandbox")
        self.fleet = Fleet(
            self.client, self.cloud, self.clock, seconds=DURATIONS.seconds, log=self.api.logs.append, heartbeats=False
        )
        self.api.add_step(self.fleet.step)
        self.kube = KubeApi(
            "https://embedded",
            wire=lambda client: attach(client, self.api),
            sleep=self.clock.sleep,
            monotonic=self.clock.monotonic,
        )
        self.helm = StandIn(self.kube, sleep=self.clock.sleep, now=self.clock.now)

    def pass_time(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        self.api.settle()
        while (due := self.fleet.due) is not None and due <= end:
            self.clock.sleep(max(0.001, due - self.clock.monotonic()))
            self.api.settle()
        self.clock.sleep(max(0.0, end - self.clock.monotonic()))
        self.api.settle()

    def install(self, chart: str, version: str, values: dict[str, Any], namespace: str = "kube-system") -> None:
        self.helm.upgrade(Upgrade(namespace, chart, chart, f"oci://charts/{chart}", version, values))

    def karpenter(self, namespace: str = "kube-system", **values: Any) -> None:
        """Both charts of it."""
        self.install("karpenter-crd", KARPENTER_VERSION, {}, namespace)
        told = {"settings": {"clusterName": "demo", "interruptionQueue": "demo"}, **SYSTEM, **values}
        self.install("karpenter", KARPENTER_VERSION, told, namespace)

    def balancer_controller(self, **values: Any) -> None:
        self.install("aws-load-balancer-controller", BALANCER_VERSION, {"clusterName": "demo", **SYSTEM, **values})

    def names(self, api_version: str, kind: str, namespace: str = "") -> list[str]:
        items, _ = self.client.list(api_version, kind, namespace or None)
        return [item["metadata"]["name"] for item in items]
