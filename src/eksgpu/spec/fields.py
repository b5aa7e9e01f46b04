"""The types of single values in the spec: choices, CIDRs, sizes, durations, quantities, instance types, GPU names.

Each refuses a wrong value with a sentence of its own and, where there is one, the value that was probably meant.
"""

import difflib
import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from eksgpu.catalog import gpu, instance, load
from eksgpu.spec.base import refusal
from eksgpu.units import Bytes, Duration, Quantity

T = TypeVar("T")


class AnySpelling:
    """On a Literal of strings: reads AWS's and other spellings of a choice (`ON_DEMAND`), and keeps ours.

    `hint` is what to do about a word that is none of them and resembles none.
    """

    def __init__(self, hint: str | None = None) -> None:
        self._hint = hint

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        choices: tuple[str, ...] = get_args(source)

        def read(value: object) -> str:
            for choice in choices:
                if isinstance(value, str) and _letters(choice) == _letters(value):
                    return choice
            raise refusal(
                f"{spoken(value)} must be {alternatives(choices)}", did_you_mean(value, choices) or self._hint
            )

        return core_schema.no_info_before_validator_function(read, handler(source))


def spoken(value: object) -> str:
    """A value as an error names it: `"a string"`, `the number 3`, `a list`."""
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f'"{value}"'
    return "a list" if isinstance(value, list | tuple) else "a mapping"


def alternatives(choices: Sequence[str]) -> str:
    """`a, b or c`."""
    return " or ".join(part for part in (", ".join(choices[:-1]), choices[-1]) if part)


def did_you_mean(value: object, choices: Sequence[str]) -> str | None:
    """A hint that names the closest choice; None when nothing is close."""
    by_letters = {_letters(choice): choice for choice in choices}
    near = difflib.get_close_matches(_letters(str(value)), by_letters, n=1, cutoff=0.6)
    return f"did you mean {by_letters[near[0]]}?" if near else None


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _reader(kind: type[T], parse: Callable[[str], T], expected: str) -> Callable[[object], T]:
    """Reads what is written as a string and kept as `kind`; `expected` ends the sentence that refuses it."""

    def read(value: object) -> T:
        if isinstance(value, kind):
            return value
        if not isinstance(value, str):
            raise refusal(f"{spoken(value)} must be {expected}")
        try:
            return parse(value)
        except PydanticCustomError:  # is a ValueError, with a better sentence
            raise
        except ValueError as error:
            raise refusal(f"{spoken(value)} is not {expected}") from error

    return read


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        if "host bits" not in str(error):
            raise
        meant = IPv4Network(text, strict=False)
        raise refusal(f'"{text}" has bits set beyond its prefix', f"the network is {meant}") from error


def _quantity(value: object) -> Quantity:
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return _reader(Quantity, Quantity.parse, "a quantity such as 1000, 500m or 100Gi")(written)


def _instance_type(name: str) -> str:
    if name in instance.instances():
        return name
    if name in instance.retired():
        gone = instance.retired()[name]
        raise refusal(
            f"{name} ({gone.gpu}) can no longer be started: {gone.why}", f"use {alternatives(gone.stand_ins)}"
        )
    near = instance.closest(name)
    raise refusal(f'no instance type is named "{name}"', f"did you mean {near}?" if near else None)


def _instance_family(name: str) -> str:
    if name not in instance.families():
        raise refusal(f'no instance family is named "{name}"', did_you_mean(name, list(instance.families())))
    return name


def _instance_category(name: str) -> str:
    known = sorted({item.category for item in instance.instances().values()})
    if name not in known:
        raise refusal(f'no instance category is named "{name}"', f"categories are {', '.join(known)}")
    return name


def _gpu_name(name: str) -> str:
    known = gpu.canonical(name)
    if known:
        return known
    near = gpu.closest(name)
    raise refusal(
        f'no GPU of EC2 is named "{name}" (catalogue of {load.as_of("gpus")})',
        f"did you mean {near}?" if near else f"GPUs are {', '.join(gpu.names())}",
    )


read_duration = _reader(Duration, Duration.parse, "a duration such as 30s, 5m or 720h")
Cidr = Annotated[
    IPv4Network,
    PlainValidator(_reader(IPv4Network, _network, "an IPv4 network such as 10.0.0.0/16")),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+\.\d+\.\d+\.\d+/\d+$"}),
]
Size = Annotated[
    Bytes,
    PlainValidator(_reader(Bytes, Bytes.parse, "a size with its unit, such as 100Gi")),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["100Gi"]}),
]
Span = Annotated[
    Duration,
    PlainValidator(read_duration),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": ["30s", "720h"]}),
]
Amount = Annotated[
    Quantity,
    PlainValidator(_quantity),
    PlainSerializer(str),
    WithJsonSchema({"type": ["string", "integer"], "examples": [1000, "100Gi"]}),
]
InstanceTypeName = Annotated[str, AfterValidator(_instance_type)]
InstanceFamily = Annotated[str, AfterValidator(_instance_family)]
InstanceCategory = Annotated[str, AfterValidator(_instance_category)]
GpuName = Annotated[
    str, AfterValidator(_gpu_name), Field(json_schema_extra=lambda schema: schema.update(examples=list(gpu.names())))
]
Capacity = Annotated[Literal["on-demand", "spot", "capacity-block", "reserved"], AnySpelling()]
Os = Annotated[Literal["al2023", "bottlerocket"], AnySpelling()]
Arch = Annotated[Literal["amd64", "arm64"], AnySpelling()]
