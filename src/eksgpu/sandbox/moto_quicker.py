"""moto's slow spots, with the same results: what never changes is remembered, and XML is written plainly.

Knows moto's insides, not its services.
"""

import functools
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from moto.core import responses, serialize, utils
from moto.core.constants import MISSING
from moto.core.loaders import create_loader
from moto.core.serialize import AttributePickerContext, ResponseSerializer, XFormedAttributePicker
from moto.core.utils import camelcase_to_underscores, get_value, method_names_from_class

UNNUMBERED = "request-id"
"""Where the number of a request is still to be written."""

_possible_keys = XFormedAttributePicker.get_possible_keys
_picked = ResponseSerializer.get_value


def install() -> None:
    """Teach moto, once a process."""
    # The methods of a response class: a third of a DescribeVpcs.
    responses.method_names_from_class = functools.cache(method_names_from_class)  # type: ignore[attr-defined]
    responses.camelcase_to_underscores = functools.cache(camelcase_to_underscores)  # type: ignore[attr-defined]
    # Each loader looks into the folders of all services anew.
    utils.create_loader = functools.cache(create_loader)  # type: ignore[attr-defined]
    # 52 random letters a request; the World numbers its requests itself.
    responses.gen_amzn_requestid_long = _unnumbered  # type: ignore[attr-defined, assignment]
    ResponseSerializer.get_value = _picked_quickly  # type: ignore[method-assign]
    serialize.xmltodict = SimpleNamespace(unparse=unparse)  # type: ignore[attr-defined]


def _unnumbered(headers: dict[str, Any] | None = None) -> str:
    if headers is not None:
        headers["x-amzn-requestid"] = UNNUMBERED
    return UNNUMBERED


def unparse(document: Mapping[str, Any], *, full_document: bool, **_: Any) -> str:
    """One mapping as XML, by xmltodict's rules: `@` is an attribute, a list repeats its element, None is empty.

    xmltodict writes through SAX and looks at every letter of every name.
    """
    declaration = '<?xml version="1.0" encoding="utf-8"?>\n' if full_document else ""
    return declaration + "".join(_element(name, value) for name, value in document.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, str):
        return f"<{name}>{_text(value)}</{name}>"
    if isinstance(value, list | tuple):
        return "".join([_element(name, item) for item in value])
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


def _picked_quickly(self: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
    """What an object holds for a member of a shape; moto works out anew for each under which names to look."""
    picker = self._value_picker
    if type(picker) is not XFormedAttributePicker:
        return _picked(self, value, key, shape)
    names = _names(picker, value, key, shape)
    found = next((one for name in names if (one := get_value(value, name)) is not MISSING), None)
    transformers = picker.response_transformers
    if transformers and (path := f"{'.'.join(self.path)}.{key}").endswith(tuple(transformers)):
        return next(change for ending, change in transformers.items() if path.endswith(ending))(found)
    return found


def _names(picker: XFormedAttributePicker, value: Any, key: str, shape: Any) -> tuple[str, ...]:
    """Under which names an object may hold the value, likeliest first.

    They follow from the shape and the object's class alone, and live as long as the shape does.
    """
    known: dict[tuple[str, type], tuple[str, ...]] = shape.__dict__.setdefault("_names_in_moto", {})
    what = (key, type(value))
    if what not in known:
        known[what] = tuple(dict.fromkeys(_possible_keys(picker, AttributePickerContext(value, key, shape))))
    return known[what]
