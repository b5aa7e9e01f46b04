"""Who may enter a cluster: the token first, then access entries and their policies."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from eksgpu.aws.clients import Clients
from eksgpu.aws.eks_token import PREFIX, eks_token, presigner
from eksgpu.engine.clock import SteppedClock
from eksgpu.errors import CredentialsError, Denied, Later
from eksgpu.sandbox.clusters.tokens import BadToken, check
from eksgpu.sandbox.identity import ACCESS_KEY
from eksgpu.sandbox.inprocess import session
from eksgpu.sandbox.world import World
from tests.unit.sandbox.eks.account import EksAccount

from .reach import Reach, config_map, listed

POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS{}Policy"
EFFECTIVE = 3.0  # the usual seconds until an access entry takes effect


def enter_as(world: World, account: EksAccount, name: str = "dev", **entry: object) -> str:
    """Become a session of a role that has an entry from now on."""
    role = account.role(name, "ec2.amazonaws.com", path="/team/")
    account.eks.create_access_entry(clusterName="demo", principalArn=role, **entry)
    world.caller_arn = f"arn:aws:sts::{world.account}:assumed-role/{name}/me@example"
    return role


def give(account: EksAccount, role: str, policy: str, *namespaces: str) -> None:
    scope = {"type": "namespace", "namespaces": list(namespaces)} if namespaces else {"type": "cluster"}
    account.eks.associate_access_policy(
        clusterName="demo", principalArn=role, policyArn=POLICY.format(policy), accessScope=scope
    )


def test_the_creator_is_administrator_and_nobody_else_is_known(
    account: EksAccount, reach: Reach, world: World, clock: SteppedClock
) -> None:
    account.active_cluster()
    reach.api().apply(config_map("a"))
    world.caller_arn = f"arn:aws:iam::{world.account}:user/stranger"
    with pytest.raises(CredentialsError):
        listed(reach.api(), "ConfigMap")
    with pytest.raises(Later):
        listed(reach.api(settling=60), "ConfigMap")


def test_a_creator_who_chose_not_to_be_administrator_stays_outside(account: EksAccount, reach: Reach) -> None:
    account.active_cluster(accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False})
    with pytest.raises(CredentialsError):
        listed(reach.api(), "ConfigMap")


def test_without_access_entries_the_creator_is_administrator(account: EksAccount, reach: Reach) -> None:
    account.active_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    reach.api().apply(config_map("a"))


def test_an_entry_takes_effect_a_little_later(
    account: EksAccount, reach: Reach, world: World, clock: SteppedClock
) -> None:
    account.active_cluster()
    role = enter_as(world, account, kubernetesGroups=["devs"])
    api = reach.api()
    with pytest.raises(CredentialsError):
        listed(api, "ConfigMap")
    clock.sleep(EFFECTIVE)
    with pytest.raises(Denied, match="assumed-role/dev/me-example"):
        listed(api, "ConfigMap")
    give(account, role, "ClusterAdmin")
    with pytest.raises(Denied):
        listed(api, "ConfigMap")
    clock.sleep(EFFECTIVE)
    api.apply(config_map("a"))
    account.eks.delete_access_entry(clusterName="demo", principalArn=role)
    with pytest.raises(CredentialsError):
        listed(api, "ConfigMap")


def test_policies_give_what_they_say_where_they_say(
    account: EksAccount, reach: Reach, world: World, clock: SteppedClock
) -> None:
    account.active_cluster()
    role = enter_as(world, account)
    give(account, role, "AdminView")
    give(account, role, "Edit", "default", "ml-*")
    clock.sleep(EFFECTIVE)
    api = reach.api()
    api.apply(config_map("mine"))
    assert listed(api, "Node") == []
    assert listed(api, "Secret", "kube-system") == []
    with pytest.raises(Denied):
        api.apply(config_map("theirs", "kube-system"))
    with pytest.raises(Denied):
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ml-a"}})


def token(world: World, cluster: str) -> str:
    """Signed with the keys of the profile that `sandbox start` writes: only theirs the sandbox can check."""
    return eks_token(presigner(Clients(session(world), region="us-west-2")), cluster)[0]


def changed(good: str, old: str, new: str) -> str:
    packed = good.removeprefix(PREFIX)
    url = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    assert old in url
    return PREFIX + base64.urlsafe_b64encode(url.replace(old, new).encode()).decode().rstrip("=")


def test_a_token_serves_one_cluster_for_a_quarter_of_an_hour(world: World) -> None:
    good, now = token(world, "demo"), datetime.now(UTC)
    assert check(good, "demo", now).access_key == ACCESS_KEY
    assert check(good, "demo", now + timedelta(minutes=14))
    bad = {
        "the signature does not hold": (good, "other", now),
        "too long ago": (good, "demo", now + timedelta(minutes=16)),
        "does not begin": ("abc", "demo", now),
        "no base64": (PREFIX + "é", "demo", now),
        "no URL": (changed(good, "https://", "https://["), "demo", now),
        "no host of STS": (changed(good, "sts.us-west-2", "evil"), "demo", now),
        "the action is": (changed(good, "GetCallerIdentity", "AssumeRole"), "demo", now),
        "is not signed": (changed(good, "x-k8s-aws-id", "x-other"), "demo", now),
        "unexpected parameters": (changed(good, "Version", "Versiom"), "demo", now),
        "good for": (changed(good, "Expires=60", "Expires=6000"), "demo", now),
        "does not hold for the": (changed(good, "X-Amz-Signature=", "X-Amz-Signature=%C3%A9"), "demo", now),
    }
    for why, (value, cluster, when) in bad.items():
        with pytest.raises(BadToken, match=why):
            check(value, cluster, when)


def test_a_token_of_another_cluster_is_refused(account: EksAccount, world: World, reach: Reach) -> None:
    account.active_cluster()
    later = datetime.now(UTC) + timedelta(minutes=14)
    listed(reach.api(tokens=lambda: (token(world, "demo"), later)), "ConfigMap")
    with pytest.raises(CredentialsError):
        listed(reach.api(tokens=lambda: (token(world, "other"), later)), "ConfigMap")
