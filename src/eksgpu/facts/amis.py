"""Machine images: the newest release of each operating system's own, as AWS's public parameters name it.

All variants of a release (architectures, NVIDIA) come out together, so the plain one on amd64 stands for them.
"""

import re
from collections.abc import Iterable, Mapping

from eksgpu.aws.run import AwsRun
from eksgpu.errors import NotFound

PERMISSIONS = frozenset({"ssm:GetParameter"})
_OPTIMIZED = "/aws/service/eks/optimized-ami"
# Operating system → the parameter for a Kubernetes version, and how its value holds the release.
_SOURCES: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "bottlerocket": (
        "/aws/service/bottlerocket/aws-k8s-{}/x86_64/latest/image_version",
        re.compile(r"(\d+\.\d+\.\d+)-\w+"),
    ),
    "al2023": (
        _OPTIMIZED + "/{}/amazon-linux-2023/x86_64/standard/recommended/release_version",
        re.compile(r"\d+\.\d+\.\d+-(\d{8})"),
    ),
}


def read_releases(run: AwsRun, kubernetes: str, systems: Iterable[str]) -> dict[str, str]:
    """Operating system → release, `v1.64.0` or `v20260714`; those that AWS names none for are left out. A call each."""
    wanted = tuple(systems)
    found = run.parallel(lambda system: _release(run, kubernetes, system), wanted)
    return {system: release for system, release in zip(wanted, found, strict=True) if release}


def _release(run: AwsRun, kubernetes: str, system: str) -> str:
    name, form = _SOURCES[system]
    try:
        answer = run.aws.ssm.get_parameter(Name=name.format(kubernetes))
    except NotFound:
        return ""
    found = form.fullmatch(answer["Parameter"]["Value"])
    return f"v{found[1]}" if found else ""
