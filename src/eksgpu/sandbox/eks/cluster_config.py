"""UpdateClusterConfig and AssociateEncryptionConfig: one kind of change at a time, applied when its update ends.

A request that changes nothing, or two kinds of thing, is refused as EKS does. Kubernetes versions have a file of
their own.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from eksgpu.sandbox.eks import access_entries, control_plane, late_logs, refusals
from eksgpu.sandbox.eks.cluster_checks import check_encryption, check_endpoint, check_groups, check_scheduler
from eksgpu.sandbox.eks.clusters import enabled_logs, logging_fields
from eksgpu.sandbox.eks.front import eks
from eksgpu.sandbox.eks.state import Cluster, Eks, Fields, cluster_of, eks_of
from eksgpu.sandbox.eks.subnets import check_control_plane_subnets
from eksgpu.sandbox.eks.updates import begin_update, running_update, sent_again
from eksgpu.sandbox.overlay import Call, Refused

# Which kind of update each member of the request asks for.
_KINDS = {
    "logging": "LoggingUpdate",
    "accessConfig": "AccessConfigUpdate",
    "upgradePolicy": "UpgradePolicyUpdate",
    "zonalShiftConfig": "ZonalShiftConfigUpdate",
    "computeConfig": "AutoModeUpdate",
    "kubernetesNetworkConfig": "AutoModeUpdate",
    "storageConfig": "AutoModeUpdate",
    "remoteNetworkConfig": "RemoteNetworkConfigUpdate",
    "deletionProtection": "DeletionProtectionUpdate",
    "controlPlaneScalingConfig": "ControlPlaneScalingConfigUpdate",
    "kubeApiServerConfig": "ControlPlaneComponentConfigUpdate",
    "kubeSchedulerConfig": "ControlPlaneComponentConfigUpdate",
    "kubeControllerManagerConfig": "ControlPlaneComponentConfigUpdate",
}
_VPC_KINDS = {
    "endpointPublicAccess": "EndpointAccessUpdate",
    "endpointPrivateAccess": "EndpointAccessUpdate",
    "publicAccessCidrs": "EndpointAccessUpdate",
    "subnetIds": "VpcConfigUpdate",
    "securityGroupIds": "VpcConfigUpdate",
    "controlPlaneEgressMode": "ControlPlaneEgressUpdate",
}
_MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
_OWN_DURATION = ("LoggingUpdate", "EndpointAccessUpdate", "VpcConfigUpdate", "AccessConfigUpdate")


@eks("UpdateClusterConfig")
def update_cluster_config(call: Call) -> dict[str, Any]:
    state, cluster = eks_of(call), cluster_of(call)
    again = sent_again(call, cluster)
    if again is not None:
        return {"update": again}
    kind = _kind(call.params)
    check_free(cluster, kind)
    desired = _desired(cluster, call.params)
    _check(call, cluster, kind, desired)
    return {"update": start(call, cluster, kind, desired, lambda: _apply(state, cluster, kind, desired))}


@eks("AssociateEncryptionConfig")
def associate_encryption_config(call: Call) -> dict[str, Any]:
    cluster = cluster_of(call)
    again = sent_again(call, cluster)
    if again is not None:
        return {"update": again}
    kind, desired = "AssociateEncryptionConfig", {"encryptionConfig": call.params["encryptionConfig"]}
    check_free(cluster, kind)
    if cluster.fields.get("encryptionConfig"):
        raise refusals.bad_request(f"Cluster {cluster.name} has an encryption configuration already")
    check_encryption(call.world, call.region, desired["encryptionConfig"])
    return {"update": start(call, cluster, kind, desired, lambda: cluster.fields.update(desired))}


def check_free(cluster: Cluster, kind: str) -> None:
    """Raise ResourceInUseException unless the cluster can start an update of this kind."""
    running = running_update(cluster)
    if running is not None:
        raise refusals.update_running(kind, cluster.name, running.id)
    if cluster.status != "ACTIVE":
        raise refusals.in_use(f"Cannot {kind} because cluster {cluster.name} is in status {cluster.status}")


def start(call: Call, cluster: Cluster, kind: str, desired: Mapping[str, Any], finish: Callable[[], None]) -> Fields:
    """Set the cluster to UPDATING for as long as this kind of update takes."""

    def done() -> None:
        cluster.status = "ACTIVE"
        finish()

    cluster.status = "UPDATING"
    timed = kind if kind in (*_OWN_DURATION, "VersionUpdate", "AssociateEncryptionConfig") else "ConfigUpdate"
    seconds = call.world.durations.seconds(f"eks:cluster:{timed}")
    shown = {name[0].upper() + name[1:]: _text(value) for name, value in desired.items()}
    return begin_update(call, cluster, kind, shown, seconds, done)


def _kind(params: Fields) -> str:
    kinds = {kind for member, kind in _KINDS.items() if member in params}
    kinds |= {kind for member, kind in _VPC_KINDS.items() if member in params.get("resourcesVpcConfig", {})}
    if not kinds:
        raise refusals.invalid("No changes needed: the request names nothing to update")
    if len(kinds) > 1:
        raise refusals.invalid("Only one type of update can be allowed.")
    return kinds.pop()


def _desired(cluster: Cluster, params: Fields) -> Fields:
    """The members that the request names, as the cluster will have them."""
    desired = {member: _merged(cluster.fields.get(member), params[member]) for member in _KINDS if member in params}
    if "logging" in params:
        before = enabled_logs(cluster.fields["logging"])
        desired["logging"] = logging_fields(enabled_logs(params["logging"], before))
    if "resourcesVpcConfig" in params:
        desired["resourcesVpcConfig"] = _merged(cluster.fields["resourcesVpcConfig"], params["resourcesVpcConfig"])
    return desired


def _merged(current: Any, wanted: Any) -> Any:
    return {**current, **wanted} if isinstance(current, dict) and isinstance(wanted, dict) else wanted


def _check(call: Call, cluster: Cluster, kind: str, desired: Fields) -> None:
    if kind == "AccessConfigUpdate":
        _check_mode(cluster, desired["accessConfig"]["authenticationMode"])
    if all(_same(cluster.fields.get(member), value) for member, value in desired.items()):
        raise _no_change(kind, desired)
    config = desired.get("resourcesVpcConfig", {})
    if kind == "EndpointAccessUpdate":
        check_endpoint(call.world, config)
    elif kind == "VpcConfigUpdate":
        found = check_control_plane_subnets(call.world, call.region, cluster.name, config["subnetIds"])
        if found[0].vpc_id != config["vpcId"]:
            raise refusals.invalid("Provided subnets belong to another VPC than the cluster's")
        check_groups(call.world, call.region, config["vpcId"], config["securityGroupIds"])
    elif kind == "ControlPlaneComponentConfigUpdate":
        check_scheduler(desired.get("kubeSchedulerConfig"))


def _check_mode(cluster: Cluster, wanted: str) -> None:
    """Modes only move towards API, one step at a time or none."""
    current = cluster.fields["accessConfig"]["authenticationMode"]
    if _MODES.index(wanted) != _MODES.index(current) + 1:
        raise refusals.invalid(f"Unsupported authentication mode update from {current} to {wanted}")


def _same(current: Any, wanted: Any) -> bool:
    if isinstance(current, dict) and isinstance(wanted, dict):
        return all(_same(current.get(key), value) for key, value in wanted.items())
    if isinstance(current, list) and isinstance(wanted, list):
        return sorted(map(_text, current)) == sorted(map(_text, wanted))
    return bool(current == wanted)


def _no_change(kind: str, desired: Fields) -> Refused:
    if kind == "LoggingUpdate":
        return refusals.invalid("No changes needed for the logging config provided")
    if kind == "EndpointAccessUpdate":
        config = desired["resourcesVpcConfig"]
        return refusals.invalid(
            "Cluster is already at the desired configuration with "
            f"endpointPrivateAccess: {_text(config['endpointPrivateAccess'])} , "
            f"endpointPublicAccess: {_text(config['endpointPublicAccess'])}, "
            f"and Public Endpoint Restrictions: [{', '.join(config['publicAccessCidrs'])}]"
        )
    shown = ", ".join(f"{member}: {_text(value)}" for member, value in desired.items())
    return refusals.invalid(f"Cluster is already at the desired configuration with {shown}")


def _apply(state: Eks, cluster: Cluster, kind: str, desired: Fields) -> None:
    cluster.fields.update(desired)
    if kind == "VpcConfigUpdate":
        control_plane.place_interfaces(state, cluster)
    elif kind == "LoggingUpdate":
        late_logs.write_now(state, cluster)
    elif kind == "AccessConfigUpdate":
        access_entries.admit_node_roles(state, cluster)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
