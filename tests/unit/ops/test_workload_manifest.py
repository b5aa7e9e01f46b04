"""Shipped workloads and one's own, with values filled in."""

from pathlib import Path

import pytest

from eksgpu.errors import UsageError
from eksgpu.ops.workload_manifest import Wanted, Workload, filled, plain_name, shipped, workload


def test_without_wishes_the_file_stays_byte_for_byte() -> None:
    for given in shipped().values():
        assert filled(given, Wanted()).text == given.text
        assert given.about


def test_account_and_region_are_put_into_the_registrys_name() -> None:
    image = "999988887777.dkr.ecr.ap-northeast-1.amazonaws.com/wan2.1:v1"
    assert image in filled(workload("wan2.1-h100"), Wanted(account="999988887777", region="ap-northeast-1")).text
    china = filled(workload("wan2.1-h100"), Wanted(account="999988887777", region="cn-north-1")).text
    assert "999988887777.dkr.ecr.cn-north-1.amazonaws.com.cn/wan2.1:v1" in china
    assert "999988887777" not in filled(workload("vllm-h100"), Wanted(account="999988887777")).text


def test_wishes_change_what_they_name_and_keep_comments() -> None:
    made = filled(workload("vllm-h100"), Wanted(image="me/vllm:1", replicas=2, gpus=4, namespace="ml"))
    deployment, service = made.manifests
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert (container["image"], container["resources"]["limits"]) == ("me/vllm:1", {"nvidia.com/gpu": 4})
    assert "--tensor-parallel-size=4" in container["args"]
    assert deployment["spec"]["replicas"] == 2
    assert deployment["metadata"]["namespace"] == service["metadata"]["namespace"] == "ml"
    assert "# loading the model takes minutes" in made.text
    assert made.text.startswith("# An OpenAI-compatible server")


def test_replicas_of_a_job_are_its_pods() -> None:
    (job,) = filled(workload("gpu-smoke"), Wanted(replicas=3)).manifests
    assert (job["spec"]["parallelism"], job["spec"]["completions"]) == (3, 3)


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        (shipped()["inflate"].text, Wanted(gpus=2), "nothing in mine takes --gpus"),
        ("kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n", Wanted(image="x"), "nothing in mine takes --image"),
        ("a: [", Wanted(image="x"), "mine is no YAML"),
        ("a: 1", Wanted(image="x"), "without apiVersion, kind and metadata.name"),
        ("", Wanted(image="x"), "holds no object"),
    ],
)
def test_what_cannot_be_filled_is_said(text: str, wanted: Wanted, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        filled(Workload("mine", text), wanted)


def test_a_file_goes_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(shipped()["inflate"].text)
    assert workload(str(file)).name == plain_name(str(file)) == "mine"
    assert plain_name("wan2.1-h100") == "wan2.1-h100"
    with pytest.raises(UsageError, match="cannot read"):
        workload(str(tmp_path / "none.yaml"))


def test_a_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="no workload vlm") as refused:
        workload("vlm")
    assert refused.value.hint == "did you mean vllm-h100?"
