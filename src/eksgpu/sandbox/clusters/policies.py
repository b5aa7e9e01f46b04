"""What an associated access policy grants inside a cluster: the rules that EKS documents, everywhere or in namespaces.

Source: `data/access_policies.yaml`. Who holds a policy, and since when, is not known here.
"""

from collections.abc import Mapping
from typing import Any

from eksgpu.sandbox.kubernetes.auth import Grant
from eksgpu.sandbox.kubernetes.rule_tables import rule_table


def grant(policy: str, scope: Mapping[str, Any]) -> Grant:
    """The policy with this name in EKS's accessScope. Those for EKS's own components grant nothing."""
    namespaces = tuple(scope["namespaces"]) if scope["type"] == "namespace" else None
    return Grant(rule_table("access_policies.yaml")[policy], namespaces)
