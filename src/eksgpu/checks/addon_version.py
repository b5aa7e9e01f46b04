"""Whether EKS has the add-ons, in the versions that the spec names, for this Kubernetes version."""

from collections.abc import Iterator

from eksgpu.aws.eks_addon import EksAddon

from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "addon-version"
SHOWN = 3


@check(ID, "EKS has every add-on in the wanted version for the Kubernetes version")
def addon_version(context: CheckContext) -> Iterator[Finding]:
    """EKS keeps a list of add-on versions for each Kubernetes version, and refuses any other when the cluster is
    already there.
    """
    facts = context.facts
    for addon in context.graph:
        if not isinstance(addon, EksAddon):
            continue
        known = facts.addons.get(addon.name)
        if known is None:
            message = f"EKS has no add-on {addon.name} for Kubernetes {facts.version}"
            fix = f"aws eks describe-addon-versions --kubernetes-version {facts.version} lists what there is"
            yield Finding(ID, Severity.ERROR, addon.identity, message, fix)
        elif isinstance(addon.version, str) and addon.version not in known.versions:
            message = f"EKS has no {addon.name} {addon.version} for Kubernetes {facts.version}"
            shown = ", ".join(known.versions[:SHOWN])
            fix = f"leave the version out for {known.default}, or take one of {shown}"
            yield Finding(ID, Severity.ERROR, addon.identity, message, fix)
