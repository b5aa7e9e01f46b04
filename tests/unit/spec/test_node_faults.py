"""What is told about node groups, node pools, disks, taints and what runs on them."""

import pytest

from tests.unit.spec.telling import told

SYSTEM = "{name: system, system: true, instanceTypes: [m5.large], desired: 2}"


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("instanceTypes: [m5.larg]", 'instanceTypes[0]: no instance type is named "m5.larg" | did you mean m5.large?'),
        ("instanceTypes: [foo]", 'instanceTypes[0]: no instance type is named "foo"'),
        (
            "instanceTypes: [p3.8xlarge]",
            "instanceTypes[0]: p3.8xlarge (4x V100, 16 GiB each) can no longer be started: AWS withdrew P3; four GPUs "
            "are found in G6e and G6, and V100 itself in P3dn alone | use g6e.12xlarge, g6.12xlarge or p3dn.24xlarge",
        ),
        (
            "instanceTypes: [m5.large, m7g.large]",
            "instanceTypes[1]: m7g.large is arm64, m5.large is amd64: one image cannot serve both"
            " | make a node group for each architecture",
        ),
        ("instanceTypes: []", "instanceTypes: EKS takes 1 to 20 instance types; 0 given"),
        ("instanceTypes: [m5.large], min: 3, desired: 2", "min: min 3 is more than desired 2"),
        ("instanceTypes: [m5.large], max: 1, desired: 2", "max: max 1 is less than desired 2"),
        ("instanceTypes: [m5.large], max: 0, desired: 0", "max: the number 0 must be at least 1"),
        ("instanceTypes: [m5.large], os: al2", 'os: "al2" must be al2023 or bottlerocket | did you mean al2023?'),
        ("instanceTypes: [m5.large], capacity: sport", "or reserved | did you mean spot?"),
        (
            "instanceTypes: [m5.large], labels: {karpenter.sh/x: a}",
            'labels: label "karpenter.sh/x" is reserved: labels under karpenter.sh/ are set by the program',
        ),
        ("instanceTypes: [m5.large], labels: {a: b c}", 'labels: label "a" has the value "b c", which is not valid in'),
        (
            "instanceTypes: [m5.large], labels: {gpu: true}",
            'labels.gpu: the boolean true must be a string | write "true"',
        ),
        (
            "instanceTypes: [m5.large], taints: [{key: a b, effect: NoExecute}]",
            'taint key "a b" is not valid in Kubernetes',
        ),
        ("instanceTypes: [m5.large], taints: [{key: a, effect: NO_SCHEDUL}]", "did you mean NoSchedule?"),
        ("instanceTypes: [m5.large], disk: {size: 100}", "disk.size: the number 100 must be a size with its unit"),
        ("instanceTypes: [m5.large], disk: {size: 100GB}", "disk.size: 100G is no whole number of GiB | write 93Gi"),
        (
            "instanceTypes: [m5.large], disk: {size: 70000Gi}",
            "disk.size: gp3 volumes have 1 to 65536 GiB; 70000Gi given",
        ),
        (
            "instanceTypes: [m5.large], disk: {type: gp2, iops: 4000}",
            "disk.iops: gp2 volumes have no iops to set | remove",
        ),
        ("instanceTypes: [m5.large], disk: {iops: 100}", "disk.iops: gp3 volumes take 3000 to 80000 iops; 100 given"),
        ("instanceTypes: [m5.large], disk: {type: io2}", "disk: io2 volumes need iops | add iops: 3000"),
        (
            "instanceTypes: [m5.large], disk: {throughput: 1000}",
            "disk.throughput: 1000 MiB/s need 4000 iops: gp3 gives at most a quarter MiB/s for each | set iops: 4000",
        ),
        ("instanceTypes: [m5.large], zones: [eu-west-1a]", "zones[0]: eu-west-1a is not in region us-west-2"),
    ],
)
def test_node_group(group: str, expected: str) -> None:
    (fault,) = told(f"nodeGroups: [{SYSTEM}, {{name: g, {group}}}]")
    assert expected in fault
    assert "spec.nodeGroups[g]" in fault


