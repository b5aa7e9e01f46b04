"""What is told about the part of a pool that becomes its EC2NodeClass, and about pools of a fixed number of nodes."""

import pytest

from tests.unit.spec.telling import spec, told


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        ("ami: {}", "ami: it does not say which image | give one of release, id, ssmParameter, or name and tags"),
        (
            "ami: {release: v1.64.0, id: ami-0a1b2c3d4e5f67890}",
            "ami: release and id exclude each other | give one of release",
        ),
        ("ami: {release: 1.64.0}", 'ami.release: "1.64.0" is not valid: it is no release | write v1.64.0'),
        ("ami: {id: ami-1}", 'ami.id: "ami-1" is not valid: it is no image id'),
        (
            'ami: {id: ami-0a1b2c3d4e5f67890, owner: "123456789012"}',
            "ami.owner: an owner narrows name or tags | remove owner",
        ),
        ("soci: {concurrentDownloadChunkSize: 16MiB}", "it is no size of a part | write 16mb"),
        ("soci: {maxConcurrentUnpacksPerImage: 0}", "maxConcurrentUnpacksPerImage: the number 0 must be at least 1"),
        (
            "imagePull: standard, soci: {discardUnpackedLayers: false}",
            "soci: imagePull: standard makes no use of it | remove soci",
        ),
        ("os: al2023, localStorage: bootstrapCommands", "bootstrap commands exist on Bottlerocket alone"),
        ("placementGroup: {}", "placementGroup: exactly one of id and name says which group"),
        (
            "publicAddress: true, networkInterfaces: [{networkCardIndex: 0, deviceIndex: 0, interfaceType: interface}, "
            "{networkCardIndex: 1, deviceIndex: 0, interfaceType: efa-only}]",
            "publicAddress: EC2 gives no public address to an instance with several interfaces",
        ),
        ("metadataHopLimit: 65", "metadataHopLimit: the number 65 must be at most 64"),
        ("replicas: 2, weight: 5", "weight: a pool with replicas has no weight"),
        ("replicas: 2, limits: {cpu: 8}", "limits: a pool with replicas is limited by nodes alone, not by cpu"),
        ("capacity: [capacity-block]", "capacity: capacity capacity-block needs to know which reservations"),
    ],
)
def test_what_is_told(pool: str, expected: str) -> None:
    (line,) = told(f"components: {{karpenter: {{}}}}\nnodePools: [{{name: x, gpu: {{name: h100}}, {pool}}}]")
    assert expected in line


def test_pools_of_one_class_agree_on_everything_in_it() -> None:
    first = "{name: a, nodeClass: c}"
    other = "{name: b, nodeClass: c, ami: {release: v1.64.0}}"
    (line,) = told(f"components: {{karpenter: {{}}}}\nnodePools: [{first}, {other}]")
    assert "pools a and b share nodeClass c but differ in ami" in line


def test_a_local_zone_is_named_as_such() -> None:
    (line,) = told("components: {karpenter: {}}\nnodePools: [{name: x, zones: [us-west-2-lax-1a]}]")
    assert "us-west-2-lax-1a is a Local or Wavelength Zone" in line


@pytest.mark.parametrize(
    "group",
    ["taints: [{key: a, effect: PreferNoSchedule}]", "taints: [{key: a, effect: NoSchedule}]"],
)
def test_a_taint_that_coredns_bears_closes_no_group(group: str) -> None:
    addons = "addons: {coredns: {configuration: {tolerations: [{key: a, operator: Exists}]}}}"
    assert spec(f"{addons}\nnodeGroups: [{{name: g, instanceTypes: [m5.large], {group}}}]")
