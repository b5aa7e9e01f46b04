"""Network interfaces that the VPC CNI made for pods and left behind when their node died too fast."""

from typing import Any, ClassVar

from eksgpu.aws.ec2 import owned
from eksgpu.aws.run import AwsRun, tag_map
from eksgpu.engine.resource import Deletable, Live

from .controller_tags import CNI_CLUSTER, CNI_INSTANCE


class NetworkInterface(Deletable):
    """An interface of the VPC CNI that is attached to nothing. Until it goes, its subnet and groups cannot."""

    kind: ClassVar[str] = "network_interface"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs", "ec2:DeleteNetworkInterface",
    })  # fmt: skip

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        filters = [{"Name": "tag-key", "Values": [CNI_INSTANCE]}, {"Name": "status", "Values": ["available"]}]
        found = list(run.aws.ec2.pages("describe_network_interfaces", "NetworkInterfaces", Filters=filters))
        # Older versions of the CNI do not say for which cluster; in a VPC of ours there is no other.
        vpcs = {vpc["VpcId"] for vpc in owned(run, "describe_vpcs", "Vpcs")} if found else set()
        lives = [(_live(one), one["VpcId"]) for one in found]
        return [live for live, vpc in lives if live.tags.get(CNI_CLUSTER, vpc in vpcs) in (run.mark.cluster, True)]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_network_interfaces(NetworkInterfaceIds=[live.id])["NetworkInterfaces"]
        return _live(found[0]) if found else None

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.ec2.delete_network_interface(NetworkInterfaceId=live.id)


def _live(interface: dict[str, Any]) -> Live:
    groups = (group["GroupId"] for group in interface.get("Groups", []))
    return Live(
        kind=NetworkInterface.kind,
        name=interface["NetworkInterfaceId"],
        id=interface["NetworkInterfaceId"],
        uses=frozenset({interface["VpcId"], interface["SubnetId"], *groups}),
        tags=tag_map(interface.get("TagSet")),
        reason=interface.get("Description", ""),
    )