@pytest.mark.parametrize(
    ("pool", "expected"),
    [
        ("gpu: {name: h10}", 'gpu.name: no GPU of EC2 is named "h10" (catalogue of 2026-11-22) | did you mean h100?'),
        ("gpu: {name: h100, count: 4}", "gpu.count: no instance type has 4 h100 GPUs | there are types with 1 or 8"),
        ("gpu: {name: a100, memory: 24Gi}", "gpu.memory: no a100 on EC2 has 24Gi of memory | it has 40Gi or 80Gi"),
        ("instanceFamilies: [g5x]", 'instanceFamilies[0]: no instance family is named "g5x" | did you mean'),
        (
            "instanceCategories: [q]",
            'instanceCategories[0]: no instance category is named "q" | categories are a, c, d,',
        ),
        ("instanceTypes: [g5.xlarge], arch: arm64", "g5.xlarge would fit but for arch"),
        (
            "gpu: {name: h100}, vcpus: {max: 8}",
            "[p]: no instance type fits: the fields exclude each other | p5.4xlarge",
        ),
        ("gpu: {name: gb200}, capacity: [spot]", "p6e-gb200.36xlarge would fit but for capacity"),
        ("vcpus: {min: 8, max: 4}", "vcpus.min: min 8 is more than max 4"),
        (
            "vcpus: 4",
            "vcpus: the number 4 is not possible: it must be a list of numbers, or a mapping with min and max",
        ),
        ("capacity: []", "capacity: the list is empty: no instance could be bought | write [on-demand]"),
        (
            "capacity: [reserved]",
            "capacity: capacity reserved needs to know which reservations | add reservations: [{id",
        ),
        (
            "reservations: [{id: cr-0a1b2c3d4e5f67890}]",
            "reservations: reservations are used by capacity reserved alone",
        ),
        ("limits: {gpu: 8}", 'limits.gpu: Kubernetes has no resource named "gpu" | write nvidia.com/gpu'),
        ("limits: none", 'limits: "none" must be unlimited'),
        ("limits: {cpu: lots}", 'limits.cpu: "lots" is not a quantity such as 1000, 500m or 100Gi'),
        ("expireAfter: 30d", 'expireAfter: "30d" is not a duration such as 30s, 5m or 720h'),
        ("disruption: {budgets: [{nodes: '200%'}]}", 'budgets[0].nodes: "200%" is not valid: it is no number of nodes'),
        ("disruption: {budgets: [{schedule: '@daily'}]}", "budgets[0]: schedule and duration go together | give both"),
        ("os: al2023, localStorage: bootstrapCommands", "localStorage: bootstrap commands exist on Bottlerocket alone"),
        ("requirements: [{key: a, operator: In}]", "requirements[0].operator: In needs values"),
        ("requirements: [{key: a, operator: Gt, values: [x]}]", "values: Gt takes one whole number, in quotes"),
        ("weight: 0", "weight: the number 0 must be at least 1"),
        ("tags: {'aws:a': b}", 'tags: tag "aws:a" is reserved: keys that begin with aws: belong to AWS'),
        ("name: Q", 'name: "Q" is not valid: a name in Kubernetes has at most 63 lower-case letters, digits and'),
    ],
)
def test_node_pool(pool: str, expected: str) -> None:
    name = "" if "name: Q" in pool else "name: p, "
    (fault,) = told(f"nodePools: [{{{name}{pool}}}]\ncomponents: {{karpenter: {{}}}}")
    assert expected in fault


def test_tags_of_ours_are_reserved() -> None:
    (fault,) = told("{}", "metadata.tags={eksgpu.dev/cluster: x}")
    assert fault == (
        '--set metadata.tags: metadata.tags: tag "eksgpu.dev/cluster" is reserved: keys that begin with eksgpu.dev/ '
        "belong to eksgpu, which finds its own resources by them | rename the tag"
    )


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (
            '"1.30"',
            "EKS no longer creates Kubernetes 1.30: its extended support ended on 2026-07-23 | the nearest that EKS "
            'creates is "1.31" (extended support, until 2026-11-26); best is "1.36"',
        ),
        (
            '"1.28"',
            "EKS no longer creates Kubernetes 1.28: its extended support ended on 2025-11-26 | the nearest that EKS "
            'creates is "1.31" (extended support, until 2026-11-26); best is "1.36"',
        ),
        (
            '"1.21"',
            'EKS no longer creates Kubernetes 1.21 | the nearest that EKS creates is "1.31" (extended support, '
            'until 2026-11-26); best is "1.36"',
        ),
        ("v1.35", '"v1.35" is no Kubernetes version | write one such as "1.35", in quotes'),
    ],
)
def test_version(version: str, expected: str) -> None:
    assert told(f"version: {version}") == [f"demo.yaml:5:12: spec.version: {expected}"]
