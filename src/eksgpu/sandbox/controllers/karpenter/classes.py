"""EC2NodeClasses: what they select in AWS, whether they are ready, and what their nodes are like."""

import tomllib
from collections.abc import Mapping
from typing import Any

from eksgpu.sandbox.controllers.client import NODE_CLASS, Object
from eksgpu.sandbox.controllers.conditions import condition, holds, merged
from eksgpu.sandbox.controllers.setting import Setting
from eksgpu.scheduling.offering import Storage
from eksgpu.scheduling.rules.node_class import breaches
from eksgpu.units import Bytes

from .names import CLASS_FINALIZER, class_of, without

_AL2023_DOWNLOADS = 20
_DEFAULT_GIB = 20


class Classes:
    """Keeps each class's status, and takes its profile away at its end."""

    def __init__(self, setting: Setting) -> None:
        self._in = setting
        self._changed = setting.view.classes.subscribe()

    def step(self) -> bool:
        """Bring changed classes up to date, and let go of those whose claims are gone."""
        names = {name for _, name in self._changed}
        names |= {one["metadata"]["name"] for one in self._in.view.classes if one["metadata"].get("deletionTimestamp")}
        self._changed.clear()
        found = (self._in.view.classes.get(name) for name in sorted(names))
        changed = [self._keep(node_class) for node_class in found if node_class is not None]
        return any(changed)

    def _keep(self, node_class: Object) -> bool:
        finalizers = node_class["metadata"].get("finalizers") or []
        if node_class["metadata"].get("deletionTimestamp"):
            return self._end(node_class, finalizers)
        if CLASS_FINALIZER not in finalizers:
            patch = {"metadata": {"finalizers": [*finalizers, CLASS_FINALIZER]}}
            node_class = self._in.view.patch(NODE_CLASS, node_class, patch) or node_class
        status = self._status(node_class)
        if node_class.get("status") == status:
            return False
        self._in.view.patch(NODE_CLASS, node_class, {"status": status}, subresource="status")
        return True

    def _end(self, node_class: Object, finalizers: list[str]) -> bool:
        name = node_class["metadata"]["name"]
        if CLASS_FINALIZER not in finalizers or any(class_of(claim) == name for claim in self._in.view.claims):
            return False
        self._in.cloud.forget(node_class)
        self._in.view.patch(NODE_CLASS, node_class, without(finalizers, CLASS_FINALIZER))
        return True

    def _status(self, node_class: Object) -> dict[str, Any]:
        subnets, groups = self._in.cloud.subnets(node_class), self._in.cloud.groups(node_class)
        broken = next(iter(breaches(node_class)), None)
        wanted = [
            condition("SubnetsReady", status=bool(subnets), reason="" if subnets else "SubnetsNotFound"),
            condition("SecurityGroupsReady", status=bool(groups), reason="" if groups else "SecurityGroupsNotFound"),
            condition("AMIsReady"),
            condition("ValidationSucceeded", status=broken is None, message="" if broken is None else broken.message),
        ]
        ready = all(one["status"] == "True" for one in wanted)
        status: dict[str, Any] = {
            "subnets": [{"id": one.id, "zone": one.zone, "zoneID": one.zone_id} for one in subnets],
            "securityGroups": [{"id": group} for group in groups],
        }
        if ready:
            status["instanceProfile"] = self._in.cloud.prepare(node_class)
            wanted.append(condition("InstanceProfileReady"))
        why = next((one["reason"] for one in wanted if one["status"] == "False"), "")
        wanted.append(condition("Ready", status=ready, reason=why))
        known = (node_class.get("status") or {}).get("conditions") or ()
        return {**status, "conditions": merged(known, wanted, self._in.clock.now())}


def is_ready(node_class: Object | None) -> bool:
    """May nodes be made from it?"""
    return node_class is not None and holds(node_class, "Ready")


def system(node_class: Mapping[str, Any]) -> str:
    """bottlerocket or al2023."""
    spec = node_class["spec"]
    family = str(spec.get("amiFamily") or spec["amiSelectorTerms"][0].get("alias", "al2023")).partition("@")[0]
    return "bottlerocket" if family.lower() == "bottlerocket" else "al2023"


def storage(node_class: Mapping[str, Any]) -> Storage:
    """Where its nodes keep images, as Karpenter counts it."""
    sizes = [
        mapping.get("ebs", {}).get("volumeSize") for mapping in node_class["spec"].get("blockDeviceMappings") or ()
    ]
    largest = max((int(Bytes.parse(str(size)).in_gib) for size in sizes if size), default=_DEFAULT_GIB)
    return Storage(volume_gib=largest, instance_store=node_class["spec"].get("instanceStorePolicy") == "RAID0")


def downloads(node_class: Mapping[str, Any]) -> int:
    """SOCI's parallel downloads per image by its user data; 0 without parallel pull."""
    text = str(node_class["spec"].get("userData") or "")
    if system(node_class) != "bottlerocket":
        return _al2023_downloads(text)
    found: Any = tomllib.loads(text).get("settings", {})
    for step in ("container-runtime-plugins", "soci-snapshotter", "parallel-pull-unpack"):
        found = found.get(step, {})
    return int(found.get("max-concurrent-downloads-per-image", 0))


def _al2023_downloads(text: str) -> int:
    if "FastImagePull: true" not in text:
        return 0
    _, found, rest = text.partition("max_concurrent_downloads_per_image *= *).*|\\1")
    return int(rest.partition("|")[0]) if found else _AL2023_DOWNLOADS
