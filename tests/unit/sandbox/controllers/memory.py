"""The smallest Kubernetes API that the controllers run on: objects, patches, finalizers, owners, watches, a scheduler.

It fits the controllers' client protocol and nothing else; the embedded API is tested for itself.
"""

from copy import deepcopy
from typing import Any

from eksgpu.sandbox.controllers.client import Object
from eksgpu.sandbox.kubernetes.failure import ApiError
from eksgpu.scheduling.pod import admitted, pod
from eksgpu.scheduling.resources import amounts, lacking, left, total
from eksgpu.scheduling.taints import Taint, untolerated

At = tuple[str, str, str]
Objects = list[Object]
_CLUSTER_WIDE = {"Node", "NodePool", "NodeClaim", "NodeOverlay", "EC2NodeClass", "CustomResourceDefinition"}


class MemoryWatch:
    def __init__(self, log: list[tuple[str, Object]], kind: str) -> None:
        self._log, self._kind, self._seen = log, kind, len(log)

    def poll(self) -> list[tuple[str, Object]]:
        news, self._seen = self._log[self._seen :], len(self._log)
        return [(event, deepcopy(obj)) for event, obj in news if obj["kind"] == self._kind]

    def close(self) -> None:
        self._log = []


class MemoryApi:
    def __init__(self) -> None:
        self.objects: dict[At, Object] = {}
        self.events: list[tuple[str, str, str]] = []
        self.writes = 0
        self._log: list[tuple[str, Object]] = []
        self._moved = True

    def list(
        self, api_version: str, kind: str, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> tuple[Objects, str]:
        return [deepcopy(obj) for at, obj in self.objects.items() if at[0] == kind], str(len(self._log) or 1)

    def watch(self, api_version: str, kind: str, namespace: str | None = None, *, resource_version: str) -> MemoryWatch:
        return MemoryWatch(self._log, kind)

    def create(self, obj: Object) -> Object:
        obj = deepcopy(obj)
        metadata = obj["metadata"]
        if "generateName" in metadata:
            metadata.setdefault("name", f"{metadata['generateName']}{len(self._log):05d}")
        if obj["kind"] not in _CLUSTER_WIDE:
            metadata.setdefault("namespace", "default")
        if self._at(obj) in self.objects:
            raise ApiError(409, "AlreadyExists", "taken")
        metadata["uid"] = f"uid-{len(self._log)}"
        return self._write("ADDED", obj)

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        patch: Any,
        namespace: str | None = None,
        *,
        subresource: str = "",
        type: str = "merge",  # noqa: A002
    ) -> Object:
        changed = _merge(self.get(kind, name, namespace), patch)
        if changed["metadata"].get("deletionTimestamp") and not changed["metadata"].get("finalizers"):
            return self._remove(changed)
        return self._write("MODIFIED", changed)

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        *,
        propagation: str = "Background",
        grace: int | None = None,
    ) -> None:
        obj = deepcopy(self.get(kind, name, namespace))
        held = obj["metadata"].get("finalizers") or (kind == "Pod" and obj["spec"].get("nodeName") and grace != 0)
        if not held:
            self._remove(obj)
        elif not obj["metadata"].get("deletionTimestamp"):
            obj["metadata"]["deletionTimestamp"] = "2026-11-22T12:00:00Z"
            self._write("MODIFIED", obj)

    def event(self, obj: Object, reason: str, message: str, type: str = "Normal") -> None:  # noqa: A002
        self.events.append((obj["metadata"]["name"], reason, message))

    def get(self, kind: str, name: str, namespace: str | None = None) -> Object:
        found = self.objects.get((kind, namespace or "", name))
        if found is None:
            raise ApiError(404, "NotFound", f"{kind} {name}")
        return found

    def of(self, kind: str) -> Objects:
        return [obj for at, obj in sorted(self.objects.items()) if at[0] == kind]

    def schedule(self) -> bool:
        """One pass of a scheduler: bind what fits, mark the rest."""
        if not self._moved:
            return False
        self._moved = changed = False
        for one in self.of("Pod"):
            if one["spec"].get("nodeName") or one["metadata"].get("deletionTimestamp"):
                continue
            node = next((node for node in self.of("Node") if self._fits(one, node)), None)
            if node is not None:
                self._change(one, {"spec": {"nodeName": node["metadata"]["name"]}})
                changed = True
            elif not (one.get("status") or {}).get("conditions"):
                why = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "lastTransitionTime": ""}
                self._change(one, {"status": {"phase": "Pending", "conditions": [why]}})
                changed = True
        return changed

    def _fits(self, one: Object, node: Object) -> bool:
        if not any(each["type"] == "Ready" and each["status"] == "True" for each in node["status"]["conditions"]):
            return False
        wanted = admitted(pod(one))
        if untolerated((Taint.parse(taint) for taint in node["spec"].get("taints") or ()), wanted.tolerations):
            return False
        if all(way.unmet(node["metadata"]["labels"]) for way in wanted.alternatives):
            return False
        bound = (each for each in self.of("Pod") if each["spec"].get("nodeName") == node["metadata"]["name"])
        taken = total(pod(each).requests for each in bound if each["status"]["phase"] not in ("Succeeded", "Failed"))
        return lacking(left(amounts(node["status"]["allocatable"]), taken), wanted.requests) is None

    def _change(self, obj: Object, patch: Object) -> None:
        self.patch("", obj["kind"], obj["metadata"]["name"], patch, obj["metadata"].get("namespace"))

    def _at(self, obj: Object) -> At:
        return obj["kind"], obj["metadata"].get("namespace") or "", obj["metadata"]["name"]

    def _write(self, event: str, obj: Object) -> Object:
        self.writes += 1
        self._moved |= obj["kind"] in ("Node", "Pod")
        obj["metadata"]["resourceVersion"] = str(len(self._log) + 2)
        self.objects[self._at(obj)] = obj
        self._log.append((event, deepcopy(obj)))
        return deepcopy(obj)

    def _remove(self, obj: Object) -> Object:
        self.objects.pop(self._at(obj), None)
        self._moved = True
        self._log.append(("DELETED", deepcopy(obj)))
        for owned in [one for one in self.objects.values() if _owned(one, obj["metadata"]["uid"])]:
            self.delete("", owned["kind"], owned["metadata"]["name"], owned["metadata"].get("namespace"))
        return deepcopy(obj)


def _owned(obj: Object, owner: str) -> bool:
    return any(reference.get("uid") == owner for reference in obj["metadata"].get("ownerReferences") or ())


def _merge(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return deepcopy(patch)
    merged = dict(deepcopy(target)) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge(merged.get(key), value)
    return merged
