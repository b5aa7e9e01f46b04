"""From the caller of a token to a Kubernetes user: access entries, their policies, and the creator's own right.

An entry or a policy that was just made takes effect a little later, as on EKS. Source: EKS user guide, "access-entries"
and "access-policies". The map `aws-auth` is not read.
"""

from datetime import UTC, datetime

from eksgpu.sandbox.clusters import policies, tokens
from eksgpu.sandbox.eks.access_policies import PREFIX
from eksgpu.sandbox.eks.iam import caller_principal
from eksgpu.sandbox.eks.state import AccessEntry, Cluster
from eksgpu.sandbox.kubernetes.auth import MASTERS, Authenticate, Grant, User
from eksgpu.sandbox.world import World


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
    # EKS has the principal's unique id there; here it is what tells a role from a user of the same name.
    uid = f"aws-iam-authenticator:{world.account}:{principal.rsplit(':', 1)[-1]}"
    if cluster.fields["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        # Whoever made it is its administrator, and stands in no list.
        return User("kubernetes-admin", (MASTERS,), uid, extra) if principal == cluster.creator else None
    entry = cluster.entries.get(principal)
    if entry is None or not _in_effect(world, entry.since):
        return None
    name = _filled(str(entry.fields["username"]), world.account, session)
    return User(name, tuple(entry.fields["kubernetesGroups"]), uid, extra, _grants(world, entry))


def _in_effect(world: World, since: float) -> bool:
    """The World's option `access_visible_seconds` stands for the duration `eks:access-entry:visible`."""
    wait = world.options.get("access_visible_seconds")
    seconds = world.durations.seconds("eks:access-entry:visible") if wait is None else float(wait)
    return world.clock.monotonic() >= since + seconds


def _grants(world: World, entry: AccessEntry) -> tuple[Grant, ...]:
    """What the policies in effect give."""
    return tuple(
        policies.grant(arn.removeprefix(PREFIX), policy["accessScope"])
        for arn, policy in entry.policies.items()
        if _in_effect(world, entry.policies_since[arn])
    )


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
