"""Principals: the IAM user or role behind an ARN.

STS names a session, and leaves out the path of its role; EKS and IAM's simulator want the role with its path, which
for the roles of IAM Identity Center is never empty.
"""

import re

from eksgpu.aws.run import AwsRun
from eksgpu.errors import Denied, NotFound

PERMISSIONS = frozenset({"iam:GetRole"})
_SESSION = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/.+")


def iam_arn(run: AwsRun, arn: str) -> str:
    """The ARN itself, or that of the role whose session it names. One call for a session.

    A role that cannot be read (of another account, gone, or hidden from the caller) is given without a path.
    """
    session = _SESSION.fullmatch(arn)
    if not session:
        return arn
    partition, account, name = session.groups()
    if account == run.account:
        try:
            role: str = run.aws.iam.get_role(RoleName=name)["Role"]["Arn"]
        except (NotFound, Denied):
            pass
        else:
            return role
    return f"arn:{partition}:iam::{account}:role/{name}"
