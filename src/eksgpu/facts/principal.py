"""Principals: the IAM role behind the ARN of a session.

STS names a session, and leaves out the path of its role; EKS and IAM's simulator want the role with its path, which
for the roles of IAM Identity Center is never empty.
"""

import re
from collections.abc import Iterable

from eksgpu.aws.run import AwsRun
from eksgpu.errors import Denied, NotFound

PERMISSIONS = frozenset({"iam:GetRole"})
_SESSION = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/.+")


def roles_of(run: AwsRun, arns: Iterable[str]) -> dict[str, str]:
    """ARN of an assumed role → ARN of its role; other ARNs are left out. One call each.

    A role that cannot be read (of another account, gone, or hidden from the caller) is given without a path.
    """
    sessions = [found for arn in dict.fromkeys(arns) if (found := _SESSION.fullmatch(arn))]
    return {found[0]: _role(run, *found.groups()) for found in sessions}


def _role(run: AwsRun, partition: str, account: str, name: str) -> str:
    if account == run.account:
        try:
            arn: str = run.aws.iam.get_role(RoleName=name)["Role"]["Arn"]
        except (NotFound, Denied):
            pass
        else:
            return arn
    return f"arn:{partition}:iam::{account}:role/{name}"
