"""Instance types and where they are offered: moto's data, paged, and without types that it does not know.

It must not know prices or quotas.
"""

from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES

from eksgpu.sandbox.ec2.front import ec2
from eksgpu.sandbox.ec2.listing import Listing, listed, paged
from eksgpu.sandbox.overlay import Call, Refused

TYPES = Listing("InstanceTypes", "InstanceType")
OFFERINGS = Listing(
    "InstanceTypeOfferings",
    "InstanceType",
    filters={"instance-type": "InstanceType", "location": "Location"},
)


@ec2("DescribeInstanceTypes")
def describe_instance_types(call: Call) -> dict[str, Any]:
    """Types by name or by any of EC2's filters."""
    wanted = call.params.get("InstanceTypes", ())
    unknown = sorted(set(wanted) - set(INSTANCE_TYPES))
    if unknown:
        raise Refused(
            "InvalidInstanceType", f"The following supplied instance types do not exist: [{', '.join(unknown)}]"
        )
    if wanted and not call.params.get("Filters"):
        return {"InstanceTypes": [INSTANCE_TYPES[name] for name in dict.fromkeys(wanted)]}
    answer = call.moto_with(MaxResults=None, NextToken=None)
    return paged(call, TYPES, answer["InstanceTypes"])


@ec2("DescribeInstanceTypeOfferings")
def describe_instance_type_offerings(call: Call) -> dict[str, Any]:
    """What is offered in the Region, in each zone or in each zone id."""
    by_region = INSTANCE_TYPE_OFFERINGS[call.params.get("LocationType", "region")]
    return listed(call, OFFERINGS, by_region.get(call.region, []))
