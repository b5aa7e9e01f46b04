"""Offerings: in which zones of the region EC2 has an instance type at all. Whether it has capacity, nobody tells."""

from collections.abc import Iterable

from eksgpu.aws.run import AwsRun

PERMISSIONS = frozenset({"ec2:DescribeInstanceTypeOfferings"})
VALUES_PER_FILTER = 200  # EC2's limit


def read_offerings(run: AwsRun, types: Iterable[str]) -> dict[str, frozenset[str]]:
    """type → names of the zones that offer it; an empty set for one that the region does not have."""
    wanted = tuple(dict.fromkeys(types))
    chunks = [wanted[start : start + VALUES_PER_FILTER] for start in range(0, len(wanted), VALUES_PER_FILTER)]
    zones: dict[str, set[str]] = {name: set() for name in wanted}
    for offers in run.parallel(lambda chunk: _offers(run, chunk), chunks):
        for name, zone in offers:
            zones[name].add(zone)
    return {name: frozenset(found) for name, found in zones.items()}


def _offers(run: AwsRun, types: tuple[str, ...]) -> list[tuple[str, str]]:
    found = run.aws.ec2.pages(
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": list(types)}],
    )
    return [(offer["InstanceType"], offer["Location"]) for offer in found]
