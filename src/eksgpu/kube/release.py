"""Helm's own record of a release: Secrets of type helm.sh/release.v1, one a revision, read and written as Helm does.

The payload is JSON, gzipped, base64, and base64 once more because Secrets are. Source: helm.sh/helm/v3
pkg/storage/driver (util.go, secrets.go).
"""

import base64
import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

TYPE = "helm.sh/release.v1"
DEPLOYED = "deployed"


@dataclass(frozen=True)
class Release:
    """The newest revision of a release.

    status:   Helm's word: deployed, failed, pending-install, pending-upgrade, pending-rollback, uninstalling.
    deployed: the revision that runs, where it is another one; 0 when none does.
    labels:   those of the Secret, Helm's own included.
    """

    namespace: str
    name: str
    revision: int
    status: str
    chart: str
    version: str
    values: Mapping[str, Any]
    description: str = ""
    deployed: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    created: str = ""


def newest(secrets: Iterable[Mapping[str, Any]]) -> list[Release]:
    """The newest revision of every release among these Secrets, by namespace and name."""
    by_release: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for secret in secrets:
        metadata = secret["metadata"]
        by_release.setdefault((metadata["namespace"], metadata["labels"]["name"]), []).append(secret)
    return [_release(found) for _, found in sorted(by_release.items())]


def decode(secret: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of a release Secret."""
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    release: dict[str, Any] = json.loads(gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed)
    return release


def encode(release: Mapping[str, Any]) -> str:
    """`data.release` of a Secret that holds this payload."""
    packed = gzip.compress(json.dumps(release, separators=(",", ":")).encode(), mtime=0)
    return base64.b64encode(base64.b64encode(packed)).decode()


def _release(secrets: list[Mapping[str, Any]]) -> Release:
    newest_first = sorted(secrets, key=_revision, reverse=True)
    secret = newest_first[0]
    payload = decode(secret)
    running = (one for one in newest_first if one["metadata"]["labels"].get("status") == DEPLOYED)
    metadata, info = payload["chart"]["metadata"], payload["info"]
    return Release(
        namespace=secret["metadata"]["namespace"],
        name=payload["name"],
        revision=_revision(secret),
        status=info["status"],
        chart=metadata["name"],
        version=metadata["version"],
        values=payload.get("config") or {},
        description=info.get("description", ""),
        deployed=next(map(_revision, running), 0),
        labels=secret["metadata"]["labels"],
        created=info.get("first_deployed", ""),
    )


def _revision(secret: Mapping[str, Any]) -> int:
    return int(secret["metadata"]["labels"]["version"])
