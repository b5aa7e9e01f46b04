"""IAM documents: trust policies, and the catalogue's policies with their `${Name}`s filled in by text or by Refs."""

import re
from collections.abc import Mapping
from typing import Any

from eksgpu.catalog.policy import statements
from eksgpu.engine.refs import Ref, Text

VERSION = "2012-10-17"
# What every node needs. Source: EKS user guide, create-node-role; Karpenter v1.14.1, cloudformation.yaml.
NODE_POLICIES = (
    "AmazonEKS_CNI_Policy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonSSMManagedInstanceCore",
)
NAME = re.compile(r"\$\{(\w+)\}")


def trust(service: str, *, actions: tuple[str, ...] = ("sts:AssumeRole",)) -> dict[str, Any]:
    """Who may take on a role: one AWS service."""
    action: Any = actions[0] if len(actions) == 1 else list(actions)
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action}
    return {"Version": VERSION, "Statement": [statement]}


def trust_pods() -> dict[str, Any]:
    """Who may take on a role through EKS Pod Identity."""
    return trust("pods.eks.amazonaws.com", actions=("sts:AssumeRole", "sts:TagSession"))


def document(name: str, values: Mapping[str, str | Ref]) -> dict[str, Any]:
    """A policy of the catalogue. KeyError when it needs a value that is not given."""
    return {
        "Version": VERSION,
        "Statement": [{"Effect": "Allow", **_filled(statement, values)} for statement in statements(name)],
    }


def _filled(tree: Any, values: Mapping[str, str | Ref]) -> Any:
    match tree:
        case str():
            return _text(tree, values)
        case Mapping():
            return {_key(key, values): _filled(value, values) for key, value in tree.items()}
        case list() | tuple():
            return [_filled(value, values) for value in tree]
        case _:
            return tree


def _key(key: str, values: Mapping[str, str | Ref]) -> str:
    return NAME.sub(lambda found: str(values[found.group(1)]), key)


def _text(text: str, values: Mapping[str, str | Ref]) -> Any:
    words = NAME.split(text)
    parts = [values[word] if position % 2 else word for position, word in enumerate(words)]
    parts = [part for part in parts if part != ""]
    if len(parts) == 1:
        return parts[0]
    return Text(*parts) if any(isinstance(part, Ref) for part in parts) else "".join(map(str, parts))
