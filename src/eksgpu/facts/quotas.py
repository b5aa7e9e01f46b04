"""Quotas: what this account may have, as Service Quotas tells it; the catalogue knows only what a fresh account has."""

from eksgpu.aws.run import AwsRun
from eksgpu.catalog.quota import Quota
from eksgpu.errors import NotFound

PERMISSIONS = frozenset({"servicequotas:ListServiceQuotas", "servicequotas:GetServiceQuota"})


def read_ec2_quotas(run: AwsRun) -> dict[str, float]:
    """quota code → value, for all of EC2's: vCPUs by family and capacity, elastic IPs. One or two calls."""
    found = run.aws.service_quotas.pages(
        "list_service_quotas", "Quotas", ServiceCode="ec2", PaginationConfig={"PageSize": 100}
    )
    return {quota["QuotaCode"]: quota["Value"] for quota in found}


def read_quota(run: AwsRun, quota: Quota) -> float:
    """The value of one quota; a fresh account's where Service Quotas does not list it. One call."""
    try:
        answer = run.aws.service_quotas.get_service_quota(ServiceCode=quota.service, QuotaCode=quota.code)
    except NotFound:
        return quota.default
    value: float = answer["Quota"]["Value"]
    return value
