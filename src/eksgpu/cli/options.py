"""What verbs take, written once: a verb receives a group of options as one object, and typer sees each as an option."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeGuard, get_type_hints

import typer

from eksgpu.errors import Interrupted

DEFAULT_SPEC = Path("cluster.yaml")
AGAIN = "run it again: it goes on from what is there"


class Output(StrEnum):
    """The form of the result on stdout."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True)
class Common:
    """The options of every verb."""

    output: Annotated[Output, typer.Option(help="Text for people, or one JSON object.")] = Output.TEXT
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="plan: exit with 2 when there are changes.")
    ] = False
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Go ahead without asking.")] = False
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Work in an AWS on this machine instead; it is started when needed.")
    ] = False
    profile: Annotated[str | None, typer.Option(help="AWS profile; default: as the aws command finds it.")] = None
    region: Annotated[str | None, typer.Option(help="AWS region; wins over the spec.")] = None
    sets: Annotated[
        list[str], typer.Option("--set", metavar="PATH=VALUE", help="Change one value of the spec; repeatable.")
    ] = field(default_factory=list)
    events: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write every event as a JSON line to FILE, or to stdout: -")
    ] = None
    skip_checks: Annotated[
        list[str], typer.Option("--skip-checks", metavar="ID", help="Leave out the check of this id; repeatable.")
    ] = field(default_factory=list)
    no_color: Annotated[bool, typer.Option("--no-color", help="No colour; so does NO_COLOR.")] = False

    @property
    def json(self) -> bool:
        """Whether stdout holds one JSON object."""
        return self.output is Output.JSON


class Choice(StrEnum):
    """What is taken only when told to: newer choices of the tool, and fields that somebody else manages by now."""

    VERSIONS = "versions"
    ZONES = "zones"
    AMIS = "amis"
    CONFLICTS = "conflicts"


Spec = Annotated[Path, typer.Argument(metavar="SPEC", help="The spec.")]
SpecUnlessNamed = Annotated[Path | None, typer.Argument(metavar="SPEC", help=f"The spec.  [default: {DEFAULT_SPEC}]")]
Replace = Annotated[
    list[str], typer.Option("--replace", metavar="KIND/NAME", help="Make this object again; repeatable.")
]
Accept = Annotated[
    list[Choice],
    typer.Option("--accept", help="Take newer versions, zones or AMIs, or fields that others manage; repeatable."),
]
BreakLock = Annotated[bool, typer.Option("--break-lock", help="Take over the lock of an operator that no longer runs.")]
Name = Annotated[str | None, typer.Option("--name", help="The cluster's name, where the spec is lost; needs --region.")]


def verb(function: Callable[..., int]) -> Callable[..., int]:
    """Turn a function that returns the exit code into a command.

    A parameter whose type is a dataclass (`common: Common`) stands for all of its fields, each an option of its own.
    """
    given = inspect.signature(function).parameters.values()
    groups = {item.name: item.annotation for item in given if _is_group(item.annotation)}

    @functools.wraps(function)
    def command(**values: Any) -> int:
        grouped = {
            name: group(**{item.name: values.pop(item.name) for item in fields(group)})
            for name, group in groups.items()
        }
        try:
            return function(**grouped, **values)
        except KeyboardInterrupt as error:
            # Here, because typer would turn it into an exit code of its own.
            raise Interrupted("interrupted", hint=AGAIN) from error

    own = [item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in given if item.name not in groups]
    # What all verbs have comes last in the help.
    parameters = [*own, *(option for group in reversed(groups.values()) for option in _options(group))]
    command.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    command.__annotations__ = {item.name: item.annotation for item in parameters}
    return command


def _is_group(annotation: Any) -> TypeGuard[type[Any]]:
    return isinstance(annotation, type) and is_dataclass(annotation)


def _options(group: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=item.default_factory() if item.default_factory is not MISSING else item.default,
            annotation=hints[item.name],
        )
        for item in fields(group)
    ]
