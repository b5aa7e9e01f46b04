"""A NodePool as the scheduler sees it, and why one would not take a pod."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .labels import NODE_POOL, WELL_KNOWN
from .offering import Candidate
from .pod import Pod
from .requirements import Requirement, Requirements
from .resources import CPU, Amounts, amounts, lacking, left, total
from .taints import Taint, untolerated


@dataclass(frozen=True)
class Refusal:
    """Why a pod gets no node from a pool. `rule` is taint, label, resource or limit; `what` names it."""

    pool: str
    rule: str
    what: str
    message: str


@dataclass(frozen=True)
class Pool:
    """One NodePool.

    requirements: of its nodes, its template's labels included.
    limits:       most that the pool may hold, `nodes` included; `used` is what it holds.
    daemons:      pods that every node runs besides.
    """

    name: str
    requirements: Requirements
    candidates: tuple[Candidate, ...]
    taints: tuple[Taint, ...] = ()
    weight: int = 0
    limits: Amounts = field(default_factory=dict)
    used: Amounts = field(default_factory=dict)
    daemons: tuple[Pod, ...] = ()

    @property
    def room(self) -> dict[str, int]:
        """What it may still take; only of resources that have a limit."""
        return {name: most - self.used.get(name, 0) for name, most in self.limits.items()}

    def overhead(self, requirements: Requirements) -> dict[str, int]:
        """What the daemons that run on such a node take of it."""
        running = (daemon for daemon in self.daemons if _comes(daemon, requirements, self.taints))
        return total(daemon.requests for daemon in running)


def pool(
    manifest: Mapping[str, Any],
    candidates: Iterable[Candidate],
    *,
    used: Amounts | None = None,
    daemons: tuple[Pod, ...] = (),
) -> Pool:
    """A NodePool's manifest, with the types that there are; those that its requirements exclude are left out."""
    name = manifest["metadata"]["name"]
    template = manifest["spec"]["template"]
    spec = template["spec"]
    wanted = Requirements.parse(spec["requirements"])
    labels = {**((template.get("metadata") or {}).get("labels") or {}), NODE_POOL: name}
    requirements = wanted.and_also(Requirements.labels(labels).values())
    return Pool(
        name=name,
        requirements=requirements,
        candidates=tuple(one for one in candidates if requirements.meets(one.requirements)),
        taints=tuple(Taint.parse(taint) for taint in spec.get("taints") or ()),
        weight=int(manifest["spec"].get("weight") or 0),
        limits=amounts(manifest["spec"].get("limits")),
        used=used or {},
        daemons=daemons,
    )


def refusal(wanted: Pod, of: Pool) -> Refusal | None:
    """Why the pool could not make a new node for this pod; None when it could."""
    taint = untolerated(of.taints, wanted.tolerations)
    if taint is not None:
        return Refusal(of.name, "taint", str(taint), f"the pod does not tolerate {taint}")
    reasons = [_one_way(wanted, alternative, of) for alternative in wanted.alternatives]
    return None if None in reasons else reasons[0]


def narrowed(given: Iterable[Candidate], requirements: Requirements, requests: Amounts) -> tuple[Candidate, ...]:
    """Those of the candidates that satisfy requirements, hold the requests and can be bought so."""
    return tuple(
        one
        for one in given
        if lacking(one.allocatable, requests) is None
        and requirements.meets(one.requirements)
        and any(sold(offering.zone, offering.capacity_type, requirements) for offering in one.offerings)
    )


def sold(zone: str, capacity_type: str, requirements: Requirements) -> bool:
    """May an instance of this zone and capacity type be taken?"""
    return _allowed(requirements, "topology.kubernetes.io/zone", zone) and _allowed(
        requirements, "karpenter.sh/capacity-type", capacity_type
    )


def _one_way(wanted: Pod, alternative: Requirements, of: Pool) -> Refusal | None:
    missing = of.requirements.refused(alternative, WELL_KNOWN)
    if missing is not None:
        return Refusal(of.name, "label", missing.key, _label_message(missing, of))
    both = of.requirements.and_also(alternative.values())
    labelled = [one for one in of.candidates if both.meets(one.requirements)]
    if not labelled:
        clash = _clash(of, alternative)
        return Refusal(of.name, "label", clash, f"no instance type of the pool has {alternative}")
    needed = total((wanted.requests, of.overhead(both)))
    enough = narrowed(labelled, both, needed)
    if not enough:
        short = lacking(_best(labelled), needed) or CPU
        return Refusal(of.name, "resource", short, _resource_message(short, needed, labelled))
    if not any(_within_limits(one, of.room) for one in enough):
        over = next(name for name in of.room if _over(enough[0], of.room, name))
        return Refusal(of.name, "limit", over, f"another node would pass the pool's limit of {over}")
    return None


def _label_message(missing: Requirement, of: Pool) -> str:
    had = of.requirements.get(missing.key)
    if had is None:
        return f"the pod wants {missing}, and the pool's nodes have no label {missing.key}"
    return f"the pod wants {missing}, the pool has {had}"


def _clash(of: Pool, alternative: Requirements) -> str:
    found = (one.requirements.conflict(alternative) for one in of.candidates)
    return next((clash.key for clash in found if clash is not None), next(iter(alternative), ""))


def _best(given: Iterable[Candidate]) -> dict[str, int]:
    most: dict[str, int] = {}
    for one in given:
        for name, count in one.allocatable.items():
            most[name] = max(most.get(name, 0), count)
    return most


def _resource_message(short: str, needed: Amounts, given: list[Candidate]) -> str:
    best = _best(given).get(short, 0)
    if not best:
        return f"no instance type of the pool has {short}"
    return f"{needed[short]} of {short} are needed, daemons included; the largest type of the pool gives {best}"


def _within_limits(one: Candidate, room: Amounts) -> bool:
    return not any(_over(one, room, name) for name in room)


def _over(one: Candidate, room: Amounts, name: str) -> bool:
    return left(room, {**one.capacity, "nodes": 1})[name] < 0


def _comes(daemon: Pod, requirements: Requirements, taints: Iterable[Taint]) -> bool:
    if untolerated(taints, daemon.tolerations) is not None:
        return False
    return any(requirements.refused(way, WELL_KNOWN) is None for way in daemon.alternatives)


def _allowed(requirements: Requirements, key: str, value: str) -> bool:
    wanted = requirements.get(key)
    return wanted is None or wanted.allows(value)
