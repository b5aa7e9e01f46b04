"""How busy each GPU is, how much of its memory is taken and by whom: from the pages of DCGM's exporter.

Each exporter is asked through the API server, side by side. One that does not answer is a row that says why. It must
not know how any of it is shown.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eksgpu.checks.live_cluster import LiveCluster, Object
from eksgpu.components.dcgm_exporter import NAME, PATH, PORT
from eksgpu.errors import AnswerLost, CloudError, CredentialsError, Denied
from eksgpu.kube.api import KubeApi
from eksgpu.scheduling.pod import pod as parsed

from .dcgm_page import Reading, readings
from .nodes import NodesReport, gpus_of

_FORBIDDEN = "Forbidden"  # right after an access entry was made a refusal is no Denied yet
Parallel = Callable[[Callable[[Object], "NodeFigures"], Iterable[Object]], list["NodeFigures"]]


@dataclass(frozen=True)
class NodeFigures:
    """What the exporter of one node says.

    gpus:    by index; several with one index are MIG instances.
    problem: why there are none; "" when there are.
    denied:  the caller may not ask; `problem` names the missing right.
    """

    node: str
    gpus: tuple[Reading, ...] = ()
    problem: str = ""
    denied: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"node": self.node, "problem": self.problem, "gpus": [_gpu_json(one) for one in self.gpus]}


@dataclass(frozen=True)
class GpuFigures:
    """Of every node with an exporter. `shared`: nodes whose GPUs several pods use at once, whose figures nobody can
    split by pods.
    """

    nodes: tuple[NodeFigures, ...]
    shared: tuple[str, ...] = ()

    @property
    def denied(self) -> str:
        """Which right the caller lacks; "" where nothing was refused."""
        return next((one.problem for one in self.nodes if one.denied), "")

    def as_json(self) -> dict[str, Any]:
        return {"nodes": [one.as_json() for one in self.nodes], "notSplitByPod": list(self.shared)}


def gpu_figures(api: KubeApi, parallel: Parallel, cluster: LiveCluster, nodes: NodesReport) -> GpuFigures | None:
    """Ask every exporter; None where none is in the cluster."""
    exporters = [pod for pod in cluster.pods if _is_exporter(pod)]
    if not exporters:
        return None
    sliced = {row.name for row in nodes.nodes if row.slices}
    users = _users(cluster.pods)
    found = parallel(lambda pod: _asked(api, pod), exporters)
    figures = [_with_users(one, users) if one.node in sliced else one for one in found]
    return GpuFigures(
        nodes=tuple(sorted(figures, key=lambda one: one.node)),
        shared=tuple(sorted(one.node for one in found if one.gpus and one.node in sliced and not _cut(one))),
    )


def _is_exporter(pod: Object) -> bool:
    """By the chart's own label, which ours carry too."""
    labels = pod["metadata"].get("labels") or {}
    going = pod["metadata"].get("deletionTimestamp") or not (pod.get("spec") or {}).get("nodeName")
    return labels.get("app.kubernetes.io/name") == NAME and not going


def _asked(api: KubeApi, pod: Object) -> NodeFigures:
    node, meta = str(pod["spec"]["nodeName"]), pod["metadata"]
    phase = (pod.get("status") or {}).get("phase", "")
    if phase != "Running":
        return NodeFigures(node, problem=f"its exporter is {phase}")
    try:
        page = api.page(meta["namespace"], meta["name"], PORT, PATH)
        found = readings(page)
    except CredentialsError:
        raise
    except CloudError as error:
        if isinstance(error, Denied) or error.code == _FORBIDDEN:
            right = f"get pods/proxy in namespace {meta['namespace']}"
            return NodeFigures(node, problem=f"you lack the right to {right}", denied=True)
        return NodeFigures(node, problem=_why(error))
    except ValueError as error:
        return NodeFigures(node, problem=f"its exporter's page cannot be read: {error}")
    return NodeFigures(node, found, "" if found else "its exporter names no GPU")


def _why(error: CloudError) -> str:
    if isinstance(error, AnswerLost) and not error.code:
        return "its exporter does not answer"
    return error.message.removeprefix(f"{error.operation}: ")


def _users(pods: Sequence[Object]) -> Mapping[str, tuple[str, ...]]:
    """Node → the running pods there that asked for GPUs or slices."""
    found: dict[str, list[str]] = {}
    for pod in pods:
        running = (pod.get("status") or {}).get("phase") == "Running"
        if running and gpus_of(parsed(pod).requests):
            name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
            found.setdefault(str(pod["spec"].get("nodeName")), []).append(name)
    return {node: tuple(sorted(names)) for node, names in found.items()}


def _with_users(one: NodeFigures, users: Mapping[str, tuple[str, ...]]) -> NodeFigures:
    """Of the pods that share a GPU the exporter names one; on a node with one GPU all of them are known."""
    if len(one.gpus) != 1 or _cut(one):
        return one
    return replace(one, gpus=(replace(one.gpus[0], pods=users.get(one.node, ())),))


def _cut(one: NodeFigures) -> bool:
    return any(gpu.profile for gpu in one.gpus)


def _gpu_json(one: Reading) -> dict[str, Any]:
    return {
        "gpu": one.gpu,
        "model": one.model,
        "migProfile": one.profile,
        "utilisationPercent": one.busy,
        "memoryUsedMib": one.used_mib,
        "memoryTotalMib": one.total_mib,
        "pods": list(one.pods),
    }
