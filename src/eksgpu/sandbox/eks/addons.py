"""EKS add-ons: created, described, updated and deleted; what their health hangs on stands in `addon_health`.

Only the add-on as EKS's API shows it; its pods are not here.
"""

from typing import Any

from eksgpu.catalog.durations import load_durations
from eksgpu.sandbox.ec2.backend import later
from eksgpu.sandbox.eks import data, iam, pod_identity, refusals, updates
from eksgpu.sandbox.eks.addon_health import check_configuration, health
from eksgpu.sandbox.eks.front import eks, page
from eksgpu.sandbox.eks.limits import doomed
from eksgpu.sandbox.eks.nodegroups import nodes_may_join
from eksgpu.sandbox.eks.state import Addon, Cluster, Eks, Fields, addon_of, cluster_of, eks_of
from eksgpu.sandbox.eks.tagging import check_tags
from eksgpu.sandbox.overlay import Call

_CHANGEABLE = ("addonVersion", "serviceAccountRoleArn", "configurationValues")


@eks("CreateAddon")
def create_addon(call: Call) -> dict[str, Any]:
    state, cluster, params = eks_of(call), cluster_of(call), call.params
    name = params["addonName"]
    existing = cluster.addons.get(name)
    if existing is not None:
        if existing.token and existing.token == params.get("clientRequestToken"):
            return {"addon": described(state, cluster, existing)}
        raise refusals.addon_exists(cluster.name, name)
    if cluster.status in ("CREATING", "DELETING"):
        raise refusals.not_active(cluster.name)
    _check(call, cluster, name)
    addon = Addon(_new_fields(call, state, cluster), params.get("clientRequestToken"))
    cluster.addons[name] = addon
    cluster.self_managed.discard(name)  # it is taken over
    _associate(state, cluster, addon, params.get("podIdentityAssociations", ()))
    later(call.world, call.region, _create_seconds(state, name), lambda: _created(state, cluster, addon))
    return {"addon": described(state, cluster, addon)}


@eks("DescribeAddon")
def describe_addon(call: Call) -> dict[str, Any]:
    return {"addon": described(eks_of(call), *addon_of(call))}


@eks("ListAddons")
def list_addons(call: Call) -> dict[str, Any]:
    return page(call, sorted(cluster_of(call).addons), "addons")


@eks("UpdateAddon")
def update_addon(call: Call) -> dict[str, Any]:
    state, params = eks_of(call), call.params
    cluster, addon = addon_of(call)
    again = updates.sent_again(call, cluster)
    if again is not None:
        return {"update": again}
    if addon.status != "ACTIVE":
        raise refusals.addon_busy(cluster.name, addon.name, addon.status)
    _check(call, cluster, addon.name)
    changed = {key: params[key] for key in _CHANGEABLE if key in params}

    def done() -> None:
        addon.status = "ACTIVE"
        addon.fields.update(changed)
        if "podIdentityAssociations" in params:
            _dissociate(cluster, addon)
            _associate(state, cluster, addon, params["podIdentityAssociations"])

    addon.status = "UPDATING"
    addon.fields["modifiedAt"] = call.world.clock.now()
    shown = {key[0].upper() + key[1:]: value for key, value in changed.items()}
    seconds = call.world.durations.seconds("eks:addon:AddonUpdate")
    return {"update": updates.begin_update(call, cluster, "AddonUpdate", shown, seconds, done, addon=addon.name)}


@eks("DeleteAddon")
def delete_addon(call: Call) -> dict[str, Any]:
    state = eks_of(call)
    cluster, addon = addon_of(call)
    if addon.status != "DELETING":
        addon.status = "DELETING"
        updates.abandon(cluster, addon=addon.name)
        preserved = bool(call.params.get("preserve"))
        seconds = call.world.durations.seconds("eks:addon:delete")
        later(call.world, call.region, seconds, lambda: _gone(cluster, addon, preserved))
    return {"addon": described(state, cluster, addon)}


