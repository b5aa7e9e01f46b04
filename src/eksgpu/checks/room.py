"""Room under a quota that counts objects: what is there already, what is to be made, what the account may have."""

from collections.abc import Iterator

from eksgpu.catalog.quota import Quota

from .finding import Finding, Severity


def too_many(
    check_id: str, where: str, quota: Quota, limit: float, *, there: int, new: int, region: str
) -> Iterator[Finding]:
    """An error when `new` objects beside those that are there already exceed the limit."""
    if there + new <= limit:
        return
    message = (
        f"{new} more would exceed the quota {quota.code} ({quota.name}): "
        f"{there} are there already, {limit:g} are allowed"
    )
    fix = f"delete some, or ask for more: {increase(quota, there + new, region)}"
    yield Finding(check_id, Severity.ERROR, where, message, fix)


def increase(quota: Quota, wanted: float, region: str) -> str:
    """The command that asks AWS for a higher quota."""
    return (
        f"aws service-quotas request-service-quota-increase --service-code {quota.service} "
        f"--quota-code {quota.code} --desired-value {wanted:g} --region {region}"
    )
