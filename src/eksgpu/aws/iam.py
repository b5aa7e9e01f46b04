"""Policy documents as IAM, KMS and SQS keep them: compared by meaning, sent compactly.

It knows JSON trees that may hold Refs, and nothing of clients or kinds.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from eksgpu.engine.refs import Chosen, has_unknown, refs_in, resolve

Document = Mapping[str, Any]


def is_known(tree: Any) -> bool:
    """Whether a document is complete and stated: no Ref, nothing known only after apply, not the tool's own choice."""
    return not isinstance(tree, Chosen) and not has_unknown(tree) and not any(True for _ in refs_in(tree))


def canonical(tree: Any) -> Any:
    """A complete document in the one form in which equal meanings are equal.

    The policy language takes one item for a list of one, knows no order within a list of words, and reads `true` as
    "true".
    """
    return _canonical(resolve(tree, lambda ref: ref))


def digest(document: Document) -> str:
    """16 hex digits that stand for the meaning of a complete document."""
    text = json.dumps(canonical(document), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def compact(document: Document) -> str:
    """The document as the APIs take it; without spaces, since they count against the limits of some."""
    return json.dumps(document, separators=(",", ":"))


def comparable(tree: Any) -> Any:
    """`canonical(tree)`, or the tree itself while something in it is not known yet."""
    return canonical(tree) if is_known(tree) else tree


def name_of(arn: str) -> str:
    """The name at the end of an ARN, without its path."""
    return arn.rsplit("/", 1)[-1]


def _canonical(tree: Any) -> Any:
    match tree:
        case Mapping():
            return {key: _canonical(value) for key, value in tree.items()}
        case list() | tuple():
            return _canonical_list([_canonical(item) for item in tree])
        case bool():
            return str(tree).lower()
        case int() | float():
            return str(tree)
        case _:
            return tree


def _canonical_list(items: list[Any]) -> Any:
    if len(items) == 1:
        return items[0]
    return sorted(items) if all(isinstance(item, str) for item in items) else items
