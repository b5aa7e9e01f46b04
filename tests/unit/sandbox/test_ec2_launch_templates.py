"""Launch templates: tags beside the data, versions that count on, a default version, one per token."""

from typing import Any

import pytest

from tests.unit.sandbox.conftest import ClientOf
from tests.unit.sandbox.vpc_parts import refusal, tagged

INSTANCE_TAGS = [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]
DATA = {"UserData": "aGk=", "MetadataOptions": {"HttpTokens": "required"}, "TagSpecifications": INSTANCE_TAGS}


@pytest.fixture
def ec2(client: ClientOf) -> Any:
    return client("ec2")


def create(ec2: Any, **more: Any) -> str:
    wanted = {"LaunchTemplateName": "nodes", "LaunchTemplateData": DATA, **more}
    return str(ec2.create_launch_template(**wanted)["LaunchTemplate"]["LaunchTemplateId"])


def test_the_template_s_tags_stay_out_of_its_data(ec2: Any) -> None:
    made = create(ec2, TagSpecifications=tagged("launch-template", cluster="c"))
    shown = ec2.describe_launch_templates(LaunchTemplateIds=[made])["LaunchTemplates"][0]
    assert shown["Tags"] == [{"Key": "cluster", "Value": "c"}]
    versions = ec2.describe_launch_template_versions(LaunchTemplateId=made)["LaunchTemplateVersions"]
    assert [version["LaunchTemplateData"] for version in versions] == [DATA]
    ec2.create_tags(Resources=[made], Tags=[{"Key": "more", "Value": "m"}])
    filters = [{"Name": "tag:more", "Values": ["m"]}]
    assert len(ec2.describe_launch_templates(Filters=filters)["LaunchTemplates"]) == 1


def test_versions_and_the_default(ec2: Any) -> None:
    made = create(ec2)
    wanted = {"LaunchTemplateId": made, "SourceVersion": "1", "LaunchTemplateData": {"InstanceType": "m5.large"}}
    first, again = (
        ec2.create_launch_template_version(**wanted, ClientToken="once")["LaunchTemplateVersion"] for _ in range(2)
    )
    assert first["VersionNumber"] == again["VersionNumber"] == 2
    assert first["LaunchTemplateData"] == {**DATA, "InstanceType": "m5.large"}

    def numbers(*versions: str) -> list[int]:
        asked = {"Versions": list(versions)} if versions else {}
        found = ec2.describe_launch_template_versions(LaunchTemplateId=made, **asked)["LaunchTemplateVersions"]
        return [version["VersionNumber"] for version in found]

    assert (numbers(), numbers("$Default"), numbers("$Latest")) == ([2, 1], [1], [2])
    changed = ec2.modify_launch_template(LaunchTemplateId=made, DefaultVersion="2")["LaunchTemplate"]
    assert (changed["DefaultVersionNumber"], changed["LatestVersionNumber"], numbers("$Default")) == (2, 2, [2])
    assert refusal(ec2.modify_launch_template, LaunchTemplateId=made, DefaultVersion="9") == (
        "InvalidLaunchTemplateId.VersionNotFound",
        f"Could not find launch template version 9 of launch template {made}.",
    )


def test_names_are_unique_and_tokens_make_one(ec2: Any) -> None:
    assert create(ec2, ClientToken="once") == create(ec2, ClientToken="once")
    code = "InvalidLaunchTemplateName.AlreadyExistsException"
    assert refusal(create, ec2=ec2, ClientToken="other")[0] == code
    malformed = "InvalidLaunchTemplateName.MalformedException"
    assert refusal(create, ec2=ec2, LaunchTemplateName="x" * 129)[0] == malformed


def test_a_deleted_template_is_unknown(ec2: Any) -> None:
    made = create(ec2, TagSpecifications=tagged("launch-template", cluster="c"))
    ec2.delete_launch_template(LaunchTemplateId=made)
    assert refusal(ec2.describe_launch_templates, LaunchTemplateIds=[made])[0] == "InvalidLaunchTemplateId.NotFound"
    missing = "InvalidLaunchTemplateName.NotFoundException"
    assert refusal(ec2.describe_launch_templates, LaunchTemplateNames=["nodes"])[0] == missing
    assert ec2.describe_tags()["Tags"] == []
