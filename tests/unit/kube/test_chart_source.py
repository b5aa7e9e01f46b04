"""Where charts come from, as arguments for helm."""

import subprocess
from pathlib import Path

import pytest

from eksgpu.errors import EksgpuError
from eksgpu.kube.chart_source import chart_arguments


def test_repository_registry_and_directory(tmp_path: Path) -> None:
    assert chart_arguments("web", "https://charts.example.com", "1.0.0", tmp_path) == [
        "web", "--repo", "https://charts.example.com", "--version", "1.0.0",
    ]  # fmt: skip
    private = "oci://111122223333.dkr.ecr.us-west-2.amazonaws.com/web"
    assert chart_arguments("web", private, "1.0.0", tmp_path) == [private, "--version", "1.0.0"]
    assert chart_arguments("web", "./charts/web", None, tmp_path) == ["./charts/web"]


def test_the_public_registry_is_asked_without_a_login(tmp_path: Path) -> None:
    source = "oci://public.ecr.aws/karpenter/karpenter"
    arguments = chart_arguments("karpenter", source, "1.14.1", tmp_path)
    config = Path(arguments[arguments.index("--registry-config") + 1])
    assert not config.exists()


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_git_at_a_commit(tmp_path: Path) -> None:
    origin, place = tmp_path / "origin", tmp_path / "place"
    place.mkdir()
    (origin / "charts/web").mkdir(parents=True)
    chart = origin / "charts/web/Chart.yaml"
    git(origin, "init", "--quiet")
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    commits = []
    for version in ("1.0.0", "2.0.0"):
        chart.write_text(f"name: web\nversion: {version}\n")
        git(origin, "add", ".")
        git(origin, "commit", "--quiet", "-m", version)
        commits.append(git(origin, "rev-parse", "HEAD"))
    (found,) = chart_arguments("web", f"git+file://{origin}@{commits[0]}//charts/web", None, place)
    assert "1.0.0" in (Path(found) / "Chart.yaml").read_text()


def test_git_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EksgpuError, match="cannot fetch abcdef0"):
        chart_arguments("web", f"git+file://{tmp_path}/none@abcdef0//x", None, tmp_path)