def described(state: Eks, cluster: Cluster, addon: Addon) -> Fields:
    """The add-on as DescribeAddon answers it now."""
    status, issues = health(state, cluster, addon)
    owned = [
        association.fields["associationArn"]
        for association in cluster.associations.values()
        if association.fields.get("ownerArn") == addon.fields["addonArn"]
    ]
    answer = {**addon.fields, "status": status, "health": {"issues": issues}}
    return {**answer, "podIdentityAssociations": owned} if owned else answer


def default_version(name: str, kubernetes: str) -> str:
    """The version that EKS takes when none is asked for."""
    rows = data.addon_rows(name, kubernetes)
    return str(next((row["version"] for row in rows if kubernetes in row.get("default", ())), rows[0]["version"]))


def _create_seconds(state: Eks, name: str) -> float:
    own = f"eks:addon:{name}:create"
    return state.world.durations.seconds(own if own in load_durations() else "eks:addon:create")


def _created(state: Eks, cluster: Cluster, addon: Addon) -> None:
    if addon.status != "CREATING":
        return
    addon.status = "ACTIVE"
    if doomed(state.world, "addon", addon.name):
        addon.status = "CREATE_FAILED"
        addon.issues.append({"code": "InternalFailure", "message": "The creation failed.", "resourceIds": []})
    elif addon.name == "vpc-cni":
        nodes_may_join(cluster)


def _gone(cluster: Cluster, addon: Addon, preserved: bool) -> None:
    _dissociate(cluster, addon)
    del cluster.addons[addon.name]
    if preserved:
        cluster.self_managed.add(addon.name)


def _new_fields(call: Call, state: Eks, cluster: Cluster) -> Fields:
    params, now = call.params, call.world.clock.now()
    name = params["addonName"]
    about = data.table("addon_versions")["addons"][name]
    fields = {
        "addonName": name,
        "clusterName": cluster.name,
        "addonArn": state.arn("addon", cluster.name, name, call.world.new_uuid()),
        "addonVersion": params.get("addonVersion") or default_version(name, cluster.version),
        "createdAt": now,
        "modifiedAt": now,
        "publisher": about.get("publisher", "eks"),
        "owner": about.get("owner", "aws"),
        "tags": check_tags(params.get("tags")),
    }
    optional = ("serviceAccountRoleArn", "configurationValues", "namespaceConfig")
    return fields | {key: params[key] for key in optional if params.get(key)}


def _check(call: Call, cluster: Cluster, name: str) -> None:
    members = {"clusterName": cluster.name, "addonName": name}
    known = [row["version"] for row in data.addon_rows(name, cluster.version)]
    if not known:
        raise refusals.invalid("Addon specified is not supported", **members)
    if call.params.get("addonVersion") not in (None, *known):
        raise refusals.invalid("Addon version specified is not supported", **members)
    check_configuration(cluster, name, call.params.get("configurationValues"))
    arn = call.params.get("serviceAccountRoleArn")
    if arn and iam.visible_role(call.world, arn) is None:
        raise refusals.invalid(f"The service account role {arn} does not exist", **members)
    for asked in call.params.get("podIdentityAssociations", ()):
        pod_identity.check_role(call.world, asked["roleArn"])


def _associate(state: Eks, cluster: Cluster, addon: Addon, asked: Any) -> None:
    for row in asked:
        existing = pod_identity.find(cluster, "kube-system", row["serviceAccount"])
        if existing is not None:
            del cluster.associations[existing.fields["associationId"]]
        optional = {"roleArn": row["roleArn"], "ownerArn": addon.fields["addonArn"]}
        pod_identity.make(state, cluster, "kube-system", row["serviceAccount"], optional)


def _dissociate(cluster: Cluster, addon: Addon) -> None:
    owned = [
        key
        for key, association in cluster.associations.items()
        if association.fields.get("ownerArn") == addon.fields["addonArn"]
    ]
    for key in owned:
        del cluster.associations[key]
