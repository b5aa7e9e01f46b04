"""From the caller of a token to a Kubernetes user: access entries, their policies, and the creator's own right.

An entry or a policy that was just made takes effect a little later, as on EKS. Source: EKS user guide, "access-entries"
and "access-policies". The map `aws-auth` is not read.
"""

from datetime import UTC, datetime

from eksgpu.sandbox.clusters import tokens
from eksgpu.sandbox.eks.access_policies import PREFIX
from eksgpu.sandbox.eks.iam import caller_principal
from eksgpu.sandbox.eks.state import AccessEntry, Cluster
from eksgpu.sandbox.kubernetes.auth import MASTERS, Authenticate, Grant, User
from eksgpu.sandbox.world import World

_CLUSTER_ADMIN = "AmazonEKSClusterAdminPolicy"
_EVERYTHING = ({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},)
_ALL_READS = ({"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]},)
_ROLES = {"AmazonEKSAdminPolicy": "admin", "AmazonEKSEditPolicy": "edit", "AmazonEKSViewPolicy": "view"}
_RULES = {_CLUSTER_ADMIN: _EVERYTHING, "AmazonEKSAdminViewPolicy": _ALL_READS}


def authenticator(world: World, cluster: Cluster) -> Authenticate:
    """From a bearer token to a user of this cluster. Tokens are of the wall time, as is what signs them."""

    def authenticate(token: str) -> User | None:
        try:
            signed = tokens.check(token, cluster.name, datetime.now(UTC))
        except tokens.BadToken:
            return None
        with world.locked():
            return user_of(world, cluster, signed.access_key)

    return authenticate


def user_of(world: World, cluster: Cluster, access_key: str) -> User | None:
    """The World's caller as a user of the cluster; None when it has no way in. To be called with the World locked."""
    principal, caller = caller_principal(world), world.caller_arn
    session = caller.rsplit("/", 1)[-1] if ":assumed-role/" in caller else ""
    extra = {
        "arn": [caller],
        "canonicalArn": [principal],
        "accessKeyId": [access_key],
        "sessionName": [session],
    }
    uid = f"aws-iam-authenticator:{world.account}:{principal.rsplit('/', 1)[-1]}"
    if cluster.fields["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        # Whoever made it is its administrator, and stands in no list.
        return User("kubernetes-admin", (MASTERS,), uid, extra) if principal == cluster.creator else None
    entry = cluster.entries.get(principal)
    if entry is None or not _in_effect(world, entry.since):
        return None
    name = _filled(str(entry.fields["username"]), world.account, session)
    return User(
        name,
        tuple(entry.fields["kubernetesGroups"]),
        uid,
        extra,
        superuser=_is_cluster_admin(world, entry),
        grants=_grants(world, entry),
    )


def _in_effect(world: World, since: float) -> bool:
    """The World's option `access_visible_seconds` stands for the duration `eks:access-entry:visible`."""
    wait = world.options.get("access_visible_seconds")
    seconds = world.durations.seconds("eks:access-entry:visible") if wait is None else float(wait)
    return world.clock.monotonic() >= since + seconds


def _is_cluster_admin(world: World, entry: AccessEntry) -> bool:
    found = entry.policies.get(PREFIX + _CLUSTER_ADMIN)
    if found is None or not _in_effect(world, entry.policies_since[PREFIX + _CLUSTER_ADMIN]):
        return False
    return bool(found["accessScope"]["type"] == "cluster")


def _grants(world: World, entry: AccessEntry) -> tuple[Grant, ...]:
    """What the policies in effect give; those for nodes and for HyperPod give users nothing."""
    found = []
    for arn, policy in entry.policies.items():
        name, scope = arn.removeprefix(PREFIX), policy["accessScope"]
        if not _in_effect(world, entry.policies_since[arn]) or not (name in _ROLES or name in _RULES):
            continue
        namespaces = tuple(scope["namespaces"]) if scope["type"] == "namespace" else None
        found.append(Grant(_ROLES.get(name, ""), namespaces, _RULES.get(name, ())))
    return tuple(found)


def _filled(template: str, account: str, session: str) -> str:
    """The user name of an entry, with its placeholders replaced."""
    values = {
        "{{AccountID}}": account,
        "{{SessionName}}": session.replace("@", "-"),
        "{{SessionNameRaw}}": session,
        "{{EC2PrivateDNSName}}": session,
    }
    for placeholder, value in values.items():
        template = template.replace(placeholder, value)
    return template
