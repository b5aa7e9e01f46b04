"""Whether EKS makes clusters of this Kubernetes version, for how long it supports it, and at which price."""

from collections.abc import Iterator
from datetime import date

from eksgpu.catalog.kubernetes import minor
from eksgpu.catalog.price import price
from eksgpu.facts.model import ClusterVersion

from .charts import charts
from .check import check
from .context import CheckContext
from .finding import Finding, Severity

ID = "kubernetes-version"
WHERE = "spec.version"
SOON = 90  # days before an end of support at which the note becomes a warning


@check(ID, "EKS and every component support the Kubernetes version")
def kubernetes_version(context: CheckContext) -> Iterator[Finding]:
    """EKS supports a version for 14 months, then for 12 more at a six-fold price of the control plane, and then
    upgrades the cluster by itself. A version whose support has ended cannot be created.
    """
    if context.facts.cluster is not None:
        return  # its owner's to choose
    version = context.facts.version
    known = context.facts.cluster_version(version)
    if known is None or known.support == "unsupported":
        yield _not_offered(context, version)
    else:
        yield _phase(context, known)
    for chart, release in charts(context.spec.spec.components):
        if not chart.supports(version, release):
            message = f"{chart.name} {release} does not declare to work on Kubernetes {version}"
            where = f"spec.components.{chart.name}"
            yield Finding(ID, Severity.ERROR, where, message, _suited(context))


def _not_offered(context: CheckContext, version: str) -> Finding:
    offered = [item.version for item in context.facts.cluster_versions if item.support != "unsupported"]
    if context.facts.live_version == version:
        message = (
            f"EKS no longer supports Kubernetes {version}: it upgrades the cluster by itself, at a time it chooses"
        )
        return Finding(ID, Severity.WARNING, WHERE, message, "raise spec.version, one minor version at a time")
    nearest = min(offered, key=lambda item: abs(minor(item) - minor(version)), default="")
    message = f"EKS does not create clusters of Kubernetes {version} in {context.run.region}"
    fix = f'the nearest version that it creates is "{nearest}"' if nearest else ""
    return Finding(ID, Severity.ERROR, WHERE, message, fix)


def _phase(context: CheckContext, known: ClusterVersion) -> Finding:
    standard, extended = price("eksCluster").usd, price("eksExtendedSupport").usd
    if known.support == "extended":
        message = (
            f"Kubernetes {known.version} is in extended support{_until(known.extended_ends)}: the control plane costs "
            f"${extended:.2f} an hour instead of ${standard:.2f}{_then_upgraded(context, known.extended_ends)}"
        )
        return Finding(ID, Severity.WARNING, WHERE, message, _suited(context))
    if _days(context, known.standard_ends) <= SOON:
        days = _days(context, known.standard_ends)
        then = f"then the control plane costs ${extended:.2f} an hour instead of ${standard:.2f}"
        if context.spec.spec.support_type == "standard":
            then = "then EKS upgrades the cluster by itself (spec.supportType: standard)"
        message = (
            f"standard support of Kubernetes {known.version} ends in {days} days, on {known.standard_ends}; {then}"
        )
        return Finding(ID, Severity.WARNING, WHERE, message, _suited(context))
    message = (
        f"Kubernetes {known.version} is in standard support{_until(known.standard_ends)}: "
        f"the control plane costs ${standard:.2f} an hour"
    )
    return Finding(ID, Severity.NOTE, WHERE, message)


def _then_upgraded(context: CheckContext, end: date | None) -> str:
    days = _days(context, end)
    return f"; it ends in {days} days, then EKS upgrades the cluster by itself" if days <= SOON else ""


def _suited(context: CheckContext) -> str:
    newest = context.facts.newest
    return f'the newest version that every component works on is "{newest}"' if newest else ""


def _days(context: CheckContext, end: date | None) -> int:
    return (end - context.today).days if end else SOON + 1


def _until(end: date | None) -> str:
    return f" until {end}" if end else ""
