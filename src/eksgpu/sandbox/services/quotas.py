"""Service Quotas: what the World's quotas are, applied and default."""

from collections.abc import Callable
from typing import Any

from eksgpu.sandbox.limits import Quota
from eksgpu.sandbox.overlay import Call, Refused, operation

_PAGE = 100
# Quotas of global services are kept in us-east-1 and are the same everywhere.
_GLOBAL = frozenset({"iam"})
_NAMES = {
    "autoscaling": "Amazon EC2 Auto Scaling",
    "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)",
    "eks": "Amazon Elastic Kubernetes Service (Amazon EKS)",
    "elasticloadbalancing": "Elastic Load Balancing (ELB)",
    "events": "Amazon EventBridge (CloudWatch Events)",
    "iam": "AWS Identity and Access Management (IAM)",
    "kms": "AWS Key Management Service (AWS KMS)",
    "sagemaker": "Amazon SageMaker",
    "vpc": "Amazon Virtual Private Cloud (Amazon VPC)",
}


@operation("service-quotas", "ListServiceQuotas")
def list_service_quotas(call: Call) -> dict[str, Any]:
    """The applied quotas of a service, paged."""
    return _listed(call, lambda quota: quota.value)


@operation("service-quotas", "ListAWSDefaultServiceQuotas")
def list_default_quotas(call: Call) -> dict[str, Any]:
    """The quotas that a fresh account has."""
    return _listed(call, lambda quota: quota.default)


@operation("service-quotas", "GetServiceQuota")
def get_service_quota(call: Call) -> dict[str, Any]:
    """One applied quota. Raises NoSuchResourceException."""
    quota = _found(call)
    return {"Quota": _shown(call, quota, quota.value)}


@operation("service-quotas", "GetAWSDefaultServiceQuota")
def get_default_quota(call: Call) -> dict[str, Any]:
    """One default quota. Raises NoSuchResourceException."""
    quota = _found(call)
    return {"Quota": _shown(call, quota, quota.default)}


def _listed(call: Call, value: Callable[[Quota], float]) -> dict[str, Any]:
    quotas = call.world.quotas.of(call.params["ServiceCode"])
    if not quotas:
        raise _unknown()
    wanted = call.params.get("QuotaCode")
    matching = [quota for quota in quotas if wanted in (None, quota.code)]
    start = int(call.params.get("NextToken") or 0)
    end = start + call.params.get("MaxResults", _PAGE)
    return {
        "Quotas": [_shown(call, quota, value(quota)) for quota in matching[start:end]],
        "NextToken": str(end) if end < len(matching) else None,
    }


def _found(call: Call) -> Quota:
    quota = call.world.quotas.get(call.params["ServiceCode"], call.params["QuotaCode"])
    if quota is None:
        raise _unknown()
    return quota


def _unknown() -> Refused:
    return Refused("NoSuchResourceException", "The request failed because the specified service does not exist.")


def _shown(call: Call, quota: Quota, value: float) -> dict[str, Any]:
    region = "" if quota.service in _GLOBAL else call.region
    return {
        "ServiceCode": quota.service,
        "ServiceName": _NAMES.get(quota.service, quota.service),
        "QuotaArn": f"arn:aws:servicequotas:{region}:{call.account}:{quota.service}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": value,
        "Unit": quota.unit,
        "Adjustable": quota.adjustable,
        "GlobalQuota": quota.service in _GLOBAL,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }
