"""UpdateNodegroupVersion: nodes of a newer Kubernetes version, image release or launch template version.

The instances are replaced when the update ends, new ones first. Source: EKS user guide, "managed-node-update-behavior".
"""

from typing import Any

from eksgpu.sandbox.eks import data, group_parts, nodegroup_checks, nodes, refusals
from eksgpu.sandbox.eks.front import eks
from eksgpu.sandbox.eks.launch_templates import Template, check_template, find_template
from eksgpu.sandbox.eks.nodegroup_config import check_updatable, start
from eksgpu.sandbox.eks.state import Cluster, Fields, Nodegroup, eks_of, nodegroup_of
from eksgpu.sandbox.eks.updates import sent_again
from eksgpu.sandbox.overlay import Call


@eks("UpdateNodegroupVersion")
def update_nodegroup_version(call: Call) -> dict[str, Any]:
    cluster, nodegroup = nodegroup_of(call)
    again = sent_again(call, cluster)
    if again is not None:
        return {"update": again}
    check_updatable(cluster, nodegroup)
    template = _template(call, nodegroup)
    changed = _changed(call, cluster, nodegroup, template)
    shown = _shown(changed, template)
    if template:
        group_parts.adopt_template(eks_of(call), cluster, nodegroup, template)
    return {
        "update": start(
            call, cluster, nodegroup, "VersionUpdate", shown, lambda: _roll(call, cluster, nodegroup, changed)
        )
    }


def _template(call: Call, nodegroup: Nodegroup) -> Template | None:
    """The launch template version asked for; a group keeps its template, or its lack of one, for life."""
    asked, current = call.params.get("launchTemplate"), nodegroup.fields.get("launchTemplate")
    if not asked:
        return None
    if current is None:
        raise refusals.bad_request("A node group made without a launch template cannot be updated to use one")
    template = find_template(call, asked)
    if template.id != current["id"]:
        raise refusals.bad_request(f"The node group was made with launch template {current['id']}, not {template.id}")
    check_template(template, {"instanceTypes": nodegroup.fields.get("instanceTypes")})
    return template


def _changed(call: Call, cluster: Cluster, nodegroup: Nodegroup, template: Template | None) -> Fields:
    params, fields = call.params, nodegroup.fields
    changed: Fields = {"launchTemplate": template.fields} if template else {}
    if fields["amiType"] == "CUSTOM":
        if params.get("version") or params.get("releaseVersion"):
            raise refusals.invalid("A node group with an image of its own takes no version and no releaseVersion")
        return {**changed, **({"releaseVersion": str(template.data["ImageId"])} if template else {})}
    if template and not params.get("version") and not params.get("releaseVersion"):
        return changed
    version = params.get("version") or _version_of(params.get("releaseVersion"), fields) or cluster.version
    if data.minor(version) < data.minor(fields["version"]):
        raise refusals.invalid(f"A node group cannot go back from Kubernetes version {fields['version']} to {version}")
    release = nodegroup_checks.check_version(call, cluster, fields["amiType"], version, params.get("releaseVersion"))
    return {**changed, "version": version, "releaseVersion": release}


def _version_of(release: str | None, fields: Fields) -> str | None:
    """The Kubernetes version in a release's name; Bottlerocket's has none, so the group keeps its own."""
    if release is None:
        return None
    if fields["amiType"].startswith("BOTTLEROCKET"):
        return str(fields["version"])
    return ".".join(release.split(".")[:2])


def _shown(changed: Fields, template: Template | None) -> Fields:
    shown: Fields = {key: value for key, value in changed.items() if key != "launchTemplate"}
    if template:
        shown |= {"launchTemplateName": template.name, "launchTemplateVersion": template.version}
    return shown


def _roll(call: Call, cluster: Cluster, nodegroup: Nodegroup, changed: Fields) -> None:
    nodegroup.fields.update(changed)
    old = list(nodegroup.machines)
    nodegroup.issues.clear()
    nodes.launch(call, cluster, nodegroup, len(old), 0.0)
    nodes.end(call.world, call.region, nodegroup, old)
