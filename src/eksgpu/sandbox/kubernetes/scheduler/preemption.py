"""Room for a pod by sending others away that have less priority: which of them, and on which node.

Source: kube-scheduler v1.35, DefaultPreemption. It must not end anything itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.scheduler.book import Book, Room, Seat
from eksgpu.sandbox.kubernetes.scheduler.placement import Rejection, Wish, histogram, rejection
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.verbs.pods import covering

NEVER = "not eligible due to preemptionPolicy=Never."
ENDING = "not eligible due to a terminating pod on the nominated node."
_NOBODY, _NO_HELP = "No preemption victims found for incoming pod", "Preemption is not helpful for scheduling"
_LEAST_PRIORITY = -(2**31)


@dataclass(frozen=True)
class Offer:
    """A node, and who would have to go. `breaches`: how many of them against a disruption budget."""

    room: Room
    victims: tuple[Object, ...]
    breaches: int


def is_ending(cluster: Cluster, wish: Wish, room: Room) -> bool:
    """Whether somebody is going already whose room a pod of this wish may have."""
    lower = (cluster.store.by_uid(uid) for uid, seat in room.pods.items() if seat.priority < wish.priority)
    return any(pod is not None and pod["metadata"].get("deletionTimestamp") for pod in lower)


def best_offer(cluster: Cluster, wish: Wish, rejected: Mapping[str, Rejection], book: Book) -> tuple[Offer | None, str]:
    """The node where the fewest and least important pods have to go; None, and why it helps nowhere."""
    offers: list[Offer] = []
    reasons: list[str] = []
    for name, why in rejected.items():
        found = (_NO_HELP,) if why.final else _offer(cluster, wish, book.rooms[name], book)
        if isinstance(found, Offer):
            offers.append(found)
        else:
            reasons += found
    if offers:
        return min(offers, key=_cost), ""
    return None, f"0/{len(book.rooms)} nodes are available: {histogram(reasons)}."


def _offer(cluster: Cluster, wish: Wish, room: Room, book: Book) -> Offer | tuple[str, ...]:
    """Send everybody away who has less priority, then let as many stay as can, the most important first."""
    lower = {uid: seat for uid, seat in room.pods.items() if seat.priority < wish.priority}
    pods = {uid: pod for uid in lower if (pod := cluster.store.by_uid(uid)) is not None}
    if not pods:
        return (_NOBODY,)
    by_rank = sorted(pods.values(), key=_importance)
    protected = _protected(cluster, by_rank)
    for uid in pods:
        book.drop_pod(uid)
    wrong = rejection(wish, room, book)
    victims = []
    for pod in sorted(by_rank, key=lambda pod: pod["metadata"]["uid"] not in protected):
        uid = pod["metadata"]["uid"]
        book.sit(uid, lower[uid])
        if wrong is None and rejection(wish, room, book) is not None:
            book.drop_pod(uid)
            victims.append(pod)
    _return(book, victims, lower)
    if wrong is not None:
        return wrong.reasons
    return Offer(room, tuple(victims), sum(pod["metadata"]["uid"] in protected for pod in victims))


def _return(book: Book, pods: Iterable[Object], seats: Mapping[str, Seat]) -> None:
    for pod in pods:
        uid = pod["metadata"]["uid"]
        book.sit(uid, seats[uid])


def _protected(cluster: Cluster, pods: Iterable[Object]) -> set[str]:
    """Those whose end a disruption budget does not allow, once those before them are gone."""
    left: dict[str, int] = {}
    found = set()
    for pod in pods:
        for budget in covering(cluster, pod):
            uid = budget["metadata"]["uid"]
            left[uid] = left.get(uid, budget.get("status", {}).get("disruptionsAllowed", 0)) - 1
            if left[uid] < 0:
                found.add(pod["metadata"]["uid"])
    return found


def _cost(offer: Offer) -> tuple[float, ...]:
    """Few breaches, then little priority, then few pods; of equal ones those that have not run for long."""
    priorities = [_priority(pod) for pod in offer.victims]
    highest = max(priorities, default=_LEAST_PRIORITY)
    oldest = min((_since(pod) for pod in offer.victims if _priority(pod) == highest), default="")
    return (
        offer.breaches,
        highest,
        sum(priority - _LEAST_PRIORITY for priority in priorities),
        len(priorities),
        -float("".join(filter(str.isdigit, oldest)) or 0),
    )


def _importance(pod: Object) -> tuple[int, str]:
    return -_priority(pod), _since(pod)


def _priority(pod: Object) -> int:
    return int(pod["spec"].get("priority", 0))


def _since(pod: Object) -> str:
    """When it was started, or made."""
    return str(pod["status"].get("startTime") or pod["metadata"]["creationTimestamp"])
