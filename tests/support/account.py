"""A fake account driven through the real verbs, as a user would: a spec file, `apply`, `plan`, `destroy`.

Everything runs in this process, one call after the other, on a clock that moves only when somebody waits.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from eksgpu.aws.run import AwsRun
from eksgpu.engine.clock import SteppedClock
from eksgpu.engine.events import Event
from eksgpu.engine.execute import Inline
from eksgpu.engine.mark import Mark
from eksgpu.ops.apply import apply
from eksgpu.ops.cluster_access import Doors
from eksgpu.ops.connect import Connector
from eksgpu.ops.destroy import destroy
from eksgpu.ops.options import Options
from eksgpu.ops.plan import plan
from eksgpu.ops.report import ApplyReport, DestroyReport, PlanReport
from eksgpu.sandbox.calllog import LoggedCall
from eksgpu.sandbox.durations import Durations
from eksgpu.sandbox.faults import Moment
from eksgpu.sandbox.helm.stand_in import StandIn
from eksgpu.sandbox.inprocess import kubernetes_wire
from eksgpu.sandbox.world import World

from . import wire
from .crash import Killed

REGION = "us-west-2"
QUICK = 4.0  # seconds that everything takes in AWS: long enough to be seen pending
SMALL: Mapping[str, Any] = {
    "apiVersion": "eksgpu.dev/v1alpha1",
    "kind": "GpuCluster",
    "metadata": {"name": "demo", "region": REGION, "tags": {"team": "a"}},
    "spec": {
        "version": "1.34",
        "network": {"zones": ["us-west-2a", "us-west-2b"]},
        "nodeGroups": [{"name": "system", "system": True, "instanceTypes": ["m5.large"], "desired": 2}],
    },
}


def small(**spec: Any) -> dict[str, Any]:
    """The smallest useful cluster, two zones and one group of two nodes, with other settings under `spec`."""
    document: dict[str, Any] = copy.deepcopy(dict(SMALL))
    document["spec"] |= spec
    return document


class Account:
    """One World, one spec. `spec` and `metadata` are plain trees that a test edits between two verbs."""

    def __init__(
        self, folder: Path, document: dict[str, Any] | None = None, *, world: World | None = None, **options: Any
    ) -> None:
        options.setdefault("durations", Durations(all=QUICK))
        self.world = world or World(clock=SteppedClock(), **options)
        self.document = document or small()
        self.path = folder / f"{self.metadata['name']}-{self.metadata['region']}.yaml"
        self.events: list[Event] = []
        self.notices: list[str] = []
        self.connector = Connector(
            session=lambda *_: wire.session(self.world),
            clock=self.world.clock,
            threads=0,
            workers=Inline(),
            doors=Doors(kubernetes_wire(self.world), lambda api: StandIn(api, sleep=self.world.clock.sleep)),
        )

    @property
    def metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document["metadata"]
        return found

    @property
    def spec(self) -> dict[str, Any]:
        found: dict[str, Any] = self.document["spec"]
        return found

    @property
    def group(self) -> dict[str, Any]:
        """The first node group of the spec."""
        found: dict[str, Any] = self.spec["nodeGroups"][0]
        return found

    def plan(self, **how: Any) -> PlanReport:
        return plan(self._file(), Options(), connector=self.connector, **_sets(how))

    def apply(self, **how: Any) -> ApplyReport:
        self.events.clear()
        return apply(
            self._file(),
            Options(),
            confirm=lambda _: True,
            listener=self.events.append,
            notice=self.notices.append,
            connector=self.connector,
            **_sets(how),
        )

    def destroy(self, *, by_name: bool = False, **how: Any) -> DestroyReport:
        """by_name: with the spec lost."""
        self.events.clear()
        return destroy(
            self.metadata["name"] if by_name else self._file(),
            Options(region=self.metadata["region"] if by_name else None),
            confirm=lambda _: True,
            listener=self.events.append,
            notice=self.notices.append,
            connector=self.connector,
            **how,
        )

    def connect(self) -> AwsRun:
        """A run of its own, for looking at the account beside the verbs."""
        region, cluster = self.metadata["region"], self.metadata["name"]
        mark = Mark(self.world.account, region, cluster)
        return AwsRun(mark=mark, clock=self.world.clock, aws=wire.clients(self.world, region))

    def boto(self, service: str, region: str | None = None) -> Any:
        """A plain client: what somebody else does in the same account."""
        return wire.session(self.world).client(service, region or self.metadata["region"])

    def role(self, name: str, **more: Any) -> str:
        """A role of somebody else's; returns its ARN."""
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
        }
        made = self.boto("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), **more)
        return str(made["Role"]["Arn"])

    def mutations(self, since: int = 0) -> list[LoggedCall]:
        """Calls that changed something, the lock's own left out."""
        return [call for call in self.world.log[since:] if call.mutates and call.service != "ssm"]

    def changes(self, since: int = 0) -> list[str]:
        """Those calls by name, in order."""
        return [call.name for call in self.mutations(since)]

    def _file(self) -> Path:
        self.path.write_text(json.dumps(self.document, indent=1))  # JSON is YAML
        return self.path


@contextmanager
def dying(world: World, at: Callable[[LoggedCall], bool]) -> Iterator[None]:
    """What is run inside dies just before the first call that `at` says; only the lock is still given back."""
    dead = False

    def hook(moment: Moment, call: LoggedCall) -> None:
        nonlocal dead
        dead = dead or (moment == "before" and at(call))
        if dead and call.service != "ssm":
            raise Killed

    world.faults.hook = hook
    try:
        with suppress(Killed):
            yield
    finally:
        world.faults.hook = None


def _sets(how: Mapping[str, Any]) -> dict[str, Any]:
    """`accept` and `skip_checks` as the verbs want them."""
    return {name: frozenset(value) if name in ("accept", "skip_checks") else value for name, value in how.items()}


def changed(report: PlanReport | ApplyReport) -> set[str]:
    """`action kind/name` of everything that a plan touches."""
    plan = report.planned.plan if isinstance(report, ApplyReport) else report.plan
    return {f"{change.action} {change.identity}" for change in plan.changes if change.action != "no-op"}
