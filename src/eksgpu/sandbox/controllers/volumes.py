"""The EBS CSI driver with its provisioner: a volume for each claim that a pod waits for, and its end with the claim.

The driver acts only while a pod of the add-on's Deployment is ready; that claims in use stay, and that volumes without
a claim are said to be released, is Kubernetes' own doing. Left out: snapshots, resizing, and VolumeAttachments.
"""

from collections.abc import Iterator
from typing import Any

from eksgpu.scheduling.resources import amount
from eksgpu.units import Bytes

from .block_storage import Made, Wanted
from .client import VOLUME, VOLUME_CLAIM, Key, Object
from .leader import Leader
from .setting import Setting

NAME_LABEL, NAME = "app", "ebs-csi-controller"
DRIVER = "ebs.csi.aws.com"
# The in-tree provisioner of EKS's own class gp2 is served by the driver too.
PROVISIONERS = (DRIVER, "kubernetes.io/aws-ebs")
FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"
PROTECTED = "kubernetes.io/pvc-protection"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
_RETRY_SECONDS = 10.0
_TAG = "kubernetes.io/created-for"


class Volumes:
    """Looks at claims and volumes that changed, and at those of pods that did."""

    def __init__(self, setting: Setting) -> None:
        self._in = setting
        self._leader = Leader(setting, NAME, label=NAME_LABEL)
        self._pods = setting.view.pods.subscribe()
        self._claims = setting.view.volume_claims.subscribe()
        self._volumes = setting.view.volumes.subscribe()
        self._classes = setting.view.storage_classes.subscribe()
        self._runs = False

    def step(self) -> bool:
        """Make, attach, detach and delete; was anything changed?"""
        view = self._in.view
        if self._classes:  # a claim may have come before its class
            self._claims |= {_at(one) for one in view.volume_claims}
            self._classes.clear()
        if not (view.volume_claims or view.volumes or self._claims or self._volumes):
            self._pods.clear()
        if not (self._pods or self._claims or self._volumes):
            return False
        ran, self._runs = self._runs, self._leader.runs
        claims, volumes = self._touched(all_of_them=self._runs and not ran)
        changed = [self._claim(at) for at in sorted(claims)]
        changed += [self._volume(name) for name in sorted(volumes)]
        return any(changed)

    def _touched(self, *, all_of_them: bool) -> tuple[set[Key], set[str]]:
        """The claims and volumes to look at: those that changed, and those of pods and claims that did."""
        view = self._in.view
        pods = [view.pods.at(at) for at in self._pods]
        claims = self._claims | {at for pod in pods if pod is not None for at in _claims_of(pod)}
        if all_of_them or None in pods:  # whose claims a pod had that is gone, nobody can say any more
            claims |= {_at(one) for one in view.volume_claims}
        volumes = {name for _, name in self._volumes} | {_volume_of(view.volume_claims.at(at)) for at in claims}
        if all_of_them or self._claims:
            volumes |= {one["metadata"]["name"] for one in view.volumes}
        for touched in (self._pods, self._claims, self._volumes):
            touched.clear()
        return claims, volumes

    def _claim(self, at: Key) -> bool:
        claim = self._in.view.volume_claims.at(at)
        if claim is None:
            return False
        if claim["metadata"].get("deletionTimestamp"):
            return self._let_go(claim)
        if not self._runs:
            return False
        node = self._node_for(claim)
        if claim["spec"].get("volumeName"):
            self._attach(claim, node)
            return False
        storage = self._in.view.storage_classes.get(str(claim["spec"].get("storageClassName") or ""))
        if storage is None or storage["provisioner"] not in PROVISIONERS:
            return False
        if node is None and storage.get("volumeBindingMode") == "WaitForFirstConsumer":
            return False
        self._provision(claim, storage, node)
        return True

    def _provision(self, claim: Object, storage: Object, node: Object | None) -> None:
        metadata, parameters = claim["metadata"], storage.get("parameters") or {}
        name = f"pvc-{metadata['uid']}"
        bytes_wanted = amount("storage", claim["spec"]["resources"]["requests"]["storage"])
        made = self._in.cloud.storage.create(
            Wanted(
                name=name,
                gib=-(-bytes_wanted // Bytes.parse("1Gi").count),
                zone=_zone(node),
                type=parameters.get("type", "gp3"),
                encrypted=parameters.get("encrypted") == "true",
                tags={
                    f"{_TAG}/pv/name": name,
                    f"{_TAG}/pvc/name": metadata["name"],
                    f"{_TAG}/pvc/namespace": metadata["namespace"],
                },
            )
        )
        volume = self._in.view.create(_volume(name, claim, storage, made))
        if volume is not None:
            self._in.view.patch(VOLUME, volume, {"status": {"phase": "Bound"}}, subresource="status")
        finalizers = [*dict.fromkeys([*(metadata.get("finalizers") or []), PROTECTED])]
        bound = {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}, "finalizers": finalizers}
        claim = self._in.view.patch(VOLUME_CLAIM, claim, {"metadata": bound, "spec": {"volumeName": name}}) or claim
        status = {
            "phase": "Bound",
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
        }
        self._in.view.patch(VOLUME_CLAIM, claim, {"status": status}, subresource="status")
        self._in.view.event(claim, "ProvisioningSucceeded", f"Successfully provisioned volume {name}")

    def _attach(self, claim: Object, node: Object | None) -> None:
        """Its volume is where its pod is; without a pod it is nowhere."""
        volume = self._in.view.volumes.get(claim["spec"]["volumeName"])
        if volume is None or volume["spec"].get("csi", {}).get("driver") != DRIVER:
            return
        handle = volume["spec"]["csi"]["volumeHandle"]
        if node is not None and self._users(claim):
            self._in.cloud.storage.attach(handle, node["spec"]["providerID"].rpartition("/")[2])
        else:
            self._in.cloud.storage.detach(handle)

    def _let_go(self, claim: Object) -> bool:
        """A claim that is being deleted stays as long as a pod uses it."""
        finalizers = claim["metadata"].get("finalizers") or []
        if PROTECTED not in finalizers or self._users(claim):
            return False
        left = [name for name in finalizers if name != PROTECTED]
        self._in.view.patch(VOLUME_CLAIM, claim, {"metadata": {"finalizers": left}})
        return True

    def _volume(self, name: str) -> bool:
        """A volume whose claim is gone is released; it goes too if its class says so."""
        volume = self._in.view.volumes.get(name)
        if volume is None or volume["spec"].get("csi", {}).get("driver") != DRIVER or self._claimed(volume):
            return False
        if (volume.get("status") or {}).get("phase") != "Released":
            volume = self._in.view.patch(VOLUME, volume, {"status": {"phase": "Released"}}, subresource="status")
            return volume is not None
        return self._runs and self._reclaim(volume)

    def _reclaim(self, volume: Object) -> bool:
        name, handle = volume["metadata"]["name"], volume["spec"]["csi"]["volumeHandle"]
        deletes, storage = volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete", self._in.cloud.storage
        storage.detach(handle)
        if not deletes and not volume["metadata"].get("deletionTimestamp"):
            return False
        if deletes and not storage.delete(handle):
            self._in.timers.after(_RETRY_SECONDS, lambda: self._volumes.add(("", name)))
            return False
        left = [one for one in volume["metadata"].get("finalizers") or [] if one != FINALIZER]
        self._in.view.delete(VOLUME, volume)
        self._in.view.patch(VOLUME, volume, {"metadata": {"finalizers": left}})
        return True

    def _claimed(self, volume: Object) -> bool:
        claim = volume["spec"].get("claimRef") or {}
        found = self._in.view.volume_claims.get(claim.get("name", ""), claim.get("namespace", ""))
        return found is not None and found["metadata"]["uid"] == claim.get("uid")

    def _users(self, claim: Object) -> list[Object]:
        """The pods that use it and have not ended."""
        return [
            pod
            for pod in self._in.view.pods
            if _at(claim) in set(_claims_of(pod))
            and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
        ]

    def _node_for(self, claim: Object) -> Object | None:
        """Where its first consumer is, or is to be."""
        chosen = (claim["metadata"].get("annotations") or {}).get(SELECTED_NODE)
        names = [chosen, *(pod["spec"].get("nodeName") for pod in self._users(claim))]
        found = (self._in.view.nodes.get(name) for name in names if name)
        return next((node for node in found if node is not None), None)


