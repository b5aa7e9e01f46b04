"""What stands in one version of a launch template: our fields into EC2's words and back, so that equal means equal.

It knows no clients. EC2 keeps a version as it was sent, but for a few members that it adds; those are left out here.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from .run import tag_list, tag_map

TAGGED = ("instance", "volume", "network-interface")
EBS = {
    "size": "VolumeSize", "type": "VolumeType", "iops": "Iops", "throughput": "Throughput", "encrypted": "Encrypted",
    "kms_key": "KmsKeyId", "delete_on_termination": "DeleteOnTermination",
}  # fmt: skip
EBS_IN_TERRAFORM = {
    "size": "volume_size", "type": "volume_type", "iops": "iops", "throughput": "throughput", "encrypted": "encrypted",
    "kms_key": "kms_key_id", "delete_on_termination": "delete_on_termination",
}  # fmt: skip


def data_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """LaunchTemplateData for the fields of a LaunchTemplate (Refs resolved); what is empty is left out."""
    reservation = {"CapacityReservationTarget": {"CapacityReservationId": fields["capacity_reservation"]}}
    tags = tag_list(fields["instance_tags"])
    optional: dict[str, Any] = {
        "ImageId": fields["image"],
        "InstanceType": fields["instance_type"],
        "SecurityGroupIds": list(fields["security_groups"]),
        "BlockDeviceMappings": [_mapping(device) for device in fields["block_devices"]],
        "UserData": b64encode(fields["user_data"].encode()).decode(),
        "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in TAGGED] if tags else [],
        "InstanceMarketOptions": {"MarketType": fields["market"]} if fields["market"] else {},
        "CapacityReservationSpecification": reservation if fields["capacity_reservation"] else {},
    }
    return {
        "MetadataOptions": {
            "HttpEndpoint": "enabled",
            "HttpTokens": fields["http_tokens"],
            "HttpPutResponseHopLimit": fields["hop_limit"],
        },
        **{name: value for name, value in optional.items() if value},
    }


def fields_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields read back from a version's LaunchTemplateData."""
    metadata = data.get("MetadataOptions", {})
    reservation = data.get("CapacityReservationSpecification", {}).get("CapacityReservationTarget", {})
    tags = {one["ResourceType"]: tag_map(one.get("Tags")) for one in data.get("TagSpecifications", [])}
    return {
        "image": data.get("ImageId", ""),
        "instance_type": data.get("InstanceType", ""),
        "security_groups": tuple(data.get("SecurityGroupIds", [])),
        "http_tokens": metadata.get("HttpTokens", "optional"),
        "hop_limit": metadata.get("HttpPutResponseHopLimit", 1),
        "block_devices": tuple(_device(mapping) for mapping in data.get("BlockDeviceMappings", [])),
        "user_data": b64decode(data.get("UserData") or "").decode(),
        "instance_tags": tags.get("instance", {}),
        "market": data.get("InstanceMarketOptions", {}).get("MarketType", ""),
        "capacity_reservation": reservation.get("CapacityReservationId", ""),
    }


def devices_in_terraform(devices: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Block devices as `block_device_mappings` of Terraform's aws_launch_template."""
    return [
        {
            "device_name": device["device"],
            "ebs": [{EBS_IN_TERRAFORM[name]: value for name, value in device.items() if name != "device"}],
        }
        for device in devices
    ]


def _mapping(device: Mapping[str, Any]) -> dict[str, Any]:
    ebs = {EBS[name]: value for name, value in device.items() if name != "device"}
    return {"DeviceName": device["device"], "Ebs": ebs}


def _device(mapping: Mapping[str, Any]) -> dict[str, Any]:
    ebs = mapping.get("Ebs", {})
    return {"device": mapping["DeviceName"], **{ours: ebs[theirs] for ours, theirs in EBS.items() if theirs in ebs}}
