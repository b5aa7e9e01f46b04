"""`amiType` of node groups: every name of EKS is understood, or refused with the reason."""

import botocore.session
import pytest

from eksgpu.catalog import ami_type
from eksgpu.spec.models import NodeGroup
from tests.unit.spec.telling import spec, told

MACHINES = {
    ("amd64", "none"): "m5.large",
    ("arm64", "none"): "m7g.large",
    ("amd64", "nvidia"): "g5.xlarge",
    ("arm64", "nvidia"): "g5g.xlarge",
    ("amd64", "neuron"): "inf2.xlarge",
}


def group(body: str) -> NodeGroup:
    return spec(f"nodeGroups: [{{name: system, system: true, {body}}}]").spec.node_groups[0]


def test_every_name_that_eks_knows_is_known() -> None:
    shape = botocore.session.get_session().get_service_model("eks").shape_for("AMITypes")
    known = {*ami_type.ami_types(), *ami_type.ended()}
    assert {name for name in shape.enum if not ami_type.refused(name)} == known
    assert {name for name in shape.enum if ami_type.refused(name)} >= {"CUSTOM", "WINDOWS_CORE_2022_x86_64"}


@pytest.mark.parametrize("name", [*ami_type.ami_types(), *ami_type.ended()])
def test_each_name_fits_its_machines_and_says_the_system(name: str) -> None:
    image = ami_type.current(name)
    for serves in image.serves:
        found = group(f"instanceTypes: [{MACHINES[image.arch, serves]}], amiType: {name}")
        assert (found.ami_type, found.image, found.os) == (name, image.name, image.os)


@pytest.mark.parametrize(
    ("body", "image"),
    [
        ("instanceTypes: [m7g.large]", "AL2023_ARM_64_STANDARD"),
        ("instanceTypes: [g5.xlarge], os: bottlerocket", "BOTTLEROCKET_x86_64_NVIDIA"),
        ("instanceTypes: [inf2.xlarge], os: bottlerocket", "BOTTLEROCKET_x86_64"),
        ("instanceTypes: [inf2.xlarge]", "AL2023_x86_64_NEURON"),
    ],
)
def test_without_it_the_image_follows(body: str, image: str) -> None:
    assert group(body).image == image


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "instanceTypes: [m7g.large], amiType: AL2_ARM_64, os: bottlerocket",
            "AL2_ARM_64 is an image of al2023; os says bottlerocket"
            " | remove os, or write BOTTLEROCKET_ARM_64, or leave amiType out",
        ),
        (
            "instanceTypes: [m5.large], amiType: AL2_ARM_64",
            "AL2_ARM_64 is for arm64; m5.large is amd64 | write AL2023_x86_64_STANDARD, or leave amiType out",
        ),
        (
            "instanceTypes: [g5.xlarge], amiType: AL2023_x86_64_STANDARD",
            "AL2023_x86_64_STANDARD has no drivers for NVIDIA's GPUs, which g5.xlarge has"
            " | write AL2023_x86_64_NVIDIA, or leave amiType out",
        ),
        (
            "instanceTypes: [m5.large], amiType: AL2023_x86_64_NVIDIA",
            "AL2023_x86_64_NVIDIA is for NVIDIA's GPUs; m5.large has none | write AL2023_x86_64_STANDARD",
        ),
        ("instanceTypes: [m5.large], amiType: CUSTOM", "CUSTOM is not offered: it stands for an image of your own"),
        (
            "instanceTypes: [m5.large], amiType: WINDOWS_CORE_2022_x86_64",
            "WINDOWS_CORE_2022_x86_64 is not offered: nodes of this program run Linux",
        ),
        (
            "instanceTypes: [m5.large], amiType: AL2023_X86_64_STANDAR",
            'EKS has no AMI type "AL2023_X86_64_STANDAR" | did you mean AL2023_x86_64_STANDARD?',
        ),
    ],
)
def test_what_contradicts_itself_is_refused_at_its_place(body: str, expected: str) -> None:
    (fault,) = told(f"nodeGroups:\n  - {{name: system, system: true, {body}}}")
    assert fault.startswith("demo.yaml:6:")
    assert f"spec.nodeGroups[system].amiType: {expected}" in fault
