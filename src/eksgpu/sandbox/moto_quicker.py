"""moto's slow spots, with the same results: what never changes is remembered, and XML is written plainly.

Knows moto's insides, not its services.
"""

import functools
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from moto.core import responses, serialize
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.core.utils import method_names_from_class

_possible_keys = XFormedAttributePicker.get_possible_keys


def install() -> None:
    """Teach moto, once a process."""
    # The methods of a response class: a third of a DescribeVpcs.
    responses.method_names_from_class = functools.cache(method_names_from_class)  # type: ignore[attr-defined]
    XFormedAttributePicker.get_possible_keys = _remembered_keys  # type: ignore[method-assign, assignment]
    serialize.xmltodict = SimpleNamespace(unparse=unparse)  # type: ignore[attr-defined]


def unparse(document: Mapping[str, Any], *, full_document: bool, **_: Any) -> str:
    """One mapping as XML, by xmltodict's rules: `@` is an attribute, a list repeats its element, None is empty.

    xmltodict writes through SAX and looks at every letter of every name.
    """
    declaration = '<?xml version="1.0" encoding="utf-8"?>\n' if full_document else ""
    return declaration + "".join(_element(name, value) for name, value in document.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return "".join(_element(name, item) for item in value)
    if not isinstance(value, Mapping):
        return f"<{name}>{_text(value)}</{name}>"
    attributes = "".join(f" {key[1:]}={quoteattr(_plain(member))}" for key, member in value.items() if key[0] == "@")
    inner = "".join(
        _text(member) if key == "#text" else _element(key, member) for key, member in value.items() if key[0] != "@"
    )
    return f"<{name}{attributes}>{inner}</{name}>"


def _text(value: Any) -> str:
    return escape(_plain(value))


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _remembered_keys(self: XFormedAttributePicker, context: AttributePickerContext) -> Iterator[str]:
    """Under which names an object may hold the value for a member of a shape, likeliest first.

    They follow from the shape and the object's class alone, and live as long as the shape does.
    """
    known: dict[tuple[str, type], tuple[str, ...]] = context.shape.__dict__.setdefault("_names_in_moto", {})
    what = (context.key, type(context.obj))
    if what not in known:
        known[what] = tuple(dict.fromkeys(_possible_keys(self, context)))
    return iter(known[what])
