"""EKS add-ons: which versions of them suit a Kubernetes version.

One question for all of AWS's and the community's add-ons; those of the marketplace are asked for by name, since there
are hundreds of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from eksgpu.aws.run import AwsRun
from eksgpu.errors import CloudError, NotFound

from .model import AddonVersions

PERMISSIONS = frozenset({"eks:DescribeAddonVersions"})
OWNERS = ("aws", "community")


def read_addon_versions(run: AwsRun, kubernetes: str, names: Iterable[str]) -> dict[str, AddonVersions]:
    """name → versions, for the named add-ons that exist for this Kubernetes version."""
    wanted = tuple(dict.fromkeys(names))
    if not wanted:
        return {}
    found = {
        addon["addonName"]: addon
        for addon in _described(run, kubernetes, owners=list(OWNERS))
        if addon["addonName"] in wanted
    }
    for name in wanted:
        if name not in found:
            found |= {addon["addonName"]: addon for addon in _described(run, kubernetes, addonName=name)}
    return {name: _versions(found[name]) for name in wanted if name in found}


def _described(run: AwsRun, kubernetes: str, **how: Any) -> Iterator[Mapping[str, Any]]:
    try:
        yield from run.aws.eks.pages("describe_addon_versions", "addons", kubernetesVersion=kubernetes, **how)
    except NotFound:
        return
    except CloudError as error:
        if error.code != "InvalidParameterException":  # EKS knows no add-on or no Kubernetes version of that name
            raise


def _versions(addon: Mapping[str, Any]) -> AddonVersions:
    # EKS lists the newest first.
    rows = addon["addonVersions"]
    versions = tuple(row["addonVersion"] for row in rows)
    default = (
        row["addonVersion"] for row in rows if any(item.get("defaultVersion") for item in row["compatibilities"])
    )
    return AddonVersions(versions, next(default, versions[0]))
