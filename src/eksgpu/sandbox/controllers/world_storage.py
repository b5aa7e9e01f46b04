"""A sandbox account's EBS volumes as the CSI driver of one cluster makes and deletes them.

The tags are the driver's, as the EKS add-on runs it: by them others find what it left. Works on the World directly, so
that its calls are in no log. Source: kubernetes-sigs/aws-ebs-csi-driver, docs/tagging.md, with the add-on's cluster id.
"""

from typing import Any

from eksgpu.sandbox.ec2.backend import backend, settle
from eksgpu.sandbox.eks.state import Eks
from eksgpu.sandbox.eks.subnets import all_subnets
from eksgpu.sandbox.world import World

from .block_storage import Made, Wanted

NAME_TAG = "CSIVolumeName"
_DEVICE = "/dev/xvda{}{}"


class WorldStorage:
    """One cluster of one region of a World."""

    def __init__(self, world: World, region: str, cluster: str) -> None:
        self._world = world
        self._region = region
        self._name = cluster

    def create(self, wanted: Wanted) -> Made:
        with self._world.locked():
            settle(self._world, self._region)
            there = next((one for one in self._ec2.volumes.values() if self._called(one) == wanted.name), None)
            if there is None:
                there = self._ec2.create_volume(
                    wanted.gib, wanted.zone or self._zone(), encrypted=wanted.encrypted, volume_type=wanted.type
                )
                self._ec2.create_tags([there.id], {**self._tags(wanted.name), **wanted.tags})
            return Made(str(there.id), str(there.zone.name))

    def attach(self, volume: str, instance: str) -> None:
        with self._world.locked():
            found = self._ec2.volumes.get(volume)
            if found is None or (found.attachment and found.attachment.instance.id == instance):
                return
            there = self._ec2.get_instance(instance)
            used = set(there.block_device_mapping)
            names = (_DEVICE.format(first, second) for first in "abcdefghij" for second in "abcdefghij")
            self._ec2.attach_volume(volume, instance, next(name for name in names if name not in used))

    def detach(self, volume: str) -> None:
        with self._world.locked():
            found = self._ec2.volumes.get(volume)
            if found is not None and found.attachment:
                self._ec2.detach_volume(volume, found.attachment.instance.id, found.attachment.device)

    def delete(self, volume: str) -> bool:
        with self._world.locked():
            found = self._ec2.volumes.get(volume)
            if found is None:
                return True
            if found.attachment:
                return False
            self._ec2.delete_volume(volume)
            return True

    @property
    def _ec2(self) -> Any:
        return backend(self._world, self._region)

    def _called(self, volume: Any) -> str:
        return str(self._ec2.tags.get(volume.id, {}).get(NAME_TAG, ""))

    def _zone(self) -> str:
        """Any zone of the cluster."""
        config = self._world.state(Eks, self._region).clusters[self._name].fields["resourcesVpcConfig"]
        known = all_subnets(self._world, self._region)
        return min(str(known[subnet].availability_zone) for subnet in config["subnetIds"])

    def _tags(self, name: str) -> dict[str, str]:
        return {
            NAME_TAG: name,
            "Name": f"{self._name}-dynamic-{name}",
            "KubernetesCluster": self._name,
            f"kubernetes.io/cluster/{self._name}": "owned",
            "ebs.csi.aws.com/cluster": "true",
        }
