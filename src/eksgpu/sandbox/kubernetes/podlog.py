"""`pods/log`: the lines of one container, all or the last, once or followed until the pod ends."""

from collections.abc import Callable
from datetime import datetime, timedelta

from eksgpu.sandbox.kubernetes.cluster import PODS, Cluster, instant
from eksgpu.sandbox.kubernetes.failure import ApiError, bad_request, cause
from eksgpu.sandbox.kubernetes.http import Response
from eksgpu.sandbox.kubernetes.logs import Line
from eksgpu.sandbox.kubernetes.query import flag, integer
from eksgpu.sandbox.kubernetes.store import Object

_TEXT = {"Content-Type": "text/plain"}


def answer(cluster: Cluster, pod: Object, query: dict[str, str]) -> Response:
    """Nothing of a pod without a node. Raises ApiError 400 for one whose container has not started or must be named."""
    container = container_of(pod, query.get("container", ""))
    _check(pod, query)
    _since(cluster, query)
    if not pod["spec"].get("nodeName"):
        return Response(204, headers=dict(_TEXT))
    require_started(pod, container)
    follow = flag(query, "follow") and not flag(query, "previous")
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
        self._previous = flag(query, "previous")
        self._timestamps = flag(query, "timestamps")
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
        tail = integer(query, "tailLines")
        return 0 if tail is None else max(0, len(self._lines()) - tail)

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
    seconds = integer(query, "sinceSeconds")
    if seconds is not None:
        return cluster.clock.now() - timedelta(seconds=seconds)
    if "sinceTime" not in query:
        return None
    try:
        return instant(query["sinceTime"])
    except ValueError as wrong:
        raise bad_request(f'parsing time "{query["sinceTime"]}" as "2006-01-02T15:04:05Z07:00": {wrong}') from wrong


def _check(pod: Object, query: dict[str, str]) -> None:
    """Raises ApiError 422 for options that mean nothing."""
    tail, name = integer(query, "tailLines"), pod["metadata"]["name"]
    if tail is not None and tail < 0:
        why = cause("tailLines", "FieldValueInvalid", f"Invalid value: {tail}: must be greater than or equal to 0")
        details = {"name": name, "kind": "PodLogOptions", "causes": [why]}
        message = f'PodLogOptions "{name}" is invalid: {why["field"]}: {why["message"]}'
        raise ApiError(422, "Invalid", message, details)
