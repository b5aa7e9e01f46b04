"""Machine images: the newest release of each operating system's own, as AWS's public parameters name it.

All variants of a release (architectures, NVIDIA) come out together, so the plain one on amd64 stands for them.
"""

import re
from collections.abc import Iterable, Mapping

from eksgpu.aws.run import AwsRun

PERMISSIONS = frozenset({"ssm:GetParameters"})
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
    """Operating system → release as a node group takes it, `1.64.0-5e3b5a9c` or `1.35.6-20260714`. One call for all.

    Those that AWS names none for are left out.
    """
    names = {_SOURCES[system][0].format(kubernetes): system for system in systems}
    if not names:
        return {}
    answer = run.aws.ssm.get_parameters(Names=list(names))
    found = {names[item["Name"]]: str(item["Value"]) for item in answer["Parameters"]}
    return {system: value for system, value in found.items() if _SOURCES[system][1].fullmatch(value)}


def alias(system: str, release: str) -> str:
    """The same release as Karpenter writes it: `v1.64.0` or `v20260714`."""
    found = _SOURCES[system][1].fullmatch(release)
    assert found is not None, release
    return f"v{found[1]}"
