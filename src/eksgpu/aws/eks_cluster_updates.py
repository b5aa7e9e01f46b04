"""How a live cluster becomes the wanted one: EKS takes one kind of change at a time, in the order that stands here.

It builds requests and reasons to refuse; it calls nothing.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from eksgpu.catalog.kubernetes import minor
from eksgpu.engine.resource import Live

from .eks import given

if TYPE_CHECKING:
    from .eks_cluster import EksCluster

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# From left to right only. Source: EKS user guide, "Grant IAM users access to Kubernetes with EKS access entries".
AUTHENTICATION_MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")

Config = Callable[["EksCluster", Live], dict[str, Any]]


def next_update(wanted: "EksCluster", live: Live, changed: frozenset[str]) -> tuple[str, dict[str, Any]]:
    """The one call to make now, as (method of the EKS client, its arguments). `changed` holds more than tags.

    What frees or protects comes first, what is slow last: adding encryption may take 45 minutes, a version ten.
    """
    for fields, config in CONFIGS:
        if changed & fields:
            return "update_cluster_config", {"name": live.outputs["name"], **config(wanted, live)}
    if "encryption_key" in changed:
        config_ = encryption_config(wanted.encryption_key)
        return "associate_encryption_config", {"clusterName": live.outputs["name"], "encryptionConfig": config_}
    return "update_cluster_version", {"name": live.outputs["name"], "version": wanted.version}


def refusal(wanted: "EksCluster", live: Live) -> str | None:
    """Why EKS would not make this change, in one clause; None when it would."""
    return _version_refusal(wanted, live) or _mode_refusal(wanted, live) or _encryption_refusal(wanted, live)


def encryption_config(key: Any) -> list[dict[str, Any]]:
    """EncryptionConfig: Secrets are all that EKS encrypts with a key of ours."""
    return [{"resources": ["secrets"], "provider": {"keyArn": key}}]


def scheduler_config(strategy: Mapping[str, Any]) -> dict[str, Any]:
    """KubeSchedulerConfig for a scoring strategy of the form `{"type": …, "resources": {name: weight}}`."""
    weights = [{"name": name, "weight": weight} for name, weight in sorted(strategy.get("resources", {}).items())]
    scoring = given({"type": strategy["type"], "resources": weights or None})
    return {"nodeResourcesFit": {"scoringStrategy": scoring}}


def _authentication(wanted: "EksCluster", live: Live) -> dict[str, Any]:
    step = AUTHENTICATION_MODES.index(live.fields["authentication_mode"]) + 1  # one at a time
    return {"accessConfig": {"authenticationMode": AUTHENTICATION_MODES[step]}}


def _logging(wanted: "EksCluster", live: Live) -> dict[str, Any]:
    on = set(wanted.log_types or ())
    groups = ((sorted(on), True), ([name for name in LOG_TYPES if name not in on], False))
    return {"logging": {"clusterLogging": [{"types": types, "enabled": is_on} for types, is_on in groups if types]}}


def _endpoint(wanted: "EksCluster", live: Live) -> dict[str, Any]:
    cidrs = list(wanted.public_cidrs) if wanted.endpoint_public and wanted.public_cidrs is not None else None
    config = {
        "endpointPublicAccess": wanted.endpoint_public,
        "endpointPrivateAccess": wanted.endpoint_private,
        "publicAccessCidrs": cidrs,
    }
    return {"resourcesVpcConfig": given(config)}


def _network(wanted: "EksCluster", live: Live) -> dict[str, Any]:
    # EKS refuses these two together with the endpoint's settings.
    config = {"subnetIds": wanted.subnet_list(), "securityGroupIds": list(wanted.security_groups)}
    return {"resourcesVpcConfig": config}


CONFIGS: tuple[tuple[frozenset[str], Config], ...] = (
    (frozenset({"deletion_protection"}), lambda wanted, _: {"deletionProtection": wanted.deletion_protection}),
    (frozenset({"authentication_mode"}), _authentication),
    (frozenset({"log_types"}), _logging),
    (frozenset({"endpoint_public", "endpoint_private", "public_cidrs"}), _endpoint),
    (frozenset({"subnets", "security_groups"}), _network),
    (frozenset({"support_type"}), lambda wanted, _: {"upgradePolicy": {"supportType": wanted.support_type}}),
    (frozenset({"tier"}), lambda wanted, _: {"controlPlaneScalingConfig": {"tier": wanted.tier}}),
    (
        frozenset({"scheduler"}),
        lambda wanted, _: {"kubeSchedulerConfig": scheduler_config(wanted.scheduler or {})},
    ),
)


def _version_refusal(wanted: "EksCluster", live: Live) -> str | None:
    now = live.fields.get("version")
    if not isinstance(wanted.version, str) or not now:
        return None
    steps = minor(wanted.version) - minor(now)
    if steps < 0:
        return f"version {wanted.version} is older than the live {now}: a control plane is never downgraded"
    if steps > 1:
        first = f"1.{minor(now) + 1}"
        return f"version {now} to {wanted.version} is {steps} minor versions: EKS takes one at a time, {first} first"
    return None


def _mode_refusal(wanted: "EksCluster", live: Live) -> str | None:
    now = live.fields.get("authentication_mode")
    if now not in AUTHENTICATION_MODES or wanted.authentication_mode not in AUTHENTICATION_MODES:
        return None
    if AUTHENTICATION_MODES.index(wanted.authentication_mode) >= AUTHENTICATION_MODES.index(now):
        return None
    return f"authentication mode {now} cannot go back to {wanted.authentication_mode}: EKS allows one direction only"


def _encryption_refusal(wanted: "EksCluster", live: Live) -> str | None:
    now = live.fields.get("encryption_key")
    if not now or wanted.encryption_key is None or wanted.encryption_key == now:
        return None
    return f"Secrets are encrypted with {now}: EKS neither removes that nor changes the key"
