"""Values in Terraform's JSON syntax: Refs become `${…}` expressions, everything else stays what it is.

A string there is a template, so what only looks like an expression (`${aws:username}` in a policy) is escaped. It
knows no resource type; where a Ref leads is for the caller to say.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from eksgpu.engine.refs import Chosen, Ref, Text, resolve

Address = Callable[[Ref], str]
# Characters of private use, which no policy holds; an expression's own quotes must not be escaped as JSON.
_OPEN, _CLOSE = "\ue000", "\ue001"


def value(tree: Any, address: Address) -> Any:
    """`tree` as JSON, without what is None; `address` says how Terraform names what a Ref stands for."""
    match tree:
        case Ref():
            return f"${{{address(tree)}}}"
        case Text():
            return "".join(value(part, address) for part in tree.parts)
        case Chosen():
            return value(tree.value, address)
        case str():
            return _escaped(tree)
        case Mapping():
            return {str(key): value(item, address) for key, item in tree.items() if item is not None}
        case frozenset():
            return sorted((value(item, address) for item in tree), key=json.dumps)
        case list() | tuple():
            return [value(item, address) for item in tree]
        case _:
            return tree


def document(tree: Any, address: Address) -> str:
    """A JSON document in a string (a policy, an event pattern), with its Refs as expressions inside."""
    expressions: list[str] = []

    def mark(ref: Ref) -> str:
        expressions.append(value(ref, address))
        return f"{_OPEN}{len(expressions) - 1}{_CLOSE}"

    marked = json.dumps(resolve(tree, mark), ensure_ascii=False)
    return re.sub(f"{_OPEN}(\\d+){_CLOSE}", lambda found: expressions[int(found[1])], _escaped(marked))


def base64(text: Text, address: Address) -> str:
    """An expression that encodes a text once its Refs are known."""
    quoted = json.dumps(value(text, address), ensure_ascii=False)
    return f"${{base64encode({quoted})}}"


def _escaped(text: str) -> str:
    return text.replace("${", "$${").replace("%{", "%%{")
