"""The launch template: how nodes start. Its versions never change, so a change is a new version made the default.

Node groups follow `Ref(…, "version")`; what EKS copies from it for itself is none of our business.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from eksgpu.engine.mark import NAME_TAG
from eksgpu.engine.refs import Chosen, Ref, Text
from eksgpu.engine.resource import Live, OnChange, Resource

from .ec2 import compared_tags, owned, tag_specifications, update_tags
from .launch_template_data import data_of, devices_in_terraform, fields_of
from .run import AwsRun, tag_map
from .tokens import client_token

NAME_LIMIT = 128


@dataclass(frozen=True)
class LaunchTemplate(Resource):
    """A launch template; everything in it is ours, so an empty field means that the template has none of it.

    image, instance_type: empty where the node group chooses them.
    security_groups: empty leaves the cluster security group to EKS.
    hop_limit: 2 lets pods reach the instance metadata through one more hop, 1 keeps them out.
    block_devices: `{"device": "/dev/xvda", "size": 100, "type": "gp3", "iops": 3000, "throughput": 125,
        "encrypted": True, "kms_key": Ref, "delete_on_termination": True}`; size in GiB, throughput in MiB/s.
    user_data: plain text; encoded when it is sent.
    instance_tags: for the instances, their volumes and their interfaces.
    market: how capacity is bought, where the node group does not say so.
    capacity_reservation: id of a reservation or capacity block to start in.
    """

    image: str | Chosen = ""
    instance_type: str = ""
    security_groups: tuple[Ref | str, ...] = ()
    http_tokens: Literal["required", "optional"] = "required"
    hop_limit: int = 2
    block_devices: tuple[Mapping[str, Any], ...] = ()
    user_data: str | Text = ""
    instance_tags: Mapping[str, str] = field(default_factory=dict)
    market: Literal["", "spot", "capacity-block"] = ""
    capacity_reservation: Ref | str = ""

    kind: ClassVar[str] = "launch_template"
    permissions: ClassVar[frozenset[str]] = frozenset({
        "ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate",
        "ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions", "ec2:DeleteLaunchTemplate",
        "ec2:CreateTags", "ec2:DeleteTags",
    })  # fmt: skip
    changes: ClassVar[Mapping[str, OnChange]] = {
        "image": OnChange(sample="ami-0123456789abcdef0"),
        "instance_type": OnChange(sample="m5.xlarge"),
        "security_groups": OnChange(unordered=True),
        "http_tokens": OnChange(sample="optional"),
        "hop_limit": OnChange(sample=1),
        "block_devices": OnChange(sample=({"device": "/dev/xvda", "size": 200, "type": "gp3"},)),
        "user_data": OnChange(sample='[settings.kernel]\nlockdown = "integrity"\n'),
        "instance_tags": OnChange(sample={"team": "b"}),
        "market": OnChange(sample="spot"),
        "capacity_reservation": OnChange(sample="cr-0123456789abcdef0"),
        "tags": OnChange(sample={"team": "b"}),
    }
    volatile: ClassVar[Mapping[str, frozenset[str]]] = {"version": frozenset(changes) - {"tags"}}
    typical: ClassVar[str] = "ec2:launch-template:create"
    terraform_attributes: ClassVar[Mapping[str, str]] = {"version": "latest_version"}

    @classmethod
    def discover(cls, run: AwsRun) -> list[Live]:
        templates = owned(run, "describe_launch_templates", "LaunchTemplates")
        return run.parallel(lambda template: _live(run, template), templates)

    @classmethod
    def read(cls, run: AwsRun, live: Live) -> Live | None:
        found = run.aws.ec2.describe_launch_templates(LaunchTemplateIds=[live.id])["LaunchTemplates"]
        return _live(run, found[0]) if found else None

    def create(self, run: AwsRun) -> Live:
        made = run.aws.ec2.create_launch_template(
            LaunchTemplateName=run.mark.physical(self.name, limit=NAME_LIMIT),
            LaunchTemplateData=self._data(),
            ClientToken=client_token(run, self),
            TagSpecifications=tag_specifications(run, self, "launch-template"),
        )
        return _live(run, made["LaunchTemplate"], self._data())

    def update(self, run: AwsRun, live: Live, changed: frozenset[str]) -> None:
        if changed - {"tags"}:
            version = run.aws.ec2.create_launch_template_version(
                LaunchTemplateId=live.id,
                LaunchTemplateData=self._data(),
                # The template's id, because a template made anew under this name must get a version of its own.
                ClientToken=client_token(run, self, live.id),
            )["LaunchTemplateVersion"]["VersionNumber"]
            run.aws.ec2.modify_launch_template(
                LaunchTemplateId=live.id,
                DefaultVersion=str(version),
                # Going back to an older version twice must not look like a repeated request.
                ClientToken=f"{live.id}-{version}-{int(run.clock.monotonic() * 1000)}",
            )
        if "tags" in changed:
            update_tags(run, live, self.tags)

    @classmethod
    def delete(cls, run: AwsRun, live: Live) -> None:
        run.aws.ec2.delete_launch_template(LaunchTemplateId=live.id)

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        reservation = [{"capacity_reservation_id": self.capacity_reservation}] if self.capacity_reservation else []
        kinds = ("instance", "volume", "network-interface") if self.instance_tags else ()
        optional = {
            "image_id": self.image,
            "instance_type": self.instance_type,
            "vpc_security_group_ids": self.security_groups,
            "user_data": _encoded(self.user_data),
            "block_device_mappings": devices_in_terraform(self.block_devices),
            "instance_market_options": [{"market_type": self.market}] if self.market else [],
            "capacity_reservation_specification": [
                {"capacity_reservation_target": one} for one in [reservation] if one
            ],
            "tag_specifications": [{"resource_type": kind, "tags": dict(self.instance_tags)} for kind in kinds],
        }
        metadata = {"http_tokens": self.http_tokens, "http_put_response_hop_limit": self.hop_limit}
        arguments = {
            "name": self.name,
            "update_default_version": True,
            "metadata_options": [{"http_endpoint": "enabled", **metadata}],
            **{name: value for name, value in optional.items() if value},
            "tags": {"Name": self.name, **self.tags},
        }
        return [("aws_launch_template", self.name, arguments)]

    @classmethod
    def example(cls) -> "LaunchTemplate":
        return cls(
            "system",
            security_groups=(Ref("security_group/node"),),
            block_devices=({"device": "/dev/xvda", "size": 100, "type": "gp3", "encrypted": True},),
            instance_tags={"team": "a"},
        )

    @classmethod
    def example_graph(cls) -> tuple[Resource, ...]:
        from .security_group import SecurityGroup

        return (*SecurityGroup.example_graph(), cls.example())

    def _data(self) -> dict[str, Any]:
        return data_of(vars(self))


def _encoded(user_data: str | Text) -> str | Text:
    """Base64 where the whole text is known; `export` encodes a text with Refs in Terraform's own words."""
    return b64encode(user_data.encode()).decode() if isinstance(user_data, str) else user_data


def _live(run: AwsRun, template: dict[str, Any], data: Mapping[str, Any] | None = None) -> Live:
    tags = tag_map(template.get("Tags"))
    name = tags[NAME_TAG]
    default = str(template["DefaultVersionNumber"])
    values = fields_of(data if data is not None else _data_in(run, template["LaunchTemplateId"], default))
    return Live(
        kind=LaunchTemplate.kind,
        name=name,
        id=template["LaunchTemplateId"],
        uses=frozenset(values["security_groups"]),
        fields={**values, "tags": compared_tags(run, name, tags)},
        outputs={
            "arn": run.arn("ec2", f"launch-template/{template['LaunchTemplateId']}"),
            "name": template["LaunchTemplateName"],
            "version": default,
        },
        tags=tags,
        created=str(template.get("CreateTime", "")),
    )


def _data_in(run: AwsRun, template_id: str, version: str) -> dict[str, Any]:
    found = run.aws.ec2.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=[version])
    data: dict[str, Any] = found["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    return data
