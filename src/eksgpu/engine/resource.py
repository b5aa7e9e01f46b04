"""What a kind is: the contract between the engine and every file under `aws/` and `kube/`.

A kind knows how to find, make, change and delete its own objects; it never waits, retries, prints or orders anything.
The engine does all that, and knows nothing of what a kind is about.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, Protocol, Self

from .clock import Clock
from .mark import Mark
from .refs import Ref


class Run(Protocol):
    """What a kind may know of the run it works for; the cloud's own Run adds its clients."""

    @property
    def mark(self) -> Mark: ...
    @property
    def clock(self) -> Clock: ...


class State(StrEnum):
    """Where a live object stands in its life."""

    PENDING = "pending"  # being made or changed: wait
    READY = "ready"
    DELETING = "deleting"
    GONE = "gone"
    FAILED = "failed"


class Effect(StrEnum):
    """What changing a field means for the live object."""

    IN_PLACE = "in place"
    REPLACE = "replace"  # the new one first, then the old one goes
    RECREATE = "recreate"  # the old one goes first
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class OnChange:
    """What happens when one field changes.

    effect:    see Effect.
    why:       one clause for people, shown in plans ("a VPC keeps its CIDR for life"); needed unless in place.
    sample:    another valid value, with which contract tests try the change; None where the kind has no second value.
    unordered: a sequence compared as a set.
    disrupts:  the change drains or restarts nodes.
    """

    effect: Effect = Effect.IN_PLACE
    why: str = ""
    sample: Any = None
    unordered: bool = False
    disrupts: bool = False


@dataclass(frozen=True)
class Live:
    """One object as it is now.

    id:      unique in the whole run: an AWS id (`vpc-…`) or an ARN.
    uses:    physical ids this object holds on to; they cannot go before it does.
    fields:  values in the vocabulary of the wanted fields (see `Resource.changes`); only what the kind compares.
    outputs: what a Ref can ask for beside `id` (`arn`, `endpoint`, …).
    reason:  why it failed, or what it waits for, in the API's words.
    shared:  somebody else's, which others build on: it is never changed and never deleted.
    carries_nodes: nodes go with it when it goes.
    """

    kind: str
    name: str
    id: str
    state: State = State.READY
    uses: frozenset[str] = frozenset()
    fields: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    incarnation: str = ""
    created: str = ""  # ISO time, for "the oldest of equals"; empty where the API tells none
    reason: str = ""
    shared: bool = False
    carries_nodes: bool = False

    @property
    def identity(self) -> str:
        return f"{self.kind}/{self.name}"

    def output(self, name: str) -> Any:
        """What `Ref(identity, name)` stands for."""
        return self.id if name == "id" else self.outputs[name]


@dataclass(frozen=True)
class Deletable:
    """What can be found and deleted: by-products of controllers are just that, resources are more.

    kind:        AWS's or Kubernetes' own noun in snake case; the first half of every identity.
    permissions: IAM actions its calls need, those they imply included (iam:PassRole, what a service does for us).
    gone_before: kinds that may only be deleted after every object of this kind is gone.
    deadline:    seconds until a create, change or delete that does not finish counts as failed.
    waits_gone:  deletion takes time: the engine polls `read` until the object is gone.
    """

    kind: ClassVar[str]
    permissions: ClassVar[frozenset[str]]
    gone_before: ClassVar[tuple[str, ...]] = ()
    deadline: ClassVar[float] = 300.0
    waits_gone: ClassVar[bool] = False

    @classmethod
    def discover(cls, run: Any) -> list[Live]:
        """Every live object of this kind that carries the run's mark (deleted ones left out)."""
        raise NotImplementedError

    @classmethod
    def read(cls, run: Any, live: Live) -> Live | None:
        """The same object as it is now, or None when it is gone."""
        raise NotImplementedError

    @classmethod
    def delete(cls, run: Any, live: Live) -> None:
        """Ask for its deletion. Raises NotFound when it is gone already, Later when something still holds it."""
        raise NotImplementedError

    @classmethod
    def in_vain(cls, run: Any, live: Live) -> str | None:
        """Why it can never be gone, when that is known; asked once its deletion has taken a while."""
        return None

    @classmethod
    def usd_per_day(cls, live: Live) -> float:
        """What leaving it behind costs, in USD; 0 when it is free of charge."""
        return 0.0


