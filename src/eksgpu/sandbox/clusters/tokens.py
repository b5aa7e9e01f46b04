"""Tokens of EKS: a presigned STS GetCallerIdentity for one cluster, checked as aws-iam-authenticator checks it.

Only the token is looked at; who its caller is, and what he may do, is not known here. Source: aws-iam-authenticator,
pkg/token (`verifyHost`, `Verify`).
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from eksgpu.sandbox.identity import ACCESS_KEY, SECRET_KEY

_PREFIX = "k8s-aws-v1."
_HEADER = "x-k8s-aws-id"
_MOST_SECONDS = 900
_VALID = timedelta(minutes=15)
_SKEW = timedelta(minutes=5)
_HOST = re.compile(r"sts(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
# What `aws eks get-token` signs when its profile leads it to the sandbox.
_LOOPBACK = ("127.0.0.1", "localhost")
_PARAMETERS = {
    "action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-security-token",
    "x-amz-signature", "x-amz-signedheaders",
}  # fmt: skip
# Keys whose secret the sandbox knows; signatures of others cannot be checked, as nowhere in the sandbox.
_SECRETS = {ACCESS_KEY: SECRET_KEY, "sandbox": SECRET_KEY}


class BadToken(Exception):
    """Why a token is refused."""


@dataclass(frozen=True)
class Signed:
    """What a good token says: the access key that signed it."""

    access_key: str


def check(token: str, cluster: str, now: datetime) -> Signed:
    """Check a token for a cluster at a wall time (UTC). Raises BadToken."""
    url = _url(token)
    _check_host(url)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    fields = {name.lower(): value for name, value in query.items()}
    if set(fields) - _PARAMETERS:
        raise BadToken(f"unexpected parameters: {', '.join(sorted(set(fields) - _PARAMETERS))}")
    if fields.get("action") != "GetCallerIdentity":
        raise BadToken(f"the action is {fields.get('action')!r}, not GetCallerIdentity")
    if _HEADER not in fields.get("x-amz-signedheaders", "").split(";"):
        raise BadToken(f"the header {_HEADER} is not signed")
    _check_time(fields, now)
    credential = fields.get("x-amz-credential", "").split("/")
    if len(credential) != 5:
        raise BadToken("the credential is malformed")
    secret = _SECRETS.get(credential[0])
    if secret is not None and not _is_signed(url, query, cluster, secret):
        raise BadToken(f"the signature does not hold for the cluster {cluster}")
    return Signed(credential[0])


def _url(token: str) -> SplitResult:
    if not token.startswith(_PREFIX):
        raise BadToken(f"the token does not begin with {_PREFIX}")
    packed = token.removeprefix(_PREFIX)
    try:
        text = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        raise BadToken("the token is no base64 of a text") from error
    try:
        return urlsplit(text)
    except ValueError as error:
        raise BadToken("the token is no URL") from error


def _check_host(url: SplitResult) -> None:
    host = url.hostname or ""
    real = url.scheme == "https" and _HOST.fullmatch(host) is not None
    if not real and host not in _LOOPBACK:
        raise BadToken(f"{host or 'no host'} is no host of STS")
    if url.path not in ("", "/"):
        raise BadToken(f"the path is {url.path}")


def _check_time(fields: Mapping[str, str], now: datetime) -> None:
    try:
        seconds = int(fields.get("x-amz-expires", ""))
        signed = datetime.strptime(fields.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadToken("X-Amz-Expires or X-Amz-Date is malformed") from error
    if not 0 < seconds <= _MOST_SECONDS:
        raise BadToken(f"it would be good for {seconds} s")
    if not signed - _SKEW <= now < signed + _VALID:
        raise BadToken(f"it was signed at {signed.isoformat()}, which is too long ago")


def _is_signed(url: SplitResult, query: Mapping[str, str], cluster: str, secret: str) -> bool:
    """Does Signature Version 4 come to the same with the cluster's name in its header?"""
    fields = {name.lower(): value for name, value in query.items()}
    headers = {"host": url.netloc, _HEADER: cluster}
    names = fields["x-amz-signedheaders"].split(";")
    if set(names) - set(headers):
        return False
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query.items())
    canonical = "\n".join([
        "GET",
        url.path or "/",
        "&".join(f"{name}={value}" for name, value in pairs if name.lower() != "x-amz-signature"),
        *(f"{name}:{headers[name]}" for name in names),
        "",
        ";".join(names),
        hashlib.sha256(b"").hexdigest(),
    ])  # fmt: skip
    _, scope = fields["x-amz-credential"].split("/", 1)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", fields["x-amz-date"], scope, digest))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    wanted, told = hmac.digest(key, text.encode(), "sha256").hex(), fields.get("x-amz-signature", "")
    return hmac.compare_digest(wanted.encode(), told.encode())
