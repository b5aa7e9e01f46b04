"""All of AWS's controllers on one cluster, behind one `step`: cheap when nothing is due, quiet when all is done."""

from collections.abc import Callable, Sequence

from eksgpu.engine.clock import Clock
from eksgpu.scheduling.pod import pod as parsed
from eksgpu.scheduling.resources import CPU, MEMORY, quantity, total

from .client import Client, Object
from .cloud import Cloud
from .dcgm_page import metrics_page, serves_metrics
from .device_plugin import DevicePlugins
from .join import Joining
from .karpenter.claims import Claims
from .karpenter.classes import Classes
from .karpenter.disruption import Disruption
from .karpenter.garbage import Garbage
from .karpenter.gates import Gates
from .karpenter.journal import Journal
from .karpenter.overlays import Overlays
from .karpenter.pools import Pools
from .karpenter.provisioner import Provisioner
from .karpenter.static import StaticPools
from .kubelet import Kubelets
from .load_balancers import LoadBalancers
from .setting import Log, Seconds, Setting
from .timers import Timers
from .view import View
from .volumes import Volumes

_USED_SHARE = 3  # pods are said to use a third of what they ask for


class Fleet:
    """The controllers of one cluster.

    client:  the cluster's API.
    seconds: how long an operation takes, by its key in the duration data.
    log:     where containers' output goes.
    heartbeats, node_address, kubelet_port: see Setting.
    Not thread-safe: one caller at a time.
    """

    def __init__(
        self,
        client: Client,
        cloud: Cloud,
        clock: Clock,
        *,
        seconds: Seconds,
        log: Log,
        heartbeats: bool = True,
        node_address: str | None = None,
        kubelet_port: int = 10250,
    ) -> None:
        view = View(client)
        setting = Setting(view, cloud, clock, Timers(clock), seconds, log, heartbeats, node_address, kubelet_port)
        self._in = setting
        self._again = False
        self._journal = Journal(setting)
        self._joining = Joining(setting)
        self._kubelets = Kubelets(setting)
        self._plugins = DevicePlugins(setting)
        self._load_balancers = LoadBalancers(setting)
        self._volumes = Volumes(setting)
        gates = Gates(setting)
        overlays = Overlays(setting, gates)
        self._pools = Pools(setting, overlays)
        self._claims = Claims(setting, self._pools, self._journal)
        self._provisioner = Provisioner(setting, self._pools, self._claims, self._journal)
        self._static = StaticPools(setting, self._pools, self._claims, self._journal, gates)
        self._disruption = Disruption(setting, self._journal)
        self._garbage = Garbage(setting, self._journal)
        self._karpenter: tuple[Callable[[], bool], ...] = (
            Classes(setting).step,
            overlays.step,
            self._pools.step,
            self._claims.step,
            self._provisioner.step,
            self._static.step,
            self._disruption.step,
            self._garbage.step,
        )

    def step(self) -> bool:
        """Take in what is new and do what is due; was anything changed? After a failure all is looked at again."""
        news = self._in.view.refresh()
        due = self.due
        if not news and not self._again and (due is None or due > self._in.clock.monotonic()):
            return False
        try:
            # What one wrote, another may have to see: our own writes come back as no news.
            self._again = self._act()
        except Exception:
            # Some have taken note of changes and did not come to act on them.
            self._again = True
            self._in.view.tell_all()
            raise
        return self._again

    def _act(self) -> bool:
        changed = [self._in.timers.run(), self._joining.step(), self._kubelets.step(), self._plugins.step()]
        changed += [self._load_balancers.step(), self._volumes.step()]
        if self._journal.runs:
            changed += [step() for step in self._karpenter]
        return any(changed)

    @property
    def due(self) -> float | None:
        """When something will happen by itself, on the sandbox's clock; None when nothing waits."""
        waiting = [self._in.timers.next, self._joining.due, self._kubelets.due]
        if self._journal.runs:  # what a controller had in mind that does not run any more is due for ever
            waiting += [self._provisioner.due, self._static.due, self._disruption.due, self._garbage.due]
        return min((at for at in waiting if at is not None), default=None)

    def execute(self, namespace: str, name: str, container: str, argv: Sequence[str]) -> tuple[str, str, int]:
        """A program inside a running container: stdout, stderr, exit code."""
        self._in.view.refresh()
        return self._kubelets.execute(namespace, name, container, argv)

    def page(self, namespace: str, name: str, port: int, path: str) -> str | None:
        """What a pod serves over HTTP; None where nothing listens. Of all programs only DCGM's exporter serves any."""
        self._in.view.refresh()
        pod = self._in.view.pods.get(name, namespace)
        node = self._in.view.nodes.get(str(pod["spec"].get("nodeName"))) if pod is not None else None
        if pod is None or node is None or not serves_metrics(pod, port, path):
            return None
        return metrics_page(node, self._in.view.pods_on(node["metadata"]["name"]))

    def metrics(self, kind: str) -> list[Object]:
        """What `kubectl top` shows of `nodes` or `pods`: made up from what pods ask for."""
        self._in.view.refresh()
        running = [pod for pod in self._in.view.pods if (pod.get("status") or {}).get("phase") == "Running"]
        if kind == "pods":
            return [_pod_usage(pod) for pod in running]
        return [_node_usage(node, self._in.view.pods_on(node["metadata"]["name"])) for node in self._in.view.nodes]


def _pod_usage(pod: Object) -> Object:
    containers = [
        {"name": one["name"], "usage": _usage([{"metadata": {}, "spec": {"containers": [one]}}])}
        for one in pod["spec"]["containers"]
    ]
    metadata = pod["metadata"]
    return {"name": metadata["name"], "namespace": metadata["namespace"], "containers": containers}


def _node_usage(node: Object, pods: list[Object]) -> Object:
    return {"name": node["metadata"]["name"], "usage": _usage(pods)}


def _usage(pods: list[Object]) -> dict[str, str]:
    asked = total(parsed(pod).requests for pod in pods)
    return {name: quantity(name, max(1, asked.get(name, 0) // _USED_SHARE)) for name in (CPU, MEMORY)}
