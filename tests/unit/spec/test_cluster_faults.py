"""What is told about parts that do not fit together: doubled names, nothing to run on, pools without Karpenter."""

import pytest

from tests.unit.spec.telling import spec, told

ROLE = "arn:aws:iam::111122223333:role/Admin"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "nodeGroups: [{name: a, system: true, instanceTypes: [m5.large]}, {name: a, instanceTypes: [m5.large]}]",
            "spec.nodeGroups[a].name: two node groups have the name a",
        ),
        (
            "nodePools: [{name: a}, {name: a}]\ncomponents: {karpenter: {}}",
            "spec.nodePools[a].name: two node pools have the name a",
        ),
        (
            f"access: [{{principal: '{ROLE}', policy: view}}, {{principal: '{ROLE}', policy: edit}}]",
            f"spec.access[1].principal: two access entries have the principal {ROLE}",
        ),
        (
            f"access: [{{principal: '{ROLE}'}}]",
            "spec.access[0]: neither policy nor groups is given: the principal could do",
        ),
        (
            f"access: [{{principal: '{ROLE}', groups: ['system:masters']}}]",
            "spec.access[0].groups[0]: EKS refuses groups that begin with system:",
        ),
        (
            "access: [{principal: 'arn:aws:iam::111122223333:root', policy: view}]",
            "is not valid: it is the ARN of no IAM role or user | it looks like arn:aws:iam::111122223333:role/Admin",
        ),
        ("nodePools: [{name: a}]", "spec.nodePools: node pools need Karpenter | add components: {karpenter: {}}"),
        (
            "nodeGroups: [{name: a, instanceTypes: [m5.large]}]\ncomponents: {karpenter: {}}",
            "spec.nodeGroups: no node group is marked for controllers: nothing could start"
            " | add system: true to one group, or leave nodeGroups out for two m5.large",
        ),
        (
            "nodeGroups: [{name: a, instanceTypes: [m5.large], desired: 0}]",
            "spec.nodeGroups: every node group is tainted or empty: CoreDNS would have no node to run on",
        ),
        (
            "nodeGroups: [{name: a, system: true, instanceTypes: [m5.large], desired: 0}]",
            "spec.nodeGroups[a].desired: the system group needs at least one node: nothing runs in the",
        ),
        (
            "nodePools: [{name: a, nodeClass: x}, {name: b, nodeClass: x, os: al2023}]\ncomponents: {karpenter: {}}",
            "spec.nodePools[b]: pools a and b share nodeClass x but differ in os | give one of them a",
        ),
        (
            "network: {zones: [us-west-2a, us-west-2b]}\nnodePools: [{name: a, zones: [us-west-2c]}]\n"
            "components: {karpenter: {}}",
            "spec.nodePools[a].zones[0]: us-west-2c is none of the cluster's zones (us-west-2a, us-west-2b)"
            " | add it to network.zones",
        ),
        (
            "addons: {aws-ebs-csi-drive: {}}",
            'spec.addons.aws-ebs-csi-drive: no EKS add-on is named "aws-ebs-csi-drive"'
            " | did you mean aws-ebs-csi-driver?",
        ),
        (
            "addons: {metrics-server: {}}\ncomponents: {metricsServer: {}}",
            "spec.addons.metrics-server: components.metricsServer installs it already | keep one of them",
        ),
        ("addons: {vpc-cni: {}}", "vpc-cni is in every cluster and has a key of its own | write vpcCni"),
        (
            "components: {karpenter: {version: v1.14.1}}",
            "it is no chart version | write the version without v, as in 1.14.1",
        ),
    ],
)
def test_parts_that_do_not_fit(body: str, expected: str) -> None:
    (fault,) = told(body)
    assert expected in fault


def test_an_addon_that_the_catalogue_does_not_know_is_left_to_eks() -> None:
    assert "acme_scanner" in spec("addons: {acme_scanner: {version: v1.0.0}}").spec.addons.by_name


def test_assumed_roles_are_read() -> None:
    principal = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/me@example.com"
    (entry,) = spec(f"access: [{{principal: '{principal}', policy: clusterAdmin}}]").spec.access
    assert entry.principal == principal
