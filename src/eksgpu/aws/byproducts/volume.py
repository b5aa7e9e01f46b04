"""EBS volumes that the CSI driver made for claims and that nobody deleted before the driver went."""

from typing import Any, ClassVar

from eksgpu.aws.run import AwsRun, tag_map
from eksgpu.catalog.price import price
from eksgpu.engine.resource import Deletable, Live, State

from .controller_tags import CSI_DRIVER, owned_filter

STATES = {"creating": State.PENDING, "deleting": State.DELETING, "deleted": State.GONE, "error": State.FAILED}


class Volume(Deletable):
    """A volume of a PersistentVolumeClaim that is attached to nothing; priced as gp3 without extras."""

    kind: ClassVar[str] = "volume"
    permissions: ClassVar[frozenset[str]] = frozenset({"ec2:DescribeVolumes", "ec2:DeleteVolume"})
    waits_gone: ClassVar[bool] = True

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        filters = [
            owned_filter(run.mark.cluster),
            {"Name": "tag-key", "Values": [CSI_DRIVER]},
            {"Name": "status", "Values": ["available", "error"]},
        ]
        return [_live(volume) for volume in run.aws.ec2.pages("describe_volumes", "Volumes", Filters=filters)]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_volumes(VolumeIds=[live.id])["Volumes"]
        return _live(found[0]) if found else None

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.ec2.delete_volume(VolumeId=live.id)

    @classmethod
    def usd_per_day(cls, live: Live) -> float:
        return price("gp3Storage").money(live.outputs["gib"]).usd_per_day


def _live(volume: dict[str, Any]) -> Live:
    return Live(
        kind=Volume.kind,
        name=volume["VolumeId"],
        id=volume["VolumeId"],
        state=STATES.get(volume["State"], State.READY),
        outputs={"gib": volume["Size"]},
        tags=tag_map(volume.get("Tags")),
        created=str(volume.get("CreateTime", "")),
    )