@dataclass(frozen=True)
class Resource(Deletable):
    """One wanted object. Fields of a subclass are what the user may want; None means "don't care"."""

    name: str
    after: tuple[Ref, ...] = field(default=(), kw_only=True)  # order without data
    shared: bool = field(default=False, kw_only=True)  # exists already and stays: made if absent at most, never deleted
    tags: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    incarnation: str = field(default="", kw_only=True)  # set by the engine on what it hands to `create`

    changes: ClassVar[Mapping[str, OnChange]] = {}
    volatile: ClassVar[Mapping[str, frozenset[str]]] = {}  # output -> fields whose change in place may move it
    remake_failed: ClassVar[bool] = True  # a failed one is deleted and made again without asking
    changed_unready: ClassVar[bool] = False  # takes a change while not ready, and may be so for want of it
    successors_first: ClassVar[bool] = False  # one that is dropped waits until the others of its kind are ready
    searches: ClassVar[int] = 1  # how often a lost create is looked for (3 where there is no token and no unique name)
    typical: ClassVar[str] = ""  # key into the catalogue's durations, for "how long will this take"
    terraform_attributes: ClassVar[Mapping[str, str]] = {}  # output -> Terraform attribute, where the names differ

    @property
    def identity(self) -> str:
        return f"{self.kind}/{self.name}"

    def wanted(self) -> dict[str, Any]:
        """The fields that take part in the diff and are set; Refs left in."""
        values = ((item.name, getattr(self, item.name)) for item in fields(self) if item.name in self.changes)
        return {name: value for name, value in values if value is not None}

    def with_fields(self, **changed: Any) -> Self:
        """A copy with other values."""
        return replace(self, **changed)

    def keeps(self, name: str, live: Live) -> bool:
        """Whether a chosen value of this field that lives may stay (it may not suit the cluster's new version).

        Called on a copy whose Refs are resolved where their targets live, Unknown elsewhere.
        """
        return True

    def refuse(self, live: Live) -> str | None:
        """Why `live` cannot become this, found before anything is changed; None when it can.

        Refs are resolved where their targets live (Unknown elsewhere); chosen values stay Chosen.
        """
        return None

    def serial_key(self) -> str | None:
        """Steps with the same key never overlap."""
        return None

    def create(self, run: Any) -> Live:
        """Make it, marked and tagged, in one mutating call; the engine follows with `update` where fields still differ.

        Called on a copy whose Refs are resolved. Raises AlreadyExists when the name is taken.
        """
        raise NotImplementedError

    def update(self, run: Any, live: Live, changed: frozenset[str]) -> Live | None:
        """One step from `live` towards self, concerning the fields in `changed`; None lets the engine read again.

        Called on a copy whose Refs are resolved, until nothing differs.
        """
        raise NotImplementedError

    def taken(self, live: Live, changed: frozenset[str]) -> Live:
        """`live` with the fields in `changed` as wanted: what an `update` returns whose calls take effect at once."""
        wanted = self.wanted()
        return replace(live, fields={**live.fields, **{name: wanted[name] for name in changed}})

    def terraform(self) -> list[tuple[str, str, dict[str, Any]]]:
        """The same in Terraform: (type, label, arguments) with Refs left in; nested blocks are lists of dicts."""
        raise NotImplementedError

    @classmethod
    def example(cls) -> "Resource":
        """The smallest valid instance."""
        raise NotImplementedError

    @classmethod
    def example_graph(cls) -> "tuple[Resource, ...]":
        """What the example needs to exist, itself included and last."""
        return (cls.example(),)
