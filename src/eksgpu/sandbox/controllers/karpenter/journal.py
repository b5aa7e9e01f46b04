"""What Karpenter writes into its log: one JSON object a line, in its own words, into the log of its own pods."""

import json
from typing import Any

from eksgpu.sandbox.controllers.client import Key, Object
from eksgpu.sandbox.controllers.conditions import holds
from eksgpu.sandbox.controllers.setting import Setting

NAME_LABEL, NAME = "app.kubernetes.io/name", "karpenter"


class Journal:
    """The controller's log, and whether there is a controller at all."""

    def __init__(self, setting: Setting) -> None:
        self._in = setting
        self._changed = setting.view.pods.subscribe()
        self._pods: set[Key] = set()

    @property
    def runs(self) -> bool:
        """Does Karpenter run? Without a ready pod of its Deployment nothing here happens, as on AWS."""
        return self._leader() is not None

    def write(self, message: str, **fields: Any) -> None:
        """One line, in the log of the first of its ready pods."""
        leader = self._leader()
        if leader is None:
            return
        line = {"level": "INFO", "time": self._in.clock.now().isoformat(), "message": message, **fields}
        self._in.log(leader["metadata"]["uid"], leader["spec"]["containers"][0]["name"], json.dumps(line))

    def _leader(self) -> Object | None:
        for at in self._changed:
            pod = self._in.view.pods.at(at)
            if pod is not None and _is_karpenter(pod):
                self._pods.add(at)
            else:
                self._pods.discard(at)
        self._changed.clear()
        pods = (self._in.view.pods.at(at) for at in sorted(self._pods))
        ready = (pod for pod in pods if pod is not None and holds(pod, "Ready"))
        return next(ready, None) if self._installed() else None

    def _installed(self) -> bool:
        return any(_is_karpenter(deployment) for deployment in self._in.view.deployments)


def _is_karpenter(obj: Object) -> bool:
    return (obj["metadata"].get("labels") or {}).get(NAME_LABEL) == NAME
