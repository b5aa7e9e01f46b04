"""All checks together: what every one of them must be, and how they are run."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from eksgpu.checks import finding
from eksgpu.checks.check import Check
from eksgpu.checks.registry import checks, permissions, refuse_unknown, registered, run_checks
from eksgpu.errors import CredentialsError, UsageError
from eksgpu.sandbox.faults import Fault
from tests.support.rig import Rig

from .account import context_of

H100 = """\
  version: "1.35"
  nodePools: [{name: gpu, gpu: {name: h100, count: 8}, capacity: [spot]}]
  components: {karpenter: {}}
"""
ACTION = re.compile(r"[a-z0-9-]+:[A-Z]\w+")


@pytest.mark.parametrize("check", registered(), ids=lambda check: check.id)
def test_every_check_says_what_it_is(check: Check) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check.id)
    assert check.title
    assert not check.title.endswith(".")
    assert len(check.explanation.split()) > 10, "it says why it matters"
    assert all(ACTION.fullmatch(action) for action in check.permissions)


def test_ids_are_unique() -> None:
    ids = [check.id for check in registered()]
    assert len(ids) == len(set(ids))


def test_every_finding_carries_the_id_of_its_check() -> None:
    context = context_of(Rig(fresh_quotas=True, denied={"ec2:CreateVpc"}), H100)
    for check in checks("preflight"):
        assert {item.id for item in check.run(context)} <= {check.id}


def test_calls_of_checks_are_declared() -> None:
    rig = Rig()
    context = context_of(rig, H100)
    before = len(rig.world.log)
    run_checks(context, "preflight")
    prefixes = {"service-quotas": "servicequotas"}
    made = {f"{prefixes.get(call.service, call.service)}:{call.operation}" for call in rig.calls_since(before)}
    assert made <= permissions()


def test_errors_come_first_then_by_id_and_place() -> None:
    findings = run_checks(context_of(Rig(fresh_quotas=True), H100), "preflight")
    order = [finding.Severity.ERROR, finding.Severity.WARNING, finding.Severity.NOTE]
    keys = [(order.index(item.severity), item.id, item.where) for item in findings]
    assert keys == sorted(keys)
    assert findings[0].severity is finding.Severity.ERROR


def test_side_by_side_finds_the_same() -> None:
    context = context_of(Rig(fresh_quotas=True), H100)
    with ThreadPoolExecutor(4) as pool:
        assert run_checks(context, "preflight", pool=pool) == run_checks(context, "preflight")


def test_checks_are_skipped_by_id() -> None:
    context = context_of(Rig(fresh_quotas=True), H100)
    ids = {item.id for item in run_checks(context, "preflight", skip={"vcpu-quota"})}
    assert "vcpu-quota" not in ids
    assert "endpoint-open" in ids


def test_an_unknown_id_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="no check is called vcpu-quotas") as refused:
        refuse_unknown({"vcpu-quotas"})
    assert refused.value.hint == "did you mean vcpu-quota?"


def test_an_id_like_no_other_is_refused_with_the_list() -> None:
    with pytest.raises(UsageError) as refused:
        refuse_unknown({"zzz"})
    assert "endpoint-open" in (refused.value.hint or "")


def test_a_check_that_is_refused_by_aws_says_so_and_the_others_go_on() -> None:
    rig = Rig(denied={"servicequotas:GetServiceQuota"})
    findings = run_checks(context_of(rig, H100), "preflight")
    refused = [item for item in findings if item.id == "vpc-quota"]
    assert [item.severity for item in refused] == [finding.Severity.WARNING]
    assert "servicequotas:GetServiceQuota" in refused[0].fix
    assert "endpoint-open" in {item.id for item in findings}


def test_lost_credentials_stop_everything() -> None:
    rig = Rig()
    context = context_of(rig)
    rig.world.faults.add(Fault("ec2", "DescribeAddresses", code="ExpiredToken", message="expired"))
    with pytest.raises(CredentialsError):
        run_checks(context, "preflight")
