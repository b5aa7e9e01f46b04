"""AWS's error codes by meaning: the only file that knows them.

Source of codes and texts: the service models of botocore, moto's recorded responses, and public issue reports
(see docs/facts in the catalogue's error notes). A code that stands in no set becomes a plain CloudError.
"""

import re
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from eksgpu.errors import (
    AlreadyExists,
    AnswerLost,
    CloudError,
    CredentialsError,
    Denied,
    Later,
    NotFound,
    QuotaExceeded,
    Throttled,
)

GONE = re.compile(r"(NotFound|\.NonExistentQueue|NoSuch\w+|QueueDoesNotExist|ParameterNotFound)(\.|$|Exception)")
GONE_CODES = frozenset({"ResourceNotFoundException", "NatGatewayNotFound", "NotFoundException", "QueueDoesNotExist"})
GONE_TEXTS = ("No cluster found for name",)

EXISTS_CODES = frozenset({
    "EntityAlreadyExists", "EntityAlreadyExistsException", "ResourceAlreadyExistsException", "AlreadyExistsException",
    "QueueAlreadyExists", "QueueNameExists", "InvalidLaunchTemplateName.AlreadyExistsException",
    "InvalidGroup.Duplicate", "InvalidPermission.Duplicate", "RouteAlreadyExists", "ParameterAlreadyExists",
    "InvalidKeyPair.Duplicate", "ConflictException",
})  # fmt: skip
EXISTS_TEXTS = ("already exists", "is already in use on this cluster", "has been taken in this account")

DENIED_CODES = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess"})
DENIED_ACTION = re.compile(r"not authorized to perform: ([\w-]+:\w+)")

CREDENTIALS_CODES = frozenset({
    "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure",
    "SignatureDoesNotMatch", "RequestExpired", "InvalidSignatureException", "InvalidAccessKeyId",
    "MissingAuthenticationToken", "OptInRequired",
})  # fmt: skip

QUOTA_CODES = re.compile(r"LimitExceeded$|LimitExceededException$|^Max\w+Exceeded$|^ServiceQuotaExceeded")

THROTTLED_CODES = frozenset({
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
    "TooManyRequestsException", "RequestLimitExceeded", "EC2ThrottledException", "PriorRequestNotComplete", "SlowDown",
    "TransactionInProgressException", "BandwidthLimitExceeded", "ProvisionedThroughputExceededException",
})  # fmt: skip

# It will be possible without our doing: propagation of IAM, an object still held, an update still in progress.
LATER_CODES = frozenset({
    "DependencyViolation", "DeleteConflict", "InvalidIPAddress.InUse", "AWS.SimpleQueueService.QueueDeletedRecently",
    "QueueDeletedRecently", "OperationNotPermitted", "IncorrectState", "ConcurrentModification",
    "IncorrectInstanceState",
    "ConcurrentModificationException", "OperationAbortedException", "InvalidInternetGatewayId.NotAttachedYet",
    "ResourceInUse", "InvalidRouteTableId.InUse", "VolumeInUse", "InvalidNetworkInterface.InUse",
})  # fmt: skip
LATER_TEXTS = (
    "could not be assumed because it does not exist or the trusted entity is not correct",
    "does not exist or the trusted entity",
    "Error in role params",
    "the trusted entity is not correct",
    "doesn't have the Amazon EKS Managed Policies associated",
    "IAM role's policy must include",
    "Following required service principals",
    "cannot be found",
    "The specified principalArn is invalid: invalid principal",
    "Role provided in the request does not exist",
    "Trust policy of the role provided is invalid",
    "in progress",
    "is currently in use",
    "cannot be updated as it is currently in",
    "Cluster has nodegroups attached",
    "invalid principals",
    "is not in ACTIVE state",
    "is not in ACTIVE status",
    "already at the desired configuration",
    "unable to assume the service-linked role",
)
ROLE_MISSING = re.compile(r"roleArn, \S+, does not exist")

# The request went out and no answer came back, or the server failed after it: nobody knows whether it was executed.
LOST = (ConnectionClosedError, ReadTimeoutError, HTTPClientError)
NEVER_SENT = (EndpointConnectionError, ConnectTimeoutError)
NO_CREDENTIALS = (
    NoCredentialsError, PartialCredentialsError, ProfileNotFound, TokenRetrievalError, SSOTokenLoadError,
    UnauthorizedSSOTokenError,
)  # fmt: skip


def translate(error: Exception, operation: str) -> CloudError:
    """The error of ours that means the same; the cause is kept by `raise … from`.

    `operation` is `service:Operation`, for the message.
    """
    if isinstance(error, ClientError):
        return _client_error(error, operation)
    message = f"{operation}: {error}"
    if isinstance(error, NO_CREDENTIALS):
        return CredentialsError(f"no usable AWS credentials: {error}", operation=operation, hint=_NO_ACCOUNT)
    if isinstance(error, NEVER_SENT):
        return CloudError(f"{operation}: cannot reach AWS: {error}", operation=operation, hint=_NETWORK)
    if isinstance(error, (*LOST, BotoConnectionError)):
        return AnswerLost(message, operation=operation, hint=_AGAIN)
    hint = "name a region with --region or in the spec" if isinstance(error, NoRegionError) else None
    return CloudError(message, operation=operation, hint=hint)


_LOGIN = "log in (`aws sso login`, `aws configure`) or name a profile with --profile, then run the same command"
_NO_ACCOUNT = f"{_LOGIN}; to try without an account: --sandbox"
_SLOWER = "AWS limits how often this account may ask; wait a minute and run the same command again"
_AGAIN = "AWS or the way to it had a fault of its own; run the same command again"
_MORE = "ask for a higher quota (aws service-quotas request-service-quota-increase), or remove what is not needed"
_HINTS = {CredentialsError: _LOGIN, Throttled: _SLOWER, AnswerLost: _AGAIN, QuotaExceeded: _MORE}
_NETWORK = "check the network, a proxy, and whether the region exists"


def _client_error(error: ClientError, operation: str) -> CloudError:
    detail: dict[str, Any] = error.response.get("Error", {})
    code, text = str(detail.get("Code", "")), str(detail.get("Message", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) or 0)
    kind = meaning(code, text, status)
    action = None
    hint = None
    if kind is Denied:
        found = DENIED_ACTION.search(text)
        action = found.group(1) if found else _action_of(operation)
        hint = f"the caller lacks {action}: add it to the caller's IAM policy"
    elif kind in _HINTS:
        hint = _HINTS[kind]
    return kind(f"{operation}: {code}: {text}", code=code, operation=operation, action=action, hint=hint)


def _action_of(operation: str) -> str:
    return operation if ":" in operation else "the permission for this call"


def meaning(code: str, text: str, status: int = 400) -> type[CloudError]:
    """What an AWS error means to us: the class of our tree."""
    if code in THROTTLED_CODES:
        return Throttled
    if code in DENIED_CODES:
        return Denied
    if code in CREDENTIALS_CODES:
        return CredentialsError
    if any(known in text for known in EXISTS_TEXTS) or code in EXISTS_CODES:
        return AlreadyExists
    if code in LATER_CODES or ROLE_MISSING.search(text) or any(known in text for known in LATER_TEXTS):
        return Later
    if code in GONE_CODES or GONE.search(code) or any(known in text for known in GONE_TEXTS):
        return NotFound
    if QUOTA_CODES.search(code):
        return QuotaExceeded
    if status >= 500:
        return AnswerLost
    return CloudError


def is_botocore(error: Exception) -> bool:
    """Whether this exception comes from botocore, and so is ours to translate."""
    return isinstance(error, ClientError | BotoCoreError)
