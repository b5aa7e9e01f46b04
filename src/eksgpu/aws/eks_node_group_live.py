"""What DescribeNodegroup answers, in the vocabulary of the wanted node group. Pure: it calls nothing."""

from typing import Any

from eksgpu.engine.mark import INCARNATION_TAG, NAME_TAG, user_tags
from eksgpu.engine.resource import Live, State

from .eks import cluster_arn, iso, issues
from .eks_node_group_updates import taint_text
from .run import AwsRun

KIND = "eks_node_group"
STATES = {
    "ACTIVE": State.READY,
    # It runs, with something wrong; it can be changed and deleted.
    "DEGRADED": State.READY,
    "CREATING": State.PENDING,
    "UPDATING": State.PENDING,
    "DELETING": State.DELETING,
    "CREATE_FAILED": State.FAILED,
    "DELETE_FAILED": State.FAILED,
}


def live_node_group(run: AwsRun, group: dict[str, Any]) -> Live:
    """The group as the engine sees it; one of ours, so it has a name tag."""
    tags, scaling, update = group.get("tags", {}), group.get("scalingConfig", {}), group.get("updateConfig", {})
    template = group.get("launchTemplate", {})
    share = update.get("maxUnavailablePercentage")
    return Live(
        kind=KIND,
        name=tags[NAME_TAG],
        id=group["nodegroupArn"],
        state=STATES.get(group["status"], State.PENDING),
        uses=frozenset(filter(None, (cluster_arn(run), group["nodeRole"], template.get("id"), *group["subnets"]))),
        fields={
            "instance_types": tuple(group.get("instanceTypes") or ()),
            "ami_type": group.get("amiType"),
            "capacity": group.get("capacityType", "ON_DEMAND"),
            "subnets": tuple(sorted(group["subnets"])),
            "role": group["nodeRole"],
            "disk_size": group.get("diskSize"),
            "launch_template": template.get("id"),
            "launch_template_version": template.get("version"),
            "min": scaling.get("minSize"),
            "max": scaling.get("maxSize"),
            "desired": scaling.get("desiredSize"),
            "labels": dict(group.get("labels") or {}),
            "taints": tuple(sorted(taint_text(item) for item in group.get("taints") or ())),
            "max_unavailable": f"{share}%" if share else update.get("maxUnavailable"),
            "node_repair": group.get("nodeRepairConfig", {}).get("enabled", False),
            "version": group.get("version"),
            "release_version": group.get("releaseVersion"),
            "tags": user_tags(tags),
        },
        outputs={"arn": group["nodegroupArn"], "name": group["nodegroupName"]},
        tags=tags,
        incarnation=tags.get(INCARNATION_TAG, ""),
        created=iso(group),
        reason=issues(group),
        carries_nodes=True,
    )
