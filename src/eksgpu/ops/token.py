"""`token`: what kubectl and helm ask before they call a cluster. Signs in process, asks nobody, imports little.

It must not know specs, kinds or the Kubernetes client: kubectl runs it again and again.
"""

import os
from datetime import UTC

from eksgpu.aws.clients import Clients, OwnSession
from eksgpu.aws.eks_token import eks_token, presigner
from eksgpu.errors import UsageError
from eksgpu.kube.kubeconfig import exec_credential

SANDBOX_KEYS = ("sandbox", "sandbox")


def token(cluster: str, *, region: str | None, profile: str | None = None, sandbox: bool = False) -> str:
    """An ExecCredential as JSON, for EKS's own name of a cluster.

    sandbox: sign as the sandbox's one caller, who needs no profile.

    Raises UsageError without a region or for an unknown profile, CredentialsError when there is nothing to sign with.
    """
    where = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not where:
        raise UsageError("no region given", hint="name it with --region")
    session = OwnSession(keys=SANDBOX_KEYS) if sandbox else OwnSession(profile=profile)
    made, expires = eks_token(presigner(Clients(session, region=where)), cluster)
    return exec_credential(made, expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
