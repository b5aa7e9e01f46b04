"""Whether what the cluster lives on runs: the charts' Deployments, CoreDNS, networking, and the rest of kube-system."""

from collections.abc import Iterator

from pydantic.alias_generators import to_snake

from eksgpu.engine.resource import State
from eksgpu.kube.names import GroupKind
from eksgpu.kube.readiness import readiness

from .charts import charts
from .check import check
from .context import VerifyContext
from .finding import Finding, Severity
from .live_cluster import Object

ID = "controllers-ready"
SYSTEM = "kube-system"
_RELEASE = "meta.helm.sh/release-name"
_DEPLOYMENT, _DAEMON_SET = GroupKind("Deployment", "apps"), GroupKind("DaemonSet", "apps")


@check(ID, "every controller of the cluster runs", stage="verify")
def controllers_ready(context: VerifyContext) -> Iterator[Finding]:
    """Without CoreDNS no name is found, without the VPC CNI no pod gets an address, without Karpenter no node comes,
    without the load balancer controller no Service is reached.
    """
    cluster = context.cluster
    namespaces = {SYSTEM, *(namespace for _, namespace in _wanted(context))}
    for group_kind, objects in ((_DEPLOYMENT, cluster.deployments), (_DAEMON_SET, cluster.daemon_sets)):
        for found in objects:
            if found["metadata"]["namespace"] in namespaces:
                yield from _ready(group_kind, found)
    there = {_release(found) for found in cluster.deployments}
    for release, namespace in _wanted(context):
        if (release, namespace) not in there:
            message = f"the spec has the component, and {namespace} has no Deployment of release {release}"
            yield Finding(ID, Severity.ERROR, f"deployment {namespace}/{release}", message, "run eksgpu apply")


def _wanted(context: VerifyContext) -> Iterator[tuple[str, str]]:
    """Release and namespace of every chart that the spec asks for."""
    components = context.spec.spec.components
    for chart, _ in charts(components):
        yield chart.chart.rpartition("/")[2], getattr(components, to_snake(chart.name)).namespace


def _release(found: Object) -> tuple[str, str]:
    annotations = found["metadata"].get("annotations") or {}
    return annotations.get(_RELEASE, found["metadata"]["name"]), found["metadata"]["namespace"]


def _ready(group_kind: GroupKind, found: Object) -> Iterator[Finding]:
    state, why = readiness(group_kind, found)
    if state is State.READY or state is State.DELETING:
        return
    metadata, kind = found["metadata"], group_kind.kind.lower()
    where = f"{kind} {metadata['namespace']}/{metadata['name']}"
    fix = f"kubectl describe {kind} -n {metadata['namespace']} {metadata['name']}"
    yield Finding(ID, Severity.ERROR, where, f"it is not ready: {why}", fix)
