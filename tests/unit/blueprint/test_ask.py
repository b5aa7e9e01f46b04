"""What a spec makes the probe find out."""

from pathlib import Path

import pytest

from eksgpu.blueprint.ask import ask
from eksgpu.facts.model import Ask
from eksgpu.spec.load import load, loads

EXAMPLE = Path(__file__).parents[3] / "examples/h100-spot.yaml"
HEAD = "apiVersion: eksgpu.dev/v1alpha1\nkind: GpuCluster\nmetadata: {name: demo, region: us-west-2}\nspec:\n"


def asked(body: str) -> Ask:
    return ask(loads(HEAD + body), ("ec2:CreateVpc",))


def test_the_h100_example() -> None:
    assert ask(load(EXAMPLE), ("ec2:CreateVpc",)) == Ask(
        cluster="h100-spot",
        version="1.35",
        newest_allowed="1.36",
        addons=("coredns", "kube-proxy", "vpc-cni", "eks-pod-identity-agent"),
        instance_types=("m5.large", "p5.48xlarge"),
        priced=("m5.large", "p5.48xlarge"),
        spot=True,
        actions=("ec2:CreateVpc",),
        systems=("al2023", "bottlerocket"),
    )


@pytest.mark.parametrize(
    ("components", "newest"),
    [
        ("{}", "1.37"),
        ("{awsLoadBalancerController: {}}", "1.37"),
        ("{karpenter: {}}", "1.36"),
        ("{karpenter: {version: 1.9.0}}", "1.35"),
        ("{karpenter: {version: 2.0.0}}", "1.37"),
    ],
)
def test_components_limit_the_version(components: str, newest: str) -> None:
    assert asked(f"  components: {components}\n").newest_allowed == newest


def test_addons_and_components_that_are_addons_are_asked_about_together() -> None:
    names = asked("  addons: {aws-ebs-csi-driver: {}}\n  components: {metricsServer: {}}\n").addons
    assert names[-2:] == ("aws-ebs-csi-driver", "metrics-server")
    assert len(names) == 6


@pytest.mark.parametrize(
    ("body", "spot"),
    [
        ("  {}\n", False),
        ("  nodeGroups: [{name: a, system: true, instanceTypes: [m5.large], capacity: spot}]\n", True),
        ("  nodePools: [{name: a, capacity: [on-demand]}]\n  components: {karpenter: {}}\n", False),
        ("  nodePools: [{name: a, capacity: [on-demand, spot]}]\n  components: {karpenter: {}}\n", True),
    ],
)
def test_spot_is_wanted_by_a_group_or_a_pool(body: str, spot: bool) -> None:
    assert asked(body).spot is spot


def test_sessions_in_access_are_looked_up() -> None:
    session = "arn:aws:sts::111122223333:assumed-role/Admin/me"
    body = (
        f"  access:\n    - {{principal: '{session}', policy: view}}\n"
        "    - {principal: 'arn:aws:iam::111122223333:role/Reader', policy: view}\n"
    )
    assert asked(body).principals == (session,)


def test_prices_are_asked_for_groups_first_and_for_two_types_at_most() -> None:
    body = (
        "  nodeGroups:\n"
        "    - {name: a, system: true, instanceTypes: [m5.large, m5.xlarge]}\n"
        "    - {name: b, instanceTypes: [c5.large, c5.4xlarge], capacity: spot}\n"
        "  nodePools: [{name: gpu, gpu: {name: h100}, capacity: [spot]}]\n"
        "  components: {karpenter: {}}\n"
    )
    assert asked(body).priced == ("m5.large", "c5.4xlarge")
