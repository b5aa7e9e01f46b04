"""Permissions: which of the actions to come the caller may not do, asked of IAM's policy simulator.

The simulator is asked about all resources first. A policy that names resources refuses that question, so what it
refused is asked again about objects as we would make them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from eksgpu.aws.run import AwsRun

PERMISSIONS = frozenset({"iam:SimulatePrincipalPolicy"})
ACTIONS_PER_CALL = 100  # a page of results


def read_denied(run: AwsRun, principal: str, actions: Iterable[str]) -> tuple[str, ...]:
    """The denied ones, sorted. One call per hundred actions; one more per service where something was refused.

    principal: ARN of an IAM user or role; the root user may do everything. What hangs on a condition that cannot be
    known before the call counts as allowed.
    """
    wanted = sorted(set(actions))
    if principal.endswith(":root"):
        return ()
    chunks = [wanted[start : start + ACTIONS_PER_CALL] for start in range(0, len(wanted), ACTIONS_PER_CALL)]
    refused = {
        action for found in run.parallel(lambda chunk: _refused(run, principal, chunk), chunks) for action in found
    }
    if not refused:
        return ()
    ours = _objects(run)
    services = sorted({action.partition(":")[0] for action in refused} & ours.keys())
    again = run.parallel(
        lambda service: _refused(run, principal, _of(service, refused), ours[service]),
        services,
    )
    certain = {action for action in refused if action.partition(":")[0] not in ours}
    return tuple(sorted(certain.union(*again)))


def _of(service: str, actions: Iterable[str]) -> list[str]:
    return sorted(action for action in actions if action.startswith(f"{service}:"))


def _refused(run: AwsRun, principal: str, actions: list[str], resources: Iterable[str] = ("*",)) -> set[str]:
    """The actions that are allowed on none of the resources."""
    results = list(
        run.aws.iam.pages(
            "simulate_principal_policy",
            "EvaluationResults",
            PolicySourceArn=principal,
            ActionNames=actions,
            ResourceArns=list(resources),
            ContextEntries=[
                {
                    "ContextKeyName": "aws:RequestedRegion",
                    "ContextKeyType": "string",
                    "ContextKeyValues": [run.region],
                }
            ],
        )
    )
    allowed = {result["EvalActionName"] for result in results if _may(result)}
    return {result["EvalActionName"] for result in results} - allowed


def _may(result: Mapping[str, Any]) -> bool:
    return result["EvalDecision"] == "allowed" or bool(result.get("MissingContextValues"))


def _objects(run: AwsRun) -> dict[str, tuple[str, ...]]:
    """Objects as we would make them, by service. A policy that is limited by name or path matches one of them."""
    cluster, path = run.mark.cluster, run.mark.path
    hanging = ("nodegroup", "addon", "access-entry", "podidentityassociation")
    network = (
        "vpc", "subnet", "internet-gateway", "natgateway", "elastic-ip", "route-table", "security-group",
        "vpc-endpoint", "launch-template", "network-interface", "instance", "volume",
    )  # fmt: skip
    return {
        "iam": (
            *(run.arn("iam", f"{kind}{path}{cluster}-x", region="") for kind in ("role", "policy", "instance-profile")),
            run.arn("iam", f"oidc-provider/oidc.eks.{run.region}.amazonaws.com/id/0", region=""),
            run.arn("iam", "role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot", region=""),
        ),
        "eks": (
            run.arn("eks", f"cluster/{run.eks_cluster}"),
            *(run.arn("eks", f"{kind}/{run.eks_cluster}/x/0") for kind in hanging),
        ),
        "ec2": tuple(run.arn("ec2", f"{kind}/x-0") for kind in network),
        "sqs": (run.arn("sqs", f"{cluster}-x"),),
        "events": (run.arn("events", f"rule/{cluster}-x"),),
        "logs": (run.arn("logs", f"log-group:/aws/eks/{cluster}/cluster:*"),),
        "kms": (run.arn("kms", "key/0"), run.arn("kms", f"alias/{cluster}")),
    }
