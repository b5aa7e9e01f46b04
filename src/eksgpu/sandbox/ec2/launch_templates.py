"""Launch templates: their own tags stay out of their data, versions count on, one of them is the default.

moto mixes the two kinds of tags and shows the tags of the day of creation for ever.
"""

import re
from typing import Any

from moto.ec2.exceptions import InvalidLaunchTemplateIdNotFound
from moto.ec2.utils import parse_user_data

from eksgpu.sandbox.ec2 import tags
from eksgpu.sandbox.ec2.backend import backend
from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.ec2.listing import Listing, listed
from eksgpu.sandbox.ec2.tokens import once
from eksgpu.sandbox.overlay import Call, Refused

LISTING = Listing(
    "LaunchTemplates",
    "LaunchTemplateId",
    "LaunchTemplateIds",
    ("InvalidLaunchTemplateId.NotFound", "The specified launch template, with template ID {}, does not exist."),
    {"launch-template-name": "LaunchTemplateName"},
)
VERSIONS = Listing("LaunchTemplateVersions", "VersionNumber", filters={"is-default-version": "DefaultVersion"})
NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")


@ec2("CreateLaunchTemplate")
def create_launch_template(call: Call) -> dict[str, Any]:
    """Create a template with its first version; a repeated ClientToken returns the first one."""
    moto = backend(call.world, call.region)

    def create() -> str:
        name = call.params["LaunchTemplateName"]
        if not NAME.fullmatch(name):
            raise Refused(
                "InvalidLaunchTemplateName.MalformedException",
                "A launch template name must have between 3 and 128 characters out of letters, digits and ( ) . - / _",
            )
        template = moto.create_launch_template(name, call.params.get("VersionDescription"), _data(call), {})
        tags.put(moto, template.id, tags.requested(call, "launch-template"))
        return str(template.id)

    made, _ = once(call, create, lambda known: known in moto.launch_templates)
    return {"LaunchTemplate": _shown(call, moto, moto.launch_templates[made])}


@ec2("CreateLaunchTemplateVersion")
def create_launch_template_version(call: Call) -> dict[str, Any]:
    """Add a version, starting from SourceVersion when given; a repeated ClientToken returns the first one."""
    moto = backend(call.world, call.region)
    template = _found(call, moto)

    def create() -> str:
        source = call.params.get("SourceVersion")
        data = {**(template.get_version(source).data if source else {}), **_data(call)}
        return str(template.create_version(data, call.params.get("VersionDescription")).number)

    made, _ = once(call, create, lambda known: int(known) <= len(template.versions))
    return {"LaunchTemplateVersion": _version_shown(call, template, template.get_version(made))}


@ec2("ModifyLaunchTemplate")
def modify_launch_template(call: Call) -> dict[str, Any]:
    """Choose the default version."""
    moto = backend(call.world, call.region)
    template = _found(call, moto)
    if call.params.get("DefaultVersion"):
        template.default_version_number = _version(template, call.params["DefaultVersion"]).number
    return {"LaunchTemplate": _shown(call, moto, template)}


@ec2("DescribeLaunchTemplates")
def describe_launch_templates(call: Call) -> dict[str, Any]:
    """Templates by id, by name or by filter."""
    moto = backend(call.world, call.region)
    items = [_shown(call, moto, template) for template in moto.launch_templates.values()]
    names = call.params.get("LaunchTemplateNames")
    if names:
        known = {item["LaunchTemplateName"]: item for item in items}
        for name in names:
            if name not in known:
                raise _no_such_name()
        items = [known[name] for name in names]
    return listed(call, LISTING, items)


@ec2("DescribeLaunchTemplateVersions")
def describe_launch_template_versions(call: Call) -> dict[str, Any]:
    """The versions of one template, newest first, or the latest and default ones of all."""
    moto = backend(call.world, call.region)
    asked = call.params.get("Versions")
    if call.params.get("LaunchTemplateId") or call.params.get("LaunchTemplateName"):
        template = _found(call, moto)
        chosen = [_version(template, one) for one in asked] if asked else list(reversed(template.versions))
        low, high = (
            int(call.params.get("MinVersion") or 0),
            int(call.params.get("MaxVersion") or len(template.versions)),
        )
        pairs = [(template, one) for one in chosen if asked or low <= one.number <= high]
    else:
        pairs = [(one, _version(one, name)) for one in moto.launch_templates.values() for name in asked or ()]
    return listed(call, VERSIONS, [_version_shown(call, template, one) for template, one in pairs])


@ec2("DeleteLaunchTemplate")
def delete_launch_template(call: Call) -> dict[str, Any]:
    """Delete a template with all its versions."""
    moto = backend(call.world, call.region)
    template = _found(call, moto)
    shown = _shown(call, moto, template)
    moto.delete_launch_template(None, template.id)
    tags.forget(moto, template.id)
    return {"LaunchTemplate": shown}


def _data(call: Call) -> dict[str, Any]:
    data = dict(call.params["LaunchTemplateData"])
    if "UserData" in data:
        data["UserData"] = parse_user_data(data["UserData"])
    return data


def _found(call: Call, moto: Any) -> Any:
    name, template_id = call.params.get("LaunchTemplateName"), call.params.get("LaunchTemplateId")
    if bool(name) == bool(template_id):
        raise Refused(
            "MissingParameter" if not name else "InvalidParameterCombination",
            "You must specify either the launch template ID or the launch template name in the request, but not both.",
        )
    if name:
        template_id = moto.launch_template_name_to_ids.get(name)
        if template_id is None:
            raise _no_such_name()
    if template_id not in moto.launch_templates:
        raise InvalidLaunchTemplateIdNotFound(str(template_id))
    return moto.launch_templates[template_id]


def _no_such_name() -> Refused:
    return Refused(
        "InvalidLaunchTemplateName.NotFoundException",
        "At least one of the launch templates specified in the request does not exist.",
    )


def _version(template: Any, number: str) -> Any:
    text = str(number).lower()
    if text not in ("$latest", "$default") and not (text.isdigit() and 0 < int(text) <= len(template.versions)):
        raise Refused(
            "InvalidLaunchTemplateId.VersionNotFound",
            f"Could not find launch template version {number} of launch template {template.id}.",
        )
    return template.get_version(number)


def _shown(call: Call, moto: Any, template: Any) -> dict[str, Any]:
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "CreateTime": template.create_time,
        "CreatedBy": call.world.caller_arn,
        "DefaultVersionNumber": template.default_version_number,
        "LatestVersionNumber": template.latest_version_number,
        "Tags": tags.shown(moto, template.id),
    }


def _version_shown(call: Call, template: Any, version: Any) -> dict[str, Any]:
    data = dict(version.data)
    if data.get("UserData") is not None:
        data["UserData"] = str(data["UserData"])
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "VersionNumber": version.number,
        "VersionDescription": version.description or None,
        "CreateTime": version.create_time,
        "CreatedBy": call.world.caller_arn,
        "DefaultVersion": template.is_default(version),
        "LaunchTemplateData": data,
    }
