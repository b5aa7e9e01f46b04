"""The rest of EKS's API: kinds the sandbox has none of are listed as empty, everything else is not served.

Without this moto's own EKS would answer for clusters that it does not have.
"""

from typing import Any

from eksgpu.sandbox.eks.front import eks
from eksgpu.sandbox.eks.state import cluster_of
from eksgpu.sandbox.overlay import Call, NotServed


@eks("ListFargateProfiles")
def list_fargate_profiles(call: Call) -> dict[str, Any]:
    cluster_of(call)
    return {"fargateProfileNames": []}


@eks("ListIdentityProviderConfigs")
def list_identity_provider_configs(call: Call) -> dict[str, Any]:
    cluster_of(call)
    return {"identityProviderConfigs": []}


@eks("ListInsights")
def list_insights(call: Call) -> dict[str, Any]:
    cluster_of(call)
    return {"insights": []}


@eks("CreateFargateProfile", "DeleteFargateProfile", "DescribeFargateProfile")
def not_served(call: Call) -> dict[str, Any]:
    raise NotServed(f"eks:{call.operation}")
