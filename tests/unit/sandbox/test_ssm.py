"""Parameter Store: the public parameters for node images, and own parameters as a lock would use them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from eksgpu.engine.clock import SteppedClock

AL2023 = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023"
BOTTLEROCKET = "/aws/service/bottlerocket/aws-k8s-1.35"


def value(ssm: Any, name: str) -> str:
    return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


@pytest.mark.parametrize(
    "name",
    [
        f"{AL2023}/x86_64/standard/recommended/image_id",
        f"{AL2023}/arm64/nvidia/recommended/image_id",
        f"{AL2023}/x86_64/neuron/recommended/image_id",
        "/aws/service/eks/optimized-ami/1.32/amazon-linux-2-gpu/recommended/image_id",
        f"{BOTTLEROCKET}/x86_64/latest/image_id",
        f"{BOTTLEROCKET}-nvidia/arm64/1.63.0/image_id",
        f"{BOTTLEROCKET}-nvidia-fips/x86_64/latest/image_id",
    ],
)
def test_images_have_ids(client: Any, name: str) -> None:
    assert value(client("ssm"), name).startswith("ami-")
    assert value(client("ssm"), name) != value(client("ssm", "us-east-1"), name)


@pytest.mark.parametrize(
    "name",
    [
        f"{AL2023}/arm64/neuron/recommended/image_id",
        "/aws/service/eks/optimized-ami/1.33/amazon-linux-2/recommended/image_id",
        "/aws/service/eks/optimized-ami/1.20/amazon-linux-2023/x86_64/standard/recommended/image_id",
        f"{BOTTLEROCKET}/x86_64/0.1.0/image_id",
    ],
)
def test_images_that_do_not_exist(client: Any, name: str) -> None:
    with pytest.raises(ClientError) as refused:
        value(client("ssm"), name)
    assert code(refused) == "ParameterNotFound"


def test_the_recommended_image_is_the_newest_pinned_one(client: Any) -> None:
    ssm, folder = client("ssm"), f"{AL2023}/x86_64/nvidia"
    pinned = f"{folder}/amazon-eks-node-al2023-x86_64-nvidia-1.35-v20261109"
    assert value(ssm, f"{pinned}/image_id") == value(ssm, f"{folder}/recommended/image_id")
    assert value(ssm, f"{folder}/recommended/release_version") == "1.35.6-20261109"
    assert value(ssm, f"{BOTTLEROCKET}/x86_64/latest/image_version") == "1.65.0-c41d07a9"


def test_several_at_once_public_and_own(client: Any) -> None:
    ssm = client("ssm")
    ssm.put_parameter(Name="/mine", Value="x", Type="String")
    public = f"{BOTTLEROCKET}/x86_64/latest/image_id"
    answer = ssm.get_parameters(Names=["/mine", public, "/none", f"{BOTTLEROCKET}/x86_64/none/image_id"])
    assert {row["Name"] for row in answer["Parameters"]} == {"/mine", public}
    assert set(answer["InvalidParameters"]) == {"/none", f"{BOTTLEROCKET}/x86_64/none/image_id"}


def test_public_parameters_by_path(client: Any) -> None:
    ssm = client("ssm")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=f"{AL2023}/x86_64", Recursive=True)
    names = [row["Name"] for page in pages for row in page["Parameters"]]
    assert len(names) == len(set(names)) > 10
    assert all(name.startswith(f"{AL2023}/x86_64/") for name in names)
    flat = ssm.get_parameters_by_path(Path=f"{AL2023}/x86_64/standard/recommended")["Parameters"]
    assert [row["Name"].rsplit("/", 1)[-1] for row in flat] == ["image_id", "image_name", "release_version"]


def test_own_parameters_are_created_once_and_count_their_versions(client: Any, clock: SteppedClock) -> None:
    ssm = client("ssm")
    lock = {"Name": "/eksgpu/demo/lock", "Type": "String"}
    assert ssm.put_parameter(**lock, Value="first")["Version"] == 1
    with pytest.raises(ClientError) as refused:
        ssm.put_parameter(**lock, Value="second", Overwrite=False)
    assert code(refused) == "ParameterAlreadyExists"
    assert value(ssm, lock["Name"]) == "first"
    versions = [ssm.put_parameter(**lock, Value=str(beat), Overwrite=True)["Version"] for beat in range(150)]
    assert versions == list(range(2, 152))
    assert ssm.get_parameter(Name=lock["Name"])["Parameter"]["Version"] == 151
    ssm.delete_parameter(Name=lock["Name"])
    with pytest.raises(ClientError) as refused:
        value(ssm, lock["Name"])
    assert code(refused) == "ParameterNotFound"
    assert ssm.put_parameter(**lock, Value="again")["Version"] == 1


def test_own_paths_do_not_mix(client: Any) -> None:
    ssm = client("ssm")
    for name in ("/eksgpu/a/lock", "/eksgpu/ab/lock", "/eksgpu/a/deep/er"):
        ssm.put_parameter(Name=name, Value="x", Type="String")
    flat = ssm.get_parameters_by_path(Path="/eksgpu/a")["Parameters"]
    assert [row["Name"] for row in flat] == ["/eksgpu/a/lock"]
    deep = ssm.get_parameters_by_path(Path="/eksgpu/a/", Recursive=True)["Parameters"]
    assert {row["Name"] for row in deep} == {"/eksgpu/a/lock", "/eksgpu/a/deep/er"}
    assert client("ssm", "eu-west-1").get_parameters_by_path(Path="/eksgpu", Recursive=True)["Parameters"] == []


def test_nobody_writes_public_parameters(client: Any) -> None:
    with pytest.raises(ClientError) as refused:
        client("ssm").put_parameter(Name=f"{BOTTLEROCKET}/x", Value="x", Type="String")
    assert code(refused) == "AccessDeniedException"
