"""The token that an EKS cluster takes for its caller: a presigned STS GetCallerIdentity, made in process.

Nothing is sent. The cluster's name is a signed header, so a token serves one cluster. Source: aws-iam-authenticator,
"API authorization from outside a cluster", and `aws eks get-token`.
"""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from .errors import is_botocore, translate

if TYPE_CHECKING:
    from .clients import Clients

HEADER = "x-k8s-aws-id"
PREFIX = "k8s-aws-v1."
URL_SECONDS = 60  # what the authenticator asks of the URL itself
VALID = timedelta(minutes=15)  # how long it takes the token from its signature on; it is used a minute less
Presign = Callable[[str], str]
_CONTEXT = "EksgpuClusterId"


def eks_token(
    presign: Presign, cluster: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> tuple[str, datetime]:
    """A token for a cluster, and until when to use it (UTC).

    presign: from a cluster's name to the signed URL; see `presigner`.
    """
    began = now()
    url = presign(cluster)
    return PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("="), began + VALID - timedelta(minutes=1)


def presigner(clients: "Clients") -> Presign:
    """Signs for the run's region with the run's credentials. Raises CredentialsError when there are none."""
    sts = clients.raw("sts", clients.region, writes=False)
    events = sts.meta.events
    events.register("provide-client-params.sts.GetCallerIdentity", _remember, unique_id="eksgpu-token-params")
    events.register("before-sign.sts.GetCallerIdentity", _add_header, unique_id="eksgpu-token-header")

    def presign(cluster: str) -> str:
        try:
            url: str = sts.generate_presigned_url(
                "get_caller_identity", Params={_CONTEXT: cluster}, ExpiresIn=URL_SECONDS, HttpMethod="GET"
            )
        except Exception as error:
            if not is_botocore(error):
                raise
            raise translate(error, "sts:GetCallerIdentity") from error
        return url

    return presign


def _remember(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Take the cluster's name out of the parameters: it is none of the API's."""
    if _CONTEXT in params:
        context[_CONTEXT] = params.pop(_CONTEXT)


def _add_header(request: Any, **_: Any) -> None:
    """Only on what was asked for with a cluster's name; every other call of this client stays as it is."""
    if _CONTEXT in request.context:
        request.headers[HEADER] = request.context[_CONTEXT]
