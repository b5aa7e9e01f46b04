"""Auto Scaling groups: those that EKS makes for its node groups, read only.

Each is a view of a node group; there are no others in the sandbox.
"""

from collections.abc import Iterator
from typing import Any

from eksgpu.sandbox.eks.state import Cluster, Eks, Nodegroup, eks_of
from eksgpu.sandbox.overlay import Call, operation

_PAGE = 50


@operation("autoscaling", "DescribeAutoScalingGroups")
def describe_auto_scaling_groups(call: Call) -> dict[str, Any]:
    names = call.params.get("AutoScalingGroupNames")
    groups = [_group(call, cluster, nodegroup) for cluster, nodegroup in _nodegroups(eks_of(call))]
    found = [
        group
        for group in groups
        if (not names or group["AutoScalingGroupName"] in names)
        and all(_fits(group["Tags"], wanted) for wanted in call.params.get("Filters", ()))
    ]
    start = int(call.params.get("NextToken") or 0)
    end = start + int(call.params.get("MaxRecords") or _PAGE)
    answer: dict[str, Any] = {"AutoScalingGroups": found[start:end]}
    return {**answer, "NextToken": str(end)} if end < len(found) else answer


@operation("autoscaling", "DescribeScalingActivities")
def describe_scaling_activities(call: Call) -> dict[str, Any]:
    """What could not be launched: the only activities the sandbox keeps."""
    wanted = call.params.get("AutoScalingGroupName")
    now = call.world.clock.now()
    activities = [
        {
            "ActivityId": f"{nodegroup.asg_name}-{number}",
            "AutoScalingGroupName": nodegroup.asg_name,
            "Cause": "an instance was started in response to a difference between desired and actual capacity",
            "Description": "Launching a new EC2 instance.  Status Reason: " + issue["message"],
            "StartTime": now,
            "StatusCode": "Failed",
            "StatusMessage": issue["message"],
        }
        for _, nodegroup in _nodegroups(eks_of(call))
        for number, issue in enumerate(nodegroup.issues)
        if wanted in (None, nodegroup.asg_name) and issue["code"] == "AsgInstanceLaunchFailures"
    ]
    return {"Activities": activities}


def _nodegroups(state: Eks) -> Iterator[tuple[Cluster, Nodegroup]]:
    for cluster in state.clusters.values():
        for nodegroup in cluster.nodegroups.values():
            yield cluster, nodegroup


def _group(call: Call, cluster: Cluster, nodegroup: Nodegroup) -> dict[str, Any]:
    name, fields = nodegroup.asg_name, nodegroup.fields
    scaling = fields["scalingConfig"]
    return {
        "AutoScalingGroupName": name,
        "AutoScalingGroupARN": (
            f"arn:aws:autoscaling:{call.region}:{call.account}:autoScalingGroup:{name[-36:]}:autoScalingGroupName/{name}"
        ),
        "MinSize": scaling["minSize"],
        "MaxSize": scaling["maxSize"],
        "DesiredCapacity": scaling["desiredSize"],
        "DefaultCooldown": 300,
        "AvailabilityZones": sorted({machine.zone for machine in nodegroup.machines}) or [f"{call.region}a"],
        "VPCZoneIdentifier": ",".join(fields["subnets"]),
        "HealthCheckType": "EC2",
        "CreatedTime": fields["createdAt"],
        "Instances": [
            {
                "InstanceId": machine.instance_id,
                "InstanceType": machine.instance_type,
                "AvailabilityZone": machine.zone,
                "LifecycleState": "InService",
                "HealthStatus": "Healthy",
                "ProtectedFromScaleIn": False,
            }
            for machine in nodegroup.machines
        ],
        "MixedInstancesPolicy": {
            "LaunchTemplate": {
                "LaunchTemplateSpecification": {
                    "LaunchTemplateId": nodegroup.template_id,
                    "LaunchTemplateName": nodegroup.profile,
                    "Version": "1",
                },
                "Overrides": [{"InstanceType": kind} for kind in fields.get("instanceTypes", ())],
            }
        },
        "Tags": [
            {
                "ResourceId": name,
                "ResourceType": "auto-scaling-group",
                "Key": key,
                "Value": value,
                "PropagateAtLaunch": True,
            }
            for key, value in _tags(cluster, nodegroup).items()
        ],
    }  # fmt: skip


def _tags(cluster: Cluster, nodegroup: Nodegroup) -> dict[str, str]:
    return {
        "eks:cluster-name": cluster.name,
        "eks:nodegroup-name": nodegroup.name,
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"k8s.io/cluster-autoscaler/{cluster.name}": "owned",
        f"kubernetes.io/cluster/{cluster.name}": "owned",
    }


def _fits(tags: list[dict[str, Any]], wanted: dict[str, Any]) -> bool:
    name, values = wanted["Name"], wanted["Values"]
    if name == "tag-key":
        return any(tag["Key"] in values for tag in tags)
    if name == "tag-value":
        return any(tag["Value"] in values for tag in tags)
    return any(tag["Key"] == name.removeprefix("tag:") and tag["Value"] in values for tag in tags)
