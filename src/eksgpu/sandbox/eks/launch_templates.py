"""The launch template that a node group is made from: found, judged, and copied under a name of EKS's own.

EKS never launches from a user's template; the group keeps a copy of one version. Source: EKS user guide,
"launch-templates".
"""

from dataclasses import dataclass
from typing import Any

from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.eks import refusals
from eksgpu.sandbox.eks.state import Fields
from eksgpu.sandbox.overlay import Call


@dataclass(frozen=True)
class Template:
    """One version of a launch template; `data` is its LaunchTemplateData."""

    id: str
    name: str
    version: str
    data: dict[str, Any]

    @property
    def fields(self) -> Fields:
        """As node groups show it."""
        return {"id": self.id, "name": self.name, "version": self.version}

    @property
    def security_groups(self) -> list[str]:
        interfaces = self.data.get("NetworkInterfaces") or [{}]
        return list(self.data.get("SecurityGroupIds") or interfaces[0].get("Groups") or ())

    @property
    def instance_tags(self) -> dict[str, str]:
        """What it tags instances with."""
        specifications = self.data.get("TagSpecifications") or ()
        return {
            tag["Key"]: tag["Value"]
            for specification in specifications
            if specification.get("ResourceType") == "instance"
            for tag in specification.get("Tags", ())
        }


def find_template(call: Call, asked: Fields) -> Template:
    """The version that a request's `launchTemplate` names; raises InvalidRequestException when there is none."""
    moto = backend(call.world, call.region)
    template_id = asked.get("id") or moto.launch_template_name_to_ids.get(asked.get("name"))
    found = moto.launch_templates.get(template_id)
    if found is None:
        raise refusals.bad_request(f"Launch template {asked.get('id') or asked.get('name')} does not exist")
    version = str(asked.get("version") or "$Default")
    if version.lower() not in ("$latest", "$default") and not _is_version(found, version):
        raise refusals.bad_request(f"Launch template {found.id} has no version {version}")
    chosen = found.get_version(version)
    return Template(found.id, found.name, str(chosen.number), dict(chosen.data))


def check_template(template: Template, params: Fields) -> None:
    """Raise for what a node group's template must not hold, and for what may be said in one place only."""
    data = template.data
    if any(interface.get("SubnetId") for interface in data.get("NetworkInterfaces") or ()):
        raise refusals.bad_request("Launch template should not specify a subnet: a node group names its own subnets")
    if data.get("IamInstanceProfile"):
        raise refusals.bad_request(
            "Launch template should not specify an instance profile. The noderole in your request will be used to "
            "construct an instance profile."
        )
    if params.get("diskSize"):
        raise refusals.invalid("Disk size must be specified within the launch template.")
    if params.get("remoteAccess"):
        raise refusals.invalid("Remote access configuration cannot be specified with a launch template.")
    if data.get("InstanceType") and params.get("instanceTypes"):
        raise refusals.invalid(
            "Instance types must be given either in the launch template or in the request, not in both"
        )
    if data.get("ImageId"):
        given = [key for key in ("amiType", "version", "releaseVersion") if params.get(key) not in (None, "CUSTOM")]
        if given:
            raise refusals.invalid(
                f"With an image in the launch template, these cannot be specified: {', '.join(given)}"
            )


def _is_version(found: Any, version: str) -> bool:
    return version.isdigit() and 0 < int(version) <= len(found.versions)
