"""What is told about the VPC, its zones and subnets, the endpoint and the keys of encryption."""

import pytest

from tests.unit.spec.telling import spec, told

ZONES = ", ".join(f"us-west-2{letter}" for letter in "abcdefghi")


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        ("cidr: 10.0.0.1/16", '10.0.0.1/16" has bits set beyond its prefix | the network is 10.0.0.0/16'),
        ("cidr: 10.0.0.0/33", 'cidr: "10.0.0.0/33" is not an IPv4 network such as 10.0.0.0/16'),
        ("cidr: 10.0.0.0/8", "cidr: a VPC is a /16 to a /28; 10.0.0.0/8 is a /8 | use a /16, such as 10.0.0.0/16"),
        (
            "cidr: 10.0.0.0/24",
            "cidr: 10.0.0.0/24 is too small for the subnet plan: eight zones of three subnets need a /20 or larger"
            " | use 10.0.0.0/20",
        ),
        ("zones: 9", "zones: 9 zones are too many: the subnet plan has room for 8 | write zones: 8"),
        (f"zones: [{ZONES}]", "zones: 9 zones are too many: the subnet plan has room for 8 | leave out 1"),
        ("zones: 1", "zones: EKS needs at least 2 zones; 1 given | use zones: all"),
        ("zones: [us-west-2a, us-west-2a]", "zones[1]: us-west-2a is listed twice"),
        ("zones: [us-west-2a, us-east-1a]", "zones[1]: us-east-1a is not in region us-west-2"),
        (
            "zones: [us-west-2a, b]",
            'zones[1]: "b" is not valid: no availability zone is named so | a zone looks like us-west-2a',
        ),
        ("natGateways: two", 'natGateways: "two" must be single, perZone or none'),
        (
            "publicSubnets: [10.0.1.0/24], privateSubnets: [10.0.10.0/24, 10.0.20.0/24]",
            "publicSubnets: 1 public and 2 private subnets given; each zone needs one of each",
        ),
        (
            "zones: [us-west-2a, us-west-2b, us-west-2c], publicSubnets: [10.0.1.0/24, 10.0.2.0/24], "
            "privateSubnets: [10.0.10.0/24, 10.0.20.0/24]",
            "privateSubnets: 2 subnets for 3 zones; each zone needs one",
        ),
        (
            "publicSubnets: [10.0.1.0/24, 10.0.2.0/24], privateSubnets: [10.0.2.0/23, 10.0.20.0/24]",
            "privateSubnets[0]: 10.0.2.0/23 overlaps 10.0.2.0/24 | give every subnet addresses of its own",
        ),
        (
            "publicSubnets: [10.0.1.0/24, 10.1.2.0/24], privateSubnets: [10.0.10.0/24, 10.0.20.0/24]",
            "publicSubnets[1]: 10.1.2.0/24 lies outside the VPC's 10.0.0.0/16 | choose a part of it, or widen cidr",
        ),
        (
            "publicSubnets: [10.0.1.0/29, 10.0.2.0/24], privateSubnets: [10.0.10.0/24, 10.0.20.0/24]",
            "publicSubnets[0]: a subnet is a /16 to a /28; 10.0.1.0/29 is a /29",
        ),
        ("serviceCidr: 10.0.128.0/20", "serviceCidr: 10.0.128.0/20 overlaps the VPC's 10.0.0.0/16 | leave it out"),
        ("serviceCidr: 8.8.0.0/16", "serviceCidr: 8.8.0.0/16 must be a private /12 to /24"),
        ("vpc: mine", 'vpc: "mine" must be default'),
        (
            "vpc: default, cidr: 10.0.0.0/16",
            "cidr: a VPC that is there already has its own | remove cidr, or vpc",
        ),
        (
            "vpc: {id: vpc-1, subnets: [subnet-0a1b2c3d4e5f67890]}",
            'vpc.id: "vpc-1" is not valid: it is no VPC id | a VPC id looks like vpc-0a1b2c3d4e5f67890',
        ),
        (
            "vpc: {id: vpc-0a1b2c3d4e5f67890, subnets: [subnet-0a1b2c3d4e5f67890]}",
            "vpc.subnets: EKS needs subnets in at least 2 zones; 1 given",
        ),
    ],
)
def test_network(network: str, expected: str) -> None:
    (fault,) = told(f"network: {{{network}}}")
    assert fault.endswith(expected)
    assert "spec.network." in fault


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "endpointAccess: {public: false, private: false}",
            "endpointAccess: public and private are both false: nothing could reach the cluster | set private: true",
        ),
        (
            "endpointAccess: {public: false, publicCidrs: [1.2.3.0/24]}",
            "endpointAccess.publicCidrs: there is no public endpoint to limit | remove publicCidrs, or",
        ),
        ("endpointAccess: {publicCidrs: []}", "endpointAccess.publicCidrs: EKS takes 1 to 40 networks; 0 given"),
        (
            "secretsEncryption: {kmsKey: mine}",
            'secretsEncryption.kmsKey: "mine" is not valid: it must be create, none or the ARN of a KMS key'
            " | an ARN looks like arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
        (
            "secretsEncryption: {deletionWindowDays: 3}",
            "secretsEncryption.deletionWindowDays: KMS waits 7 to 30 days; 3 given",
        ),
        (
            "logging: {retentionDays: 100}",
            "logging.retentionDays: CloudWatch Logs does not keep logs for 100 days | the nearest period it has is 90",
        ),
        (
            "controlPlane: {scheduler: {weights: {cpu: 1}}}",
            "controlPlane.scheduler.weights: weights do nothing without packing | add packing: MostAllocated",
        ),
        (
            "controlPlane: {scheduler: {packing: MostAllocated, weights: {nvidia.com/gpu: 101}}}",
            'controlPlane.scheduler.weights["nvidia.com/gpu"]: the number 101 must be at most 100',
        ),
        (
            "controlPlane: {tier: xl}",
            'controlPlane.tier: "xl" must be standard, tier-xl, tier-2xl, tier-4xl or tier-8xl',
        ),
    ],
)
def test_control_plane(body: str, expected: str) -> None:
    (fault,) = told(body)
    assert fault.partition("spec.")[2].startswith(expected)


def test_explicit_subnets_may_lie_in_a_small_vpc() -> None:
    network = spec(
        "network: {cidr: 10.0.0.0/24, zones: 2, publicSubnets: [10.0.0.0/28, 10.0.0.16/28], "
        "privateSubnets: [10.0.0.64/26, 10.0.0.128/26]}"
    ).spec.network
    assert [str(cidr) for cidr in network.private_subnets] == ["10.0.0.64/26", "10.0.0.128/26"]


def test_a_vpc_that_is_there_already() -> None:
    network = spec("network: {vpc: default}").spec.network
    assert network.vpc == "default"
