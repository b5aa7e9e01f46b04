"""Probing a fake account: what is found out, in how many calls, and what happens when parts of it are refused."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eksgpu.aws import KINDS
from eksgpu.aws.permissions import actions
from eksgpu.blueprint.ask import ask
from eksgpu.blueprint.build import build
from eksgpu.errors import CredentialsError, Denied
from eksgpu.facts.model import Ask, Facts
from eksgpu.facts.probe import PERMISSIONS, probe
from eksgpu.sandbox.faults import Fault
from eksgpu.spec.load import load, loads
from tests.support.rig import Rig

EXAMPLE = Path(__file__).parents[3] / "examples/h100-spot.yaml"
CORE = ("coredns", "kube-proxy", "vpc-cni", "eks-pod-identity-agent")
QUESTION = Ask(
    cluster="demo",
    version=None,
    newest_allowed="1.36",
    addons=CORE,
    instance_types=("m5.large", "p5e.48xlarge", "trn2.48xlarge"),
    priced=("m5.large",),
    actions=("ec2:CreateVpc", "iam:CreateRole"),
)
BODY = """\
apiVersion: eksgpu.dev/v1alpha1
kind: GpuCluster
metadata: {name: demo, region: us-west-2}
spec: {version: "1.35"}
"""


def living(rig: Rig) -> Rig:
    """The same account with our cluster of 1.35 in it."""
    spec = loads(BODY)
    facts = probe(rig.run, ask(spec, ()))
    rig.apply(build(spec, facts, account=rig.run.account, caller=rig.run.caller))
    return rig


def names(zones: Iterable[object]) -> list[str]:
    return [getattr(zone, "name", "") for zone in zones]


def test_the_h100_example_takes_eleven_calls() -> None:
    rig = Rig(cluster="h100-spot")
    probe(rig.run, ask(load(EXAMPLE), actions(KINDS)))
    assert sum(rig.run.aws.calls.values()) == 11


def test_side_by_side_finds_the_same_in_as_many_calls() -> None:
    one, other = Rig(cluster="h100-spot"), Rig(cluster="h100-spot")
    question = ask(load(EXAMPLE), actions(KINDS))
    with ThreadPoolExecutor(8) as pool:
        assert probe(other.run, question, pool) == probe(one.run, question)
    assert other.run.aws.calls == one.run.aws.calls


def test_calls_are_declared() -> None:
    rig = Rig(cluster="h100-spot", caller_arn="arn:aws:sts::111122223333:assumed-role/Admin/me")
    probe(rig.run, ask(load(EXAMPLE), actions(KINDS)))
    prefixes = {"service-quotas": "servicequotas"}
    made = {f"{prefixes.get(call.service, call.service)}:{call.operation}" for call in rig.world.log}
    assert made <= PERMISSIONS


def test_an_empty_account_is_told_as_it_is() -> None:
    facts = probe(Rig().run, QUESTION)
    assert names(facts.zones) == ["us-west-2a", "us-west-2b", "us-west-2c", "us-west-2d"]
    assert (facts.version, facts.newest, facts.live_version) == ("1.36", "1.36", None)
    assert facts.addons.keys() == set(CORE)
    assert facts.offerings["p5e.48xlarge"] == {"us-west-2c"}
    assert facts.offerings["trn2.48xlarge"] == frozenset()
    assert facts.prices == {"m5.large": 0.096}
    assert facts.quotas["L-C4BD4855"] == 384
    assert facts.denied == ()
    assert facts.notes == ()


def test_local_zones_and_zones_without_control_planes_are_told_apart() -> None:
    facts = probe(Rig(region="us-east-1").run, QUESTION)
    assert names(facts.zones) == [f"us-east-1{letter}" for letter in "abcdef"]
    assert [zone.id for zone in facts.zones if not zone.control_plane] == ["use1-az3"]


def test_versions_have_their_phase_and_dates() -> None:
    known = probe(Rig().run, QUESTION).cluster_version
    for version, support in {"1.36": "standard", "1.33": "extended", "1.30": "unsupported"}.items():
        found = known(version)
        assert found is not None
        assert found.support == support
        assert found.extended_ends is not None


def test_the_spec_decides_on_the_version() -> None:
    facts = probe(Rig().run, ask(loads(BODY), ()))
    assert facts.version == "1.35"
    assert facts.addons["kube-proxy"].default == "v1.35.0-eksbuild.2"


def test_a_cluster_that_lives_keeps_its_version() -> None:
    rig = living(Rig())
    facts = probe(rig.connect(), QUESTION)
    assert (facts.version, facts.newest, facts.live_version, facts.live_ours) == ("1.35", "1.36", "1.35", True)
    assert facts.addons["kube-proxy"].default == "v1.35.0-eksbuild.2"


def test_a_cluster_without_our_mark_is_not_ours() -> None:
    rig = living(Rig())
    arn = rig.run.arn("eks", "cluster/demo")
    rig.run.aws.eks.untag_resource(resourceArn=arn, tagKeys=["eksgpu.dev/cluster"])
    facts = probe(rig.connect(), QUESTION)
    assert (facts.live_version, facts.live_ours) == ("1.35", False)


def test_denied_actions_are_named() -> None:
    assert probe(Rig(denied={"iam:CreateRole"}).run, QUESTION).denied == ("iam:CreateRole",)


@pytest.mark.parametrize(
    ("action", "said", "missing"),
    [
        ("iam:SimulatePrincipalPolicy", "permissions were not checked", "denied"),
        ("pricing:GetProducts", "prices are us-east-1's", "prices"),
        ("servicequotas:ListServiceQuotas", "quotas are not known", "quotas"),
        ("ec2:DescribeInstanceTypeOfferings", "which zones offer a type is not known", "offerings"),
    ],
)
def test_what_a_plan_can_do_without_becomes_a_note(action: str, said: str, missing: str) -> None:
    facts: Facts = probe(Rig(denied={action}).run, QUESTION)
    assert len(facts.notes) == 1
    assert said in facts.notes[0]
    assert action in facts.notes[0]
    assert not getattr(facts, missing)


@pytest.mark.parametrize(
    "action", ["ec2:DescribeAvailabilityZones", "eks:DescribeClusterVersions", "eks:DescribeAddonVersions"]
)
def test_what_a_plan_needs_is_an_error_that_names_the_action(action: str) -> None:
    with pytest.raises(Denied) as refused:
        probe(Rig(denied={action}).run, QUESTION)
    assert refused.value.action == action


def test_expired_credentials_are_never_a_note() -> None:
    rig = Rig()
    rig.world.faults.add(Fault("pricing", "GetProducts", code="ExpiredTokenException", message="expired"))
    with pytest.raises(CredentialsError):
        probe(rig.run, QUESTION)
