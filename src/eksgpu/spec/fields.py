"""The types of single values in the spec: CIDRs, sizes, durations, names, tags, instance types and their like.

Each refuses a wrong value with a sentence of its own and, where there is one, the value that was probably meant.
"""

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, PlainSerializer, PlainValidator, WithJsonSchema

from eksgpu.catalog import instance, limits
from eksgpu.spec.base import refusal
from eksgpu.units import Bytes, Duration, Quantity

RESERVED_TAGS = ("aws:", "eksgpu.dev/")
_LABEL_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")
_DNS_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def parsed[T](kind: type[T], parse: Callable[[str], T], expected: str, pattern: str | None = None) -> Any:
    """A value that is written as a string and kept as `kind`; `expected` shows how it is written."""

    def read(value: object) -> T:
        if isinstance(value, kind):
            return value
        if not isinstance(value, str):
            raise refusal(f"is {spoken(value)}; it must be {expected}")
        try:
            return parse(value)
        except ValueError as error:
            raise refusal(f"is {spoken(value)}; it must be {expected}") from error

    schema: dict[str, object] = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return Annotated[kind, PlainValidator(read), PlainSerializer(str), WithJsonSchema(schema)]
