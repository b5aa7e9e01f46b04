"""The elastic IP: a public address that outlives the NAT gateways using it. It costs money even when unused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eksgpu.catalog.price import price
from eksgpu.engine.mark import CLUSTER_TAG, NAME_TAG
from eksgpu.engine.resource import Live, OnChange, Resource

from .ec2 import compared_tags, tag_specifications, update_tags
from .run import AwsRun, tag_map


@dataclass(frozen=True)
class ElasticIp(Resource):
    """A public IPv4 address; `Ref(…)` is its allocation id, `Ref(…, "public_ip")` the address itself."""

    kind: ClassVar[str] = "elastic_ip"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:AllocateAddress", "ec2:DescribeAddresses", "ec2:ReleaseAddress", "ec2:CreateTags", "ec2:DeleteTags",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {"tags": OnChange(sample={"team": "b"})}
    searches: ClassVar[int] = 3

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        # DescribeAddresses answers with everything at once: EC2 has no pages for it.
        ours = [{"Name": f"tag:{CLUSTER_TAG}", "Values": [run.mark.cluster]}]
        found = run.aws.ec2.describe_addresses(Filters=ours)["Addresses"]
        return [_live(run, address) for address in found if run.mark.owns(tag_map(address.get("Tags")))]

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_addresses(AllocationIds=[live.id])["Addresses"]
        return _live(run, found[0]) if found else None

    def create(self, run: AwsRun) -> Live:
        specifications = tag_specifications(run, self, "elastic-ip")
        made = run.aws.ec2.allocate_address(Domain="vpc", TagSpecifications=specifications)
        return _live(run, {**made, "Tags": specifications[0]["Tags"]})  # the answer does not repeat the tags

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> None:
        update_tags(run, live, self.tags)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.ec2.release_address(AllocationId=live.id)

    @classmethod
    def usd_per_day(cls, live: Live) -> float:
        return price("publicIpv4Address").money().usd_per_day

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [("aws_eip", self.name, {"domain": "vpc", "tags": {"Name": self.name, **self.tags}})]

    @classmethod
    def example(cls) -> "ElasticIp":
        return cls("nat-us-west-2a")


def _live(run: AwsRun, address: dict[str, Any]) -> Live:
    tags = tag_map(address.get("Tags"))
    name = tags[NAME_TAG]
    return Live(
        kind=ElasticIp.kind,
        name=name,
        id=address["AllocationId"],
        fields={"tags": compared_tags(run, name, tags)},
        outputs={
            "arn": run.arn("ec2", f"elastic-ip/{address['AllocationId']}"),
            "public_ip": address.get("PublicIp", ""),
        },
        tags=tags,
    )
