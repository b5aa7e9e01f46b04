"""DescribeAddonVersions and DescribeAddonConfiguration: what add-ons exist, for which Kubernetes version.

Reads the sandbox's table only; add-ons that a cluster has are not its business.
"""

import json
from typing import Any

from eksgpu.sandbox.eks import data, refusals
from eksgpu.sandbox.eks.front import eks, page
from eksgpu.sandbox.overlay import Call


@eks("DescribeAddonVersions")
def describe_addon_versions(call: Call) -> dict[str, Any]:
    params = call.params
    kubernetes = params.get("kubernetesVersion")
    described = [
        _addon(name, addon, kubernetes)
        for name, addon in sorted(data.table("addon_versions")["addons"].items())
        if params.get("addonName") in (None, name) and _asked(addon, params)
    ]
    return page(call, [addon for addon in described if addon["addonVersions"]], "addons")


@eks("DescribeAddonConfiguration")
def describe_addon_configuration(call: Call) -> dict[str, Any]:
    name, version = call.params["addonName"], call.params["addonVersion"]
    if version not in {row["version"] for row in data.addon_rows(name, None)}:
        raise refusals.not_found(f"Addon version {version} not found for addon {name}", addonName=name)
    addon = data.table("addon_versions")["addons"][name]
    return {
        "addonName": name,
        "addonVersion": version,
        "configurationSchema": json.dumps(_schema(addon)),
        "podIdentityConfiguration": [
            {"serviceAccount": account, "recommendedManagedPolicies": [f"arn:aws:iam::aws:policy/{policy}"]}
            for account, policy in addon.get("podIdentity", {}).items()
        ],
    }


def _asked(addon: dict[str, Any], params: dict[str, Any]) -> bool:
    chosen = {"types": addon["type"], "publishers": _publisher(addon), "owners": _owner(addon)}
    return all(value in params[key] for key, value in chosen.items() if params.get(key))


def _addon(name: str, addon: dict[str, Any], kubernetes: str | None) -> dict[str, Any]:
    return {
        "addonName": name,
        "type": addon["type"],
        "publisher": _publisher(addon),
        "owner": _owner(addon),
        "defaultNamespace": "kube-system",
        "addonVersions": [_version(addon, row, kubernetes) for row in data.addon_rows(name, kubernetes)],
    }


def _version(addon: dict[str, Any], row: dict[str, Any], kubernetes: str | None) -> dict[str, Any]:
    return {
        "addonVersion": row["version"],
        "architecture": ["amd64", "arm64"],
        "computeTypes": ["ec2", "auto", "hybrid"],
        "compatibilities": [
            {
                "clusterVersion": version,
                "platformVersions": ["*"],
                "defaultVersion": version in row.get("default", ()),
            }
            for version in reversed(data.runs_on(row))
            if kubernetes in (None, version)
        ],
        "requiresConfiguration": False,
        "requiresIamPermissions": bool(addon.get("needsIam")),
    }


def _schema(addon: dict[str, Any]) -> dict[str, Any]:
    """A small schema: where nodeSelector and tolerations go, everything else allowed."""
    options: dict[str, Any] = {"nodeSelector": {"type": "object"}, "tolerations": {"type": "array"}}
    if addon.get("options"):
        options = {addon["options"]: {"type": "object", "properties": options}}
    return {"$schema": "http://json-schema.org/draft-06/schema#", "type": "object", "properties": options}


def _publisher(addon: dict[str, Any]) -> str:
    return str(addon.get("publisher", "eks"))


def _owner(addon: dict[str, Any]) -> str:
    return str(addon.get("owner", "aws"))
