"""The types of names, tags, labels and taints in the spec, with the rules that AWS and Kubernetes set on them.

Tags and labels that this program or AWS writes itself are refused here, so that nothing of the user's is overwritten.
"""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from eksgpu.catalog import limits
from eksgpu.spec.base import SpecModel, refusal
from eksgpu.spec.fields import AnySpelling

RESERVED_TAGS = ("aws:", "eksgpu.dev/")
RESERVED_LABELS = ("eksgpu.dev/", "karpenter.sh/", "karpenter.k8s.aws/")
_NAME_PART = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def matching(pattern: str, why: str, hint: str) -> AfterValidator:
    """Refuses a string that the pattern does not match as a whole."""
    expression = re.compile(pattern)

    def check(text: str) -> str:
        if not expression.fullmatch(text):
            raise refusal(f'"{text}" is not valid: {why}', hint)
        return text

    return AfterValidator(check)


def _each_pair(check: Callable[[str, str], None]) -> AfterValidator:
    def check_all(pairs: Mapping[str, str]) -> Mapping[str, str]:
        for key, value in pairs.items():
            check(key, value)
        return pairs

    return AfterValidator(check_all)


def _check_tag(key: str, value: str) -> None:
    reserved = next((prefix for prefix in RESERVED_TAGS if key.lower().startswith(prefix)), None)
    if reserved:
        owner = "AWS" if reserved == "aws:" else "eksgpu, which finds its own resources by them"
        raise refusal(f'tag "{key}" is reserved: keys that begin with {reserved} belong to {owner}', "rename the tag")
    if not 0 < len(key) <= limits.number("tagKeyLength") or len(value) > limits.number("tagValueLength"):
        raise refusal(f'tag "{key}" is too long: AWS takes keys up to 128 characters and values up to 256')


def _check_label(key: str, value: str) -> None:
    reserved = next((prefix for prefix in RESERVED_LABELS if key.startswith(prefix)), None)
    if reserved:
        raise refusal(f'label "{key}" is reserved: labels under {reserved} are set by the program that owns them')
    _check_selected(key, value)


def _check_selected(key: str, value: str) -> None:
    _check_qualified("label", key)
    _check_label_value("label", key, value)


def _check_qualified(what: str, key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    right = _NAME_PART.fullmatch(name) and len(name) <= 63 and (not slash or _PREFIX.fullmatch(prefix))
    if not right:
        raise refusal(
            f'{what} key "{key}" is not valid in Kubernetes',
            "at most 63 letters, digits, '-', '_' and '.', after an optional domain and '/', as in example.com/team",
        )


def _check_label_value(what: str, key: str, value: str) -> None:
    if len(value) > 63 or (value and not _NAME_PART.fullmatch(value)):
        raise refusal(
            f'{what} "{key}" has the value "{value}", which is not valid in Kubernetes',
            "at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends",
        )


def _taint_key(key: str) -> str:
    _check_qualified("taint", key)
    return key


ClusterName = Annotated[
    str,
    Field(json_schema_extra={"pattern": "^[a-z][a-z0-9-]{0,31}$"}),
    matching(
        r"[a-z][a-z0-9-]{0,31}",
        "a cluster's name is a lower-case letter, then at most 31 lower-case letters, digits and '-'",
        "choose a name such as h100-spot",
    ),
]
ObjectName = Annotated[
    str,
    Field(json_schema_extra={"pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"}),
    matching(
        r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
        "a name in Kubernetes has at most 63 lower-case letters, digits and '-'",
        "choose a name such as gpu-spot",
    ),
]
NodeGroupName = Annotated[
    str,
    Field(json_schema_extra={"pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"}),
    matching(
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}",
        "a node group's name has at most 63 letters, digits, '-' and '_'",
        "choose a name such as training_spot",
    ),
]
Tags = Annotated[Mapping[str, str], _each_pair(_check_tag)]
Labels = Annotated[Mapping[str, str], _each_pair(_check_label)]
NodeSelector = Annotated[Mapping[str, str], _each_pair(_check_selected)]
"""Labels by which nodes are found, whoever set them."""


class Taint(SpecModel):
    """Keeps pods off a node unless they tolerate it."""

    key: Annotated[str, AfterValidator(_taint_key)]
    """The taint's key, such as `nvidia.com/gpu`."""
    value: str = ""
    """The taint's value."""
    effect: Annotated[Literal["NoSchedule", "PreferNoSchedule", "NoExecute"], AnySpelling()]
    """What happens to pods that do not tolerate it."""
