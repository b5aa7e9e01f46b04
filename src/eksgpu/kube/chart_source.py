"""Where a chart comes from, as arguments for the helm program: a repository, a registry, a directory, git at a commit.

```
https://charts.example.com                    a repository; the chart is named beside it
oci://public.ecr.aws/karpenter/karpenter      a registry; the reference holds the chart's name
./charts/mine                                 a directory
git+https://host/owner/repo@COMMIT//path      a directory of a git repository at one commit
```
"""

import re
import shutil
import subprocess
from pathlib import Path

from eksgpu.errors import EksgpuError

GIT = re.compile(r"git\+(?P<url>.+?)@(?P<commit>[0-9a-f]{7,64})//(?P<path>.*)")
PUBLIC_ECR = "oci://public.ecr.aws/"


def chart_arguments(chart: str, source: str, version: str | None, folder: Path) -> list[str]:
    """The arguments that name a chart. `folder` is a place for what has to be fetched first.

    Raises EksgpuError when a git source cannot be fetched.
    """
    pinned = ["--version", version] if version else []
    if source.startswith("oci://"):
        # A stale login makes this registry refuse what it gives to everybody: ask it without any.
        anonymous = ["--registry-config", str(folder / "registry.json")] if source.startswith(PUBLIC_ECR) else []
        return [source, *pinned, *anonymous]
    if source.startswith(("https://", "http://")):
        return [chart, "--repo", source, *pinned]
    git = GIT.fullmatch(source)
    if git is not None:
        return [str(_fetched(git["url"], git["commit"], folder / "source") / git["path"])]
    return [source]


def _fetched(url: str, commit: str, folder: Path) -> Path:
    git = shutil.which("git")
    if git is None:
        raise EksgpuError(f"the chart at {url} needs the git program, and there is none on the PATH")
    folder.mkdir()
    steps = (
        ["init", "--quiet"],
        ["fetch", "--quiet", "--depth", "1", url, commit],
        ["checkout", "--quiet", "FETCH_HEAD"],
    )
    for step in steps:
        done = subprocess.run(  # noqa: S603  no shell
            [git, "-C", str(folder), *step], capture_output=True, text=True, check=False, timeout=300
        )
        if done.returncode != 0:
            raise EksgpuError(f"cannot fetch {commit} of {url}: git {step[0]}: {done.stderr.strip()}")
    return folder
