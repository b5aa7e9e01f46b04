"""CloudWatch log groups: brought up to date before anybody looks, since EKS writes into them after the fact.

Retention takes only the days that the API names. It must not know who writes.
"""

from typing import Any

from eksgpu.sandbox.eks.late_logs import late_log_writes
from eksgpu.sandbox.overlay import Call, Refused, operation
from eksgpu.sandbox.services.constraints import check

RETENTION = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


@operation("logs", "PutRetentionPolicy")
def put_retention_policy(call: Call) -> dict[str, Any]:
    """Set how many days events are kept."""
    late_log_writes(call.world, call.region)
    days = call.params["retentionInDays"]
    if days not in RETENTION:
        raise Refused(
            "InvalidParameterException",
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member"
            f" must satisfy enum value set: {list(RETENTION)}",
        )
    return call.moto()


@operation(
    "logs",
    "AssociateKmsKey",
    "CreateLogGroup",
    "DeleteLogGroup",
    "DeleteRetentionPolicy",
    "DescribeLogGroups",
    "DescribeLogStreams",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
)
def after_late_writes(call: Call) -> dict[str, Any]:
    """moto's answer, once every write that is due has happened."""
    late_log_writes(call.world, call.region)
    check(call, "InvalidParameterException")
    return call.moto()
