"""What became of the GPU smoke pods: the judgement alone; whoever verifies has run them before."""

from collections.abc import Iterator

from .check import check
from .context import Smoke, VerifyContext
from .finding import Finding, Severity

ID = "gpu-smoke"


@check(ID, "a pod of every GPU pool sees its GPU", stage="verify")
def gpu_smoke(context: VerifyContext) -> Iterator[Finding]:
    """The whole way at once: a node comes, its driver loads, its plugin advertises, its runtime hands a GPU into a
    container, and nvidia-smi finds it there. Nothing short of a pod that ran proves it.
    """
    for smoke in context.smokes:
        if smoke.state != "done":
            yield Finding(ID, Severity.ERROR, smoke.pool, _message(smoke), _fix(smoke))


def _message(smoke: Smoke) -> str:
    if smoke.state == "waiting":
        return f"the smoke pod did not end in {smoke.seconds:.0f} s: {smoke.why or 'nobody says why'}"
    last = smoke.log.strip().splitlines()[-1:]
    return f"the smoke pod failed: {'; '.join([smoke.why, *last]).strip('; ')}"


def _fix(smoke: Smoke) -> str:
    if smoke.state == "waiting":
        return "where capacity is short, try other zones, types or capacity; or give it longer with --timeout"
    return f"kubectl describe node {smoke.node}: look at the driver and the device plugin" if smoke.node else ""
