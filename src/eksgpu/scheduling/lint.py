"""Would these manifests ever run on these pools? Says which taint, label, resource or limit is in the way. Row 000-21.

It looks at what is written alone: not at what is free at the moment, nor at other pods.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .images import Image
from .packing import Standing
from .pod import Pod, admitted, containers, pod, template
from .pool import Pool, Refusal, refusal
from .resources import NEURON, NVIDIA_GPU, extended, lacking
from .taints import untolerated

NO_POOL = "pod-no-pool"
LARGE_GB = 5.0
"""Above this a public registry's limits show."""

_IDS = {
    "taint": "pod-toleration",
    "label": "pod-node-selector",
    "resource": "pod-resource-name",
    "limit": "pool-limit",
}
_DEVICES = (NVIDIA_GPU, NEURON)
_NEAREST = ("limit", "taint", "label", "resource")


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to know about a manifest. `severity` is error (it never runs) or warning."""

    id: str
    severity: str
    where: str
    message: str
    hint: str


def lint(
    manifests: Iterable[Mapping[str, Any]],
    pools: Sequence[Pool],
    *,
    nodes: Sequence[Standing] = (),
    registry: str = "ACCOUNT.dkr.ecr.REGION.amazonaws.com",
) -> list[Advice]:
    """Everything worth saying, in the order of the manifests.

    nodes:    nodes of node groups, as they are when empty.
    registry: the account's own ECR registry, for the commands that copy an image there.
    """
    found: list[Advice] = []
    for manifest in manifests:
        inside = template(manifest)
        if inside is None:
            continue
        where = f"{manifest['kind']}/{(manifest.get('metadata') or {}).get('name', '')}"
        found += _placement(where, pod(inside), pools, nodes)
        found += _images(where, inside.get("spec") or {}, registry)
        found += _not_asked_for(where, str(manifest["kind"]), pod(inside))
    return found


def _placement(where: str, wanted: Pod, pools: Sequence[Pool], nodes: Sequence[Standing]) -> Iterator[Advice]:
    arriving = admitted(wanted)
    if any(_fits(arriving, node) for node in nodes):
        return
    refusals = [refusal(arriving, one) for one in pools]
    if None not in refusals:
        yield _never(where, arriving, [one for one in refusals if one is not None], pools)
    elif all(refusal(wanted, one) is not None for one in pools):
        devices = ", ".join(name for name in arriving.requests if extended(name))
        message = f"the pod has no toleration for the pool's taint; EKS adds one for {devices}, other clusters do not"
        yield Advice("pod-toleration-implicit", "warning", where, message, _toleration(devices))


def _never(where: str, wanted: Pod, refusals: Sequence[Refusal], pools: Sequence[Pool]) -> Advice:
    """Tell of the pool that comes closest: one that has the devices, and then the least in the way."""
    if not refusals:
        return Advice(NO_POOL, "error", where, "there is no pool that could make a node for it", "add a pool")
    devices = {name for name, count in wanted.requests.items() if count and extended(name)}
    having = {one.name for one in pools if _meant(one, devices)}
    nearest = min(refusals, key=lambda one: (one.pool not in having, _NEAREST.index(one.rule)))
    others = "".join(f"; pool {one.pool}: {one.message}" for one in refusals if one is not nearest)
    message = f"it would stay Pending for ever: pool {nearest.pool}: {nearest.message}{others}"
    return Advice(_IDS[nearest.rule], "error", where, message, _hint(nearest, pools))


def _meant(one: Pool, devices: Collection[str]) -> bool:
    """A pod without devices is not meant for a pool whose nodes are there for theirs."""
    return all(_has(one, name) for name in devices) if devices else not any(_has(one, name) for name in _DEVICES)


def _hint(why: Refusal, pools: Sequence[Pool]) -> str:
    if why.rule == "taint":
        return _toleration(why.what.partition("=")[0].partition(":")[0])
    if why.rule == "label":
        return f"change the pod's selector for {why.what}, or the pool's labels and requirements"
    if why.rule == "limit":
        return f"raise limits.{why.what} of pool {why.pool}"
    of = next(one for one in pools if one.name == why.pool)
    known = sorted({name for one in of.candidates for name in one.allocatable if extended(name)})
    if extended(why.what) and not _has(of, why.what):
        return f"device resources of pool {of.name}: {', '.join(known) or 'none'}"
    return f"ask for less {why.what}, or let the pool take larger types"


def _toleration(key: str) -> str:
    return f"add the toleration {{key: {key}, operator: Exists, effect: NoSchedule}}"


def _not_asked_for(where: str, kind: str, wanted: Pod) -> Iterator[Advice]:
    """A pod that means a GPU and asks for none. What runs on every node (plugins, exporters) means none."""
    meant = any(toleration.key == NVIDIA_GPU for toleration in wanted.tolerations)
    if kind == "DaemonSet" or not meant or any(extended(name) for name in wanted.requests):
        return
    message = (
        "it bears the taint of GPU nodes and asks for no GPU: it sees the node's GPUs only where the container runtime "
        "gives all of them to whoever sets NVIDIA_VISIBLE_DEVICES, and none where devices come by CDI or volume "
        "mounts; nothing keeps others off the GPUs that it uses"
    )
    yield Advice("pod-gpu-not-requested", "warning", where, message, f"add resources: {{limits: {{{NVIDIA_GPU}: 1}}}}")


def _images(where: str, spec: Mapping[str, Any], registry: str) -> Iterator[Advice]:
    for name in dict.fromkeys(str(container.get("image", "")) for container in containers(spec)):
        image = Image.parse(name)
        size = image.known_gb
        if size is None or size <= LARGE_GB or image.private_ecr:
            continue
        region = registry.split(".")[3]  # ACCOUNT.dkr.ecr.REGION.amazonaws.com
        private = f"{registry}/{image.short}:{image.tag}"
        yield Advice(
            "image-large-public",
            "warning",
            where,
            f"{name} has {size:g} GB and comes from {image.registry}: public registries limit the rate, and a private "
            "ECR repository in the cluster's region gave it four times as fast",
            f"aws ecr create-repository --repository-name {image.short} --region {region}; "
            f"aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {registry}; "
            f"docker pull {name}; docker tag {name} {private}; docker push {private}",
        )


def _fits(wanted: Pod, node: Standing) -> bool:
    if lacking(node.free, wanted.requests) or untolerated(node.taints, wanted.tolerations):
        return False
    return any(way.unmet(node.labels) is None for way in wanted.alternatives)


def _has(of: Pool, resource: str) -> bool:
    return any(one.allocatable.get(resource) for one in of.candidates)
