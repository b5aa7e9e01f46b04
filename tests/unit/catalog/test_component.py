"""Components and the Kubernetes versions they work on."""

import pytest

from eksgpu.catalog import kubernetes
from eksgpu.catalog.component import addons, components, newest_supported


def test_pinned_versions() -> None:
    assert {name: item.version for name, item in components().items()} == {
        "karpenter": "1.14.1",
        "awsLoadBalancerController": "3.5.0",
    }


@pytest.mark.parametrize(
    ("version", "release", "works"),
    [
        ("1.36", None, True),
        ("1.37", None, False),
        ("1.25", None, False),
        ("1.35", "1.9.0", True),
        ("1.35", "1.8.4", False),
        ("1.36", "1.12.0", False),
        ("1.37", "1.15.0", True),
    ],
)
def test_karpenter_declares_what_it_works_on(version: str, release: str | None, works: bool) -> None:
    assert components()["karpenter"].supports(version, release) is works


def test_newest_version_that_every_component_supports() -> None:
    offered = [item.version for item in kubernetes.creatable()]
    assert newest_supported(["karpenter", "metricsServer"], offered) == "1.36"
    assert newest_supported([], offered) == "1.37"
    assert newest_supported(["karpenter"], ["1.37"]) is None


def test_core_addons() -> None:
    core = [name for name, addon in addons().items() if addon.core]
    assert core == ["vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns"]
    assert addons()["aws-ebs-csi-driver"].policies == ("service-role/AmazonEBSCSIDriverPolicy",)
