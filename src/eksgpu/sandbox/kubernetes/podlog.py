"""`pods/log`: the lines of one container, all or the last, once or followed until the pod ends."""

from collections.abc import Callable
from datetime import datetime, timedelta

from eksgpu.sandbox.kubernetes.cluster import PODS, Cluster, instant
from eksgpu.sandbox.kubernetes.failure import bad_request
from eksgpu.sandbox.kubernetes.http import Response
from eksgpu.sandbox.kubernetes.logs import Line
from eksgpu.sandbox.kubernetes.store import Object

_TEXT = {"Content-Type": "text/plain"}


def answer(cluster: Cluster, pod: Object, query: dict[str, str]) -> Response:
    """Raises ApiError 400 while the container has not started, or when it must be named."""
    container = container_of(pod, query.get("container", ""))
    require_started(pod, container)
    follow = query.get("follow") == "true" and query.get("previous") != "true"
    stream = LogStream(cluster, pod, container, query)
    if follow:
        return Response(200, headers=dict(_TEXT), stream=stream)
    body = stream.read() or b""
    stream.close()
    return Response(200, body, dict(_TEXT))


class LogStream:
    """Followed output. It ends when the pod is gone or has ended and everything was read."""

    def __init__(self, cluster: Cluster, pod: Object, container: str, query: dict[str, str]) -> None:
        self.notify: Callable[[], None] | None = None
        self._cluster = cluster
        self._meta = pod["metadata"]
        self._container = container
        self._previous = query.get("previous") == "true"
        self._timestamps = query.get("timestamps") == "true"
        self._since = _since(cluster, query)
        self._at = self._start(query)
        cluster.logs.listeners.append(self._wake)
        self._closed = False

    def read(self) -> bytes | None:
        held = self._lines()
        fresh, self._at = held[self._at :], len(held)
        text = "".join(self._shown(line) for line in fresh if self._wanted(line))
        if self._closed or (not text and self._over()):
            self.close()
            return None
        return text.encode()

    def close(self) -> None:
        self._closed = True
        if self._wake in self._cluster.logs.listeners:
            self._cluster.logs.listeners.remove(self._wake)

    def _start(self, query: dict[str, str]) -> int:
        if "tailLines" not in query:
            return 0
        return max(0, len(self._lines()) - int(query["tailLines"]))

    def _lines(self) -> list[Line]:
        return self._cluster.logs.lines(self._meta["uid"], self._container, previous=self._previous)

    def _over(self) -> bool:
        pod = self._cluster.store.get(PODS, self._meta["namespace"], self._meta["name"])
        return pod is None or pod.get("status", {}).get("phase") in ("Succeeded", "Failed")

    def _wanted(self, line: Line) -> bool:
        return self._since is None or line.at is None or line.at >= self._since

    def _shown(self, line: Line) -> str:
        if not self._timestamps:
            return line.text + "\n"
        at = line.at or self._cluster.clock.now()
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond * 1000:09d}Z {line.text}\n"

    def _wake(self) -> None:
        if self.notify is not None:
            self.notify()


def container_of(pod: Object, asked: str) -> str:
    """The container that is meant; a pod of several needs a name. Raises ApiError 400."""
    spec = pod["spec"]
    names = [row["name"] for row in [*spec.get("containers", ()), *spec.get("initContainers", ())]]
    name = pod["metadata"]["name"]
    if asked and asked not in names:
        raise bad_request(f"container {asked} is not valid for pod {name}")
    if asked:
        return asked
    if len(spec["containers"]) > 1:
        shown = " ".join(row["name"] for row in spec["containers"])
        raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{shown}]")
    return str(spec["containers"][0]["name"])


def require_started(pod: Object, container: str) -> None:
    """Raises ApiError 400 while the container has not started."""
    name, status = pod["metadata"]["name"], pod.get("status", {})
    if not pod["spec"].get("nodeName"):
        raise bad_request(f"pod {name} does not have a host assigned")
    rows = [*status.get("containerStatuses", ()), *status.get("initContainerStatuses", ())]
    state = next((row.get("state", {}) for row in rows if row["name"] == container), None)
    if state is None or "waiting" in state:
        reason = (state or {}).get("waiting", {}).get("reason", "ContainerCreating")
        raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {reason}')


def _since(cluster: Cluster, query: dict[str, str]) -> datetime | None:
    if "sinceSeconds" in query:
        return cluster.clock.now() - timedelta(seconds=int(query["sinceSeconds"]))
    return instant(query["sinceTime"]) if "sinceTime" in query else None
