"""What a served World may be told when it starts, as plain JSON data: the daemon passes it to the server process."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from eksgpu.sandbox.identity import ACCOUNT

if TYPE_CHECKING:
    from eksgpu.sandbox.world import World

# Calls kept for `GET /_sandbox/log`; a daemon lives for hours, and parameters are not small.
_LOG_LIMIT = 20_000


@dataclass(frozen=True)
class Options:
    """`speed` divides every duration. `durations` overrides seconds by key, `every_duration` all of them.

    `latency` seconds of the World's clock are added to each call; `switches` are the World's `options`. `kubernetes` is
    "embedded", or "real" for a kube-apiserver of its own for each cluster.
    """

    speed: float = 1.0
    account: str = ACCOUNT
    caller_arn: str | None = None
    fresh_quotas: bool = False
    seed: int = 0
    latency: float = 0.0
    every_duration: float | None = None
    durations: Mapping[str, float] = field(default_factory=dict)
    denied: tuple[str, ...] = ()
    switches: Mapping[str, Any] = field(default_factory=dict)
    kubernetes: str = "embedded"

    def __post_init__(self) -> None:
        if self.speed <= 0:
            raise ValueError(f"speed must be above 0, not {self.speed}")
        if self.kubernetes not in ("embedded", "real"):
            raise ValueError(f"kubernetes is embedded or real, not {self.kubernetes}")

    def encoded(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def decoded(cls, text: str) -> "Options":
        fields = json.loads(text)
        return cls(**{**fields, "denied": tuple(fields["denied"])})

    def world(self) -> "World":
        """A new World with these options on a running clock. An older World of this process is unusable from then."""
        # Here: who starts or finds the server process needs none of it, and loading it takes half a second.
        from eksgpu.engine.clock import SystemClock
        from eksgpu.sandbox.durations import Durations
        from eksgpu.sandbox.faults import Fault
        from eksgpu.sandbox.world import World

        world = World(
            clock=SystemClock(self.speed),
            account=self.account,
            caller_arn=self.caller_arn,
            fresh_quotas=self.fresh_quotas,
            durations=Durations(self.durations, all=self.every_duration),
            seed=self.seed,
            denied=self.denied,
            log_limit=_LOG_LIMIT,
            options=self.switches,
        )
        if self.latency:
            world.faults.add(Fault("*", "*", times=0, do="delay", seconds=self.latency))
        return world
