"""The kubelets of all nodes: they pull images, run pods to their end, take deleted ones away and renew leases.

Only nodes that the sandbox made have one. Nothing is run: what containers do comes from `programs`.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from eksgpu.catalog.instance import InstanceType, instance
from eksgpu.scheduling.labels import INSTANCE_TYPE
from eksgpu.scheduling.pod import containers

from .allocation import refused
from .client import POD, Key, Object
from .conditions import holds
from .leases import Leases
from .node_object import DOWNLOADS
from .pod_status import creating, ended, finished, rejected, running
from .programs import execute, program
from .pull import pull, spoken
from .setting import Setting

_START_SECONDS = 0.5
_SEEN_SECONDS = 1.0
"""Nobody sees a pod in creation that starts sooner; so its status need not be written twice."""


class Kubelets:
    """One kubelet for each node; what they have begun is remembered by the pod's uid."""

    def __init__(self, setting: Setting) -> None:
        self._in = setting
        self._leases = Leases(setting)
        self._pods = setting.view.pods.subscribe()
        self._nodes = setting.view.nodes.subscribe()
        self._begun: set[str] = set()
        self._images: dict[tuple[str, str], float] = {}
        self._addresses = 0

    def step(self) -> bool:
        """Carry every pod on that can go on; was anything changed?"""
        changed = self._leases.step()
        touched = set(self._pods)
        self._pods.clear()
        for _, name in self._nodes:
            touched |= {_key(pod) for pod in self._in.view.pods_on(name)}
            if self._in.view.nodes.get(name) is None:
                self._images = {place: ready for place, ready in self._images.items() if place[0] != name}
        self._nodes.clear()
        carried = [self._carry_on(at) for at in sorted(touched)]
        return changed or any(carried)

    @property
    def due(self) -> float | None:
        """When a lease is to be renewed, on the sandbox's clock."""
        return self._leases.due

    def execute(self, namespace: str, name: str, container: str, argv: Sequence[str]) -> tuple[str, str, int]:
        """A program inside a running container: stdout, stderr, exit code."""
        pod = self._in.view.pods.get(name, namespace)
        if pod is None:
            return "", f"there is no pod {namespace}/{name}\n", 1
        inside = next(
            (one for one in pod["spec"]["containers"] if one["name"] == container), pod["spec"]["containers"][0]
        )
        return execute(pod, inside, self._item(pod), argv)

    def _carry_on(self, at: Key) -> bool:
        pod = self._in.view.pods.at(at)
        if pod is None or self._node(pod) is None:
            return False
        uid = pod["metadata"]["uid"]
        if pod["metadata"].get("deletionTimestamp"):
            self._begun.discard(uid)
            self._in.view.delete(POD, pod, grace=0)
            return True
        if uid in self._begun or finished(pod) or not self._may_start(pod):
            return False
        if not self._reject(pod):
            if (pod.get("status") or {}).get("phase") == "Running":  # it ran before we looked
                self._await_end(pod)
            else:
                self._pull(pod)
        self._begun.add(uid)  # not before: what failed is begun again
        return True

    def _may_start(self, pod: Object) -> bool:
        node = self._node(pod)
        return node is not None and holds(node, "Ready")

    def _reject(self, pod: Object) -> bool:
        """Turn a pod away whose devices the plugin refuses; was it?"""
        node = self._node(pod)
        why = refused(pod, node) if node is not None else None
        if why is None:
            return False
        self._in.view.event(pod, "UnexpectedAdmissionError", why, "Warning")
        self._in.view.patch(POD, pod, {"status": rejected(pod, self._in.clock.now(), why)}, subresource="status")
        return True

    def _pull(self, pod: Object) -> None:
        wait = max((self._image(pod, name) for name in dict.fromkeys(_images(pod))), default=0.0)
        if wait > _SEEN_SECONDS:
            status = creating(pod, self._in.clock.now())
            self._in.view.patch(POD, pod, {"status": status}, subresource="status")
        self._later(pod, wait + _START_SECONDS, self._start)

    def _image(self, pod: Object, name: str) -> float:
        """Seconds until the image is there. Pods that want the same one wait for the same pull."""
        node = self._node(pod)
        assert node is not None
        place, now = (node["metadata"]["name"], name), self._in.clock.monotonic()
        if place in self._images:
            waiting = self._images[place] - now
            if waiting <= 0:
                self._in.view.event(pod, "Pulled", f'Container image "{name}" already present on machine')
            return max(0.0, waiting)
        item = self._item(pod)
        downloads = int((node["metadata"].get("annotations") or {}).get(DOWNLOADS) or 0)
        made = pull(name, downloads=downloads, network_mbps=item.network_mbps if item else None)
        self._images[place] = now + made.seconds
        self._in.view.event(pod, "Pulling", f'Pulling image "{name}"')
        took = spoken(made.seconds)
        message = (
            f'Successfully pulled image "{name}" in {took} ({took} including waiting). Image size: {made.bytes} bytes.'
        )
        self._later(pod, made.seconds, partial(self._in.view.event, reason="Pulled", message=message))
        return made.seconds

    def _start(self, pod: Object) -> None:
        node = self._node(pod)
        if node is None:
            return
        host = node["status"]["addresses"][0]["address"]
        self._addresses += 1
        address = f"10.0.{self._addresses // 250 % 250}.{self._addresses % 250 + 1}"
        status = running(pod, self._in.clock.now(), pod_ip=address, host_ip=host)
        started = self._in.view.patch(POD, pod, {"status": status}, subresource="status")
        if started is None:
            return
        self._in.view.event(started, "Started", f"Started container {pod['spec']['containers'][0]['name']}")
        for container in pod["spec"]["containers"]:
            output = program(pod, container, self._item(pod)).output
            if output:
                self._in.log(pod["metadata"]["uid"], container["name"], output)
        self._await_end(started)

    def _await_end(self, pod: Object) -> None:
        lasting = [program(pod, one, self._item(pod)).seconds for one in pod["spec"]["containers"]]
        ends = [seconds for seconds in lasting if seconds is not None]
        if len(ends) == len(lasting):
            self._later(pod, max(ends), self._end)

    def _end(self, pod: Object) -> None:
        codes = {one["name"]: program(pod, one, self._item(pod)).exit_code for one in pod["spec"]["containers"]}
        self._in.view.patch(POD, pod, {"status": ended(pod, self._in.clock.now(), codes)}, subresource="status")

    def _later(self, pod: Object, seconds: float, action: Any) -> None:
        """Run `action` with the pod as it is then, if it is still there and wanted."""
        at, uid = _key(pod), pod["metadata"]["uid"]

        def act() -> None:
            now = self._in.view.pods.at(at)
            if now is not None and now["metadata"]["uid"] == uid and not now["metadata"].get("deletionTimestamp"):
                action(now)

        self._in.timers.after(seconds, act)

    def _node(self, pod: Object) -> Object | None:
        return self._in.view.nodes.get(str(pod["spec"].get("nodeName") or ""))

    def _item(self, pod: Object) -> InstanceType | None:
        node = self._node(pod)
        labels = (node["metadata"].get("labels") or {}) if node is not None else {}
        return instance(labels.get(INSTANCE_TYPE, ""))


def _images(pod: Object) -> list[str]:
    return [str(container["image"]) for container in containers(pod["spec"])]


def _key(pod: Object) -> Key:
    return str(pod["metadata"].get("namespace") or ""), str(pod["metadata"]["name"])
