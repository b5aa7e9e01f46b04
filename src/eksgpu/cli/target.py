"""From a verb's common options to what `ops` works with: where to work, and the screen to show it on."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TextIO

from eksgpu.engine.events import Listener, ignore
from eksgpu.errors import UsageError
from eksgpu.ui.events import EventLines
from eksgpu.ui.screen import Screen

from .options import DEFAULT_SPEC, Common

if TYPE_CHECKING:
    from eksgpu.ops.connect import Connector
    from eksgpu.ops.options import Options

SANDBOX_SPEED = 60.0
"""How much faster than AWS a sandbox is that was started by the way: a minute there takes a second."""


def options_of(common: Common) -> "Options":
    """Where to work; with `--sandbox` the sandbox runs when this returns."""
    from eksgpu.ops.options import Options

    if not common.sandbox:
        return Options(profile=common.profile, region=common.region, sets=tuple(common.sets))
    if common.profile:
        raise UsageError("--sandbox has an account of its own and takes no --profile", hint="leave one of them out")
    status = sandbox_daemon().start(speed=SANDBOX_SPEED)
    return Options(
        region=common.region,
        endpoint_url=status.endpoint,
        speed=status.speed,
        sandbox=True,
        sets=tuple(common.sets),
    )


def connector_of(options: "Options") -> "Connector":
    """How to connect: the sandbox has no charts to fetch, so something stands in for the helm program there."""
    from eksgpu.ops.cluster_access import Doors
    from eksgpu.ops.connect import Connector

    if not options.sandbox:
        return Connector()
    from eksgpu.engine.clock import SystemClock
    from eksgpu.sandbox.helm.stand_in import StandIn

    clock = SystemClock(options.speed)
    return Connector(doors=Doors(helm=lambda api: StandIn(api, sleep=clock.sleep)))


def sandbox_daemon() -> ModuleType:
    """The module that starts, finds and stops the sandbox. Raises UsageError where its extra is not installed."""
    try:
        from eksgpu.sandbox import daemon
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the sandbox needs parts that are not installed ({error.name})", hint="pip install 'eksgpu[sandbox]'"
        ) from error
    return daemon


def spec_or_name(spec: Path | None, name: str | None) -> Path | str:
    """The spec's file, or the cluster's name where `--name` gives one. Raises UsageError for both."""
    if name is None:
        return spec or DEFAULT_SPEC
    if spec is not None:
        raise UsageError(f"both a spec ({spec}) and --name {name} say which cluster", hint="leave one of them out")
    return name


def screen_of(common: Common) -> Screen:
    """The screen that the options ask for."""
    return Screen.standard(as_json=common.json, events_on_stdout=common.events == "-", no_color=common.no_color)


@contextmanager
def events_to(common: Common, screen: Screen) -> Iterator[Listener]:
    """What writes events to where `--events` says, while the run lasts; nothing where it says nothing."""
    if common.events is None:
        yield ignore
        return
    stream = screen.out if common.events == "-" else _opened(common.events)
    lines = EventLines(stream)
    try:
        yield lines
    finally:
        if stream is not screen.out:
            with suppress(OSError):  # closing writes once more what could not be written
                stream.close()
        if lines.ended is not None:
            screen.say(f"note: not every event was written to {common.events}: {lines.ended.strerror}")


def _opened(path: str) -> TextIO:
    try:
        return Path(path).open("w", encoding="utf-8")
    except OSError as error:
        hint = "name a file that can be written, or - for stdout"
        raise UsageError(f"cannot write events to {path}: {error.strerror}", hint=hint) from error
