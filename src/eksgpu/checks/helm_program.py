"""Whether the `helm` program is there, new enough, for the charts that the spec asks for."""

import re
import shutil
import subprocess
from collections.abc import Iterator

from .charts import charts
from .check import check
from .context import CheckContext
from .finding import Finding, Severity

OLDEST = (3, 13)  # the first with `--labels`, by which releases are marked as ours
_VERSION = re.compile(r"v?(\d+)\.(\d+)")


@check("helm-program", "the helm program is there for the charts that are wanted")
def helm_program(context: CheckContext) -> Iterator[Finding]:
    """Charts of third parties are installed by Helm itself, so that everybody finds an ordinary release afterwards."""
    wanted = [chart.name for chart, _ in charts(context.spec.spec.components)]
    if not wanted or context.helm_stands_in:
        return
    # Without it nothing can be done to charts; as long as nothing has to be, it is not missed.
    severity = Severity.ERROR if context.changing("helm_release") else Severity.WARNING
    oldest = ".".join(map(str, OLDEST))
    where, fix = "helm", f"install Helm {oldest} or newer (https://helm.sh/docs/intro/install) and have it on PATH"
    path = shutil.which("helm")
    if path is None:
        message = f"{', '.join(wanted)} need the helm program, and there is none on PATH"
        yield Finding("helm-program", severity, where, message, fix)
        return
    found = _version(path)
    if found is None:
        message = f"{path} does not tell its version: it may be broken, or another program"
        yield Finding("helm-program", severity, where, message, fix)
    elif found < OLDEST:
        message = f"{path} is version {found[0]}.{found[1]}; {', '.join(wanted)} need {oldest} or newer"
        yield Finding("helm-program", severity, where, message, fix)


def _version(path: str) -> tuple[int, int] | None:
    try:
        told = subprocess.run([path, "version", "--short"], capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.match(told.stdout.strip())
    return (int(found[1]), int(found[2])) if found else None
