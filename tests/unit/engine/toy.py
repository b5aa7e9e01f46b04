"""A cloud in a dict, for tests of the engine alone: ground, a house on it, a sign that points at it, and lamps."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from eksgpu.engine.clock import SteppedClock
from eksgpu.engine.events import Event
from eksgpu.engine.execute import Inline, Outcome, execute
from eksgpu.engine.graph import Graph
from eksgpu.engine.mark import Mark
from eksgpu.engine.plan import Plan, make_plan
from eksgpu.engine.refs import Ref
from eksgpu.engine.resource import Deletable, Effect, Live, OnChange, Resource, State
from eksgpu.errors import NotFound


@dataclass
class Toys:
    """The cloud and the run in one. `trouble[operation]` holds exceptions to raise, before or after it was done."""

    clock: SteppedClock = field(default_factory=SteppedClock)
    mark: Mark = field(default_factory=lambda: Mark("1", "here", "toy"))
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    before: dict[str, list[BaseException]] = field(default_factory=lambda: defaultdict(list))
    after: dict[str, list[BaseException]] = field(default_factory=lambda: defaultdict(list))
    slow: dict[str, float] = field(default_factory=dict)
    count: int = 0

    def do(self, operation: str, act: Callable[[], Any]) -> Any:
        self.log.append(operation)
        if self.before[operation]:
            raise self.before[operation].pop(0)
        result = act()
        if self.after[operation]:
            raise self.after[operation].pop(0)
        return result

    def lives(self) -> list[Live]:
        return [live for kind in KINDS.values() for live in kind.discover(self)]

    def plan(self, *resources: Resource, **how: Any) -> Plan:
        return make_plan(Graph(resources), self.lives(), **how)

    def apply(self, *resources: Resource, **how: Any) -> Outcome:
        plan = self.plan(*resources, **how)
        assert not plan.refusals
        return execute(self, Graph(resources), plan, KINDS, workers=Inline(), listener=self.events.append)


@dataclass(frozen=True)
class Toy(Resource):
    permissions: ClassVar[frozenset[str]] = frozenset({"toy:All"})
    waits_gone: ClassVar[bool] = True

    @classmethod
    def discover(cls, run: Toys) -> list[Live]:
        return [live(run, id_) for id_, thing in run.things.items() if thing["kind"] == cls.kind]

    @classmethod
    def read(cls, run: Toys, live_: Live) -> Live | None:
        return live(run, live_.id) if live_.id in run.things else None

    def create(self, run: Toys) -> Live:
        def act() -> Live:
            run.count += 1
            id_ = f"{self.kind}-{run.count}"
            ready = run.clock.monotonic() + run.slow.get(f"create {self.identity}", 0)
            run.things[id_] = {
                "kind": self.kind,
                "name": self.name,
                "fields": self.wanted(),
                "ready": ready,
                "incarnation": self.incarnation,
            }
            return live(run, id_)

        made: Live = run.do(f"create {self.identity}", act)
        return made

    def update(self, run: Toys, live_: Live, changed: frozenset[str]) -> None:
        run.do(f"update {self.identity}", lambda: run.things[live_.id]["fields"].update(self.wanted()))

    @classmethod
    def delete(cls, run: Toys, live_: Live) -> None:
        def act() -> None:
            if live_.id not in run.things:
                raise NotFound("gone")
            users = [other for other in run.things.values() if live_.id in map(str, other["fields"].values())]
            assert not users, f"{live_.id} is still used by {users}"
            del run.things[live_.id]

        run.do(f"delete {live_.identity}", act)


@dataclass(frozen=True)
class Ground(Toy):
    kind: ClassVar[str] = "ground"
    size: int = 1
    place: str = "here"
    colour: Any = None

    changes: ClassVar[Mapping[str, OnChange]] = {
        "size": OnChange(),
        "place": OnChange(Effect.RECREATE, "ground does not move"),
        "colour": OnChange(),
    }


@dataclass(frozen=True)
class House(Toy):
    kind: ClassVar[str] = "house"
    ground: Ref
    style: str = "plain"
    floors: int = 1
    roof: str | None = None
    name_of_owner: str | None = None

    changes: ClassVar[Mapping[str, OnChange]] = {
        "ground": OnChange(Effect.REPLACE, "houses stand still"),
        "style": OnChange(Effect.REPLACE, "a style is built in"),
        "floors": OnChange(),
        "roof": OnChange(Effect.REPLACE, "roofs stay"),
        "name_of_owner": OnChange(Effect.FORBIDDEN, "owners stay"),
    }


@dataclass(frozen=True)
class Sign(Toy):
    kind: ClassVar[str] = "sign"
    house: Ref

    changes: ClassVar[Mapping[str, OnChange]] = {"house": OnChange()}

    def serial_key(self) -> str | None:
        return "signs"


@dataclass(frozen=True)
class Lamp(Toy):
    """It is ready when its bulb is good, and not before."""

    kind: ClassVar[str] = "lamp"
    bulb: str = "good"

    changes: ClassVar[Mapping[str, OnChange]] = {"bulb": OnChange()}
    changed_unready: ClassVar[bool] = True


KINDS: dict[str, type[Deletable]] = {kind.kind: kind for kind in (Ground, House, Sign, Lamp)}


def live(run: Toys, id_: str) -> Live:
    thing = run.things[id_]
    shines = thing["fields"].get("bulb", "good") == "good"
    state = State.READY if shines and run.clock.monotonic() >= thing["ready"] else State.PENDING
    uses = frozenset(str(value) for value in thing["fields"].values() if str(value) in run.things)
    return Live(thing["kind"], thing["name"], id_, state, uses, dict(thing["fields"]), incarnation=thing["incarnation"])


def village(**house: Any) -> tuple[Resource, ...]:
    """A ground, a house on it, and a sign that points at the house."""
    return (
        Ground("g"),
        House("h", ground=Ref("ground/g"), **house),
        Sign("s", house=Ref("house/h")),
    )
