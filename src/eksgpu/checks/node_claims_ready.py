"""Whether the nodes that Karpenter has ordered arrive."""

from collections.abc import Iterator

from eksgpu.engine.resource import State
from eksgpu.kube.names import GroupKind
from eksgpu.kube.readiness import condition, readiness, words
from eksgpu.scheduling.labels import NODE_POOL

from .check import check
from .context import VerifyContext
from .finding import Finding, Severity
from .live_cluster import Object

ID = "node-claims-ready"
STEPS = ("Launched", "Registered", "Initialized", "Ready")
_CLAIM = GroupKind("NodeClaim", "karpenter.sh")


@check(ID, "every node that Karpenter ordered has arrived", stage="verify")
def node_claims_ready(context: VerifyContext) -> Iterator[Finding]:
    """A NodeClaim that was not launched found no capacity or no permission; one that does not register has no way to
    the API or no access entry; one that is not initialized waits for a taint to go or a device to be advertised.
    """
    for claim in context.cluster.node_claims:
        state, _ = readiness(_CLAIM, claim)
        if state in (State.READY, State.DELETING):
            continue
        name = claim["metadata"]["name"]
        pool = (claim["metadata"].get("labels") or {}).get(NODE_POOL, "")
        step = next((one for one in STEPS if condition(claim, one).get("status") != "True"), "Ready")
        seen = condition(claim, step)
        message = f"a node of pool {pool} is not {step} yet: {words(seen) or 'Karpenter has not said why'}"
        severity = _severity(claim, seen)
        yield Finding(ID, severity, f"nodeclaim {name}", message, f"kubectl describe nodeclaim {name}")


def _severity(claim: Object, seen: Object) -> Severity:
    """`False` is a refusal that Karpenter tells of, `Unknown` that it still waits: at last for a node that runs."""
    if seen.get("status") == "False":
        return Severity.ERROR
    return Severity.NOTE if condition(claim, "Registered").get("status") == "True" else Severity.WARNING
