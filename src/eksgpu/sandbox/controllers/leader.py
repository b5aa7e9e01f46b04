"""Whether a controller that a chart installed runs at all, and its log: that of the first of its ready pods."""

from .client import Key, Object
from .conditions import holds
from .setting import Setting

NAME_LABEL = "app.kubernetes.io/name"


class Leader:
    """The pods of the Deployment with this name in its label, in whichever namespace."""

    def __init__(self, setting: Setting, name: str, *, label: str = NAME_LABEL) -> None:
        self._in = setting
        self._name = name
        self._label = label
        self._changed = setting.view.pods.subscribe()
        self._pods: set[Key] = set()

    @property
    def runs(self) -> bool:
        """Without a ready pod of its Deployment a controller does nothing, as on AWS."""
        return self._leader() is not None

    @property
    def deployment(self) -> Object | None:
        """What was installed."""
        return next((one for one in self._in.view.deployments if self._named(one)), None)

    def log(self, line: str) -> None:
        """One line, in the log of whoever leads."""
        leader = self._leader()
        if leader is not None:
            self._in.log(leader["metadata"]["uid"], leader["spec"]["containers"][0]["name"], line)

    def _leader(self) -> Object | None:
        for at in self._changed:
            pod = self._in.view.pods.at(at)
            if pod is not None and self._named(pod):
                self._pods.add(at)
            else:
                self._pods.discard(at)
        self._changed.clear()
        pods = (self._in.view.pods.at(at) for at in sorted(self._pods))
        ready = (pod for pod in pods if pod is not None and holds(pod, "Ready"))
        return next(ready, None) if self.deployment is not None else None

    def _named(self, obj: Object) -> bool:
        return (obj["metadata"].get("labels") or {}).get(self._label) == self._name