def _volume(name: str, claim: Object, storage: Object, made: Made) -> Object:
    spec: dict[str, Any] = {
        "accessModes": claim["spec"]["accessModes"],
        "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
        "claimRef": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "name": claim["metadata"]["name"],
            "namespace": claim["metadata"]["namespace"],
            "uid": claim["metadata"]["uid"],
        },
        "csi": {"driver": DRIVER, "fsType": "ext4", "volumeHandle": made.id},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [made.zone]}
        ]}]}},
        "persistentVolumeReclaimPolicy": storage.get("reclaimPolicy", "Delete"),
        "storageClassName": storage["metadata"]["name"],
        "volumeMode": claim["spec"].get("volumeMode", "Filesystem"),
    }  # fmt: skip
    metadata = {
        "name": name,
        "annotations": {"pv.kubernetes.io/provisioned-by": DRIVER},
        "finalizers": [FINALIZER],
    }
    return {"apiVersion": VOLUME.api_version, "kind": VOLUME.kind, "metadata": metadata, "spec": spec}


def _claims_of(pod: Object) -> Iterator[Key]:
    for volume in pod["spec"].get("volumes") or ():
        if volume.get("persistentVolumeClaim"):
            yield pod["metadata"]["namespace"], volume["persistentVolumeClaim"]["claimName"]


def _volume_of(claim: Object | None) -> str:
    return str(claim["spec"].get("volumeName") or "") if claim is not None else ""


def _zone(node: Object | None) -> str | None:
    return None if node is None else node["metadata"]["labels"].get("topology.kubernetes.io/zone")


def _at(one: Object) -> Key:
    return str(one["metadata"]["namespace"]), str(one["metadata"]["name"])
