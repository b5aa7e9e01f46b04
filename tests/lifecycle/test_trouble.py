"""What goes wrong on AWS's side: the run waits it out, or stops cleanly, names the cause, and can be continued."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from eksgpu.engine.events import Happened
from eksgpu.errors import CredentialsError, FindingsError, Interrupted, PlanRefused, RunFailed
from eksgpu.sandbox.calllog import LoggedCall
from eksgpu.sandbox.faults import Fault, Moment, throttle
from tests.support.account import QUICK, Account, small
from tests.support.inventory import inventory

KARPENTER: dict[str, dict[str, str]] = {"karpenter": {}}


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


def once(account: Account, operation: str, do: Callable[[], object], moment: Moment = "before") -> None:
    """Do something just before (or after) the first call of an operation."""

    def hook(when: Moment, call: LoggedCall) -> None:
        if call.operation == operation and when == moment:
            account.world.faults.hook = None
            do()

    account.world.faults.hook = hook


def test_a_role_that_eks_does_not_see_yet(tmp_path: Path) -> None:
    account = Account(tmp_path, options={"iam_visibility_seconds": 10})
    account.apply()
    assert account.plan().plan.empty
    retried = {event.identity for event in account.events if event.happened is Happened.RETRYING}
    assert "eks_cluster/main" in retried


def test_a_throttle_at_every_read(tmp_path: Path) -> None:
    undisturbed = Account(tmp_path)
    before = inventory(undisturbed)
    steps = []
    for verb in ("apply", "destroy"):
        start = len(undisturbed.world.log)
        getattr(undisturbed, verb)()
        steps.append((verb, throttled_reads(undisturbed, start), inventory(undisturbed)))
    account = Account(tmp_path)
    for verb, throttles, expected in steps:
        account.world.faults.add(*throttles)
        getattr(account, verb)()
        assert all(fault["seen"] for fault in account.world.faults.as_dicts())
        account.world.faults.clear()
        assert inventory(account) == expected
        assert account.plan().plan.empty is (expected != before)


def throttled_reads(account: Account, since: int) -> list[Fault]:
    """One throttle for every operation that read something since."""
    reads = {(call.service, call.operation) for call in account.world.log[since:] if not call.mutates}
    return [throttle(service, operation) for service, operation in sorted(reads)]


@pytest.mark.parametrize("operation", ["CreateVpc", "CreateNodegroup"])
def test_credentials_that_expire_in_the_middle(
    account: Account, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired = Fault("*", "*", times=0, code="ExpiredToken", message="The security token is expired", status=403)
    once(account, operation, lambda: account.world.faults.add(expired))
    with monkeypatch.context() as process:
        process.setattr(os, "getpid", lambda: 2**22 + 1)  # no such process later
        with pytest.raises(CredentialsError, match="expired") as raised:
            account.apply()
    assert "log in" in (raised.value.hint or "")
    assert raised.value.operation.endswith(operation)
    assert "the lock could not be given back" in account.notices[-1]
    account.world.faults.clear()
    account.apply()
    assert "took over" in account.notices[-1]
    assert account.plan().plan.empty


def test_a_missing_permission_is_named_before_anything_is_made(account: Account) -> None:
    account.world.denied.add("iam:CreateRole")
    [finding] = [finding for finding in account.plan().errors if finding.id == "caller-permissions"]
    assert "iam:CreateRole" in finding.message
    with pytest.raises(FindingsError):
        account.apply()
    assert account.mutations() == []


def test_a_missing_permission_in_the_middle_is_named(account: Account) -> None:
    account.world.denied.add("iam:CreateRole")
    with pytest.raises(RunFailed, match="iam:CreateRole") as raised:
        account.apply(skip_checks=["caller-permissions"])
    assert raised.value.hint == "the caller lacks iam:CreateRole: add it to the caller's IAM policy"
    account.world.denied.clear()
    account.apply()
    assert account.plan().plan.empty


def test_a_cluster_name_that_somebody_else_has(account: Account, tmp_path: Path) -> None:
    theirs = Account(tmp_path, world=account.world)
    theirs.apply()
    arn = theirs.boto("eks").describe_cluster(name="demo")["cluster"]["arn"]
    theirs.boto("eks").untag_resource(resourceArn=arn, tagKeys=["eksgpu.dev/cluster", "eksgpu.dev/name"])
    start = len(account.world.log)
    assert "names-taken" in {finding.id for finding in account.plan().errors}
    with pytest.raises(FindingsError):
        account.apply()
    assert account.mutations(start) == []


def test_a_role_name_that_somebody_else_has(account: Account) -> None:
    account.role("demo-us-west-2-node", Path="/people/")
    with pytest.raises(RunFailed) as raised:
        account.apply()
    [(identity, error)] = raised.value.failures
    assert identity == "iam_role/node"
    assert "taken by something that is not ours" in str(error)


def test_a_queue_name_that_somebody_else_has(tmp_path: Path) -> None:
    account = Account(tmp_path, small(components=KARPENTER))
    url = account.boto("sqs").create_queue(QueueName="demo-karpenter")["QueueUrl"]
    with pytest.raises(RunFailed, match="sqs_queue/karpenter: the name is taken by something that is not ours"):
        account.apply()
    account.destroy()
    assert account.boto("sqs").list_queues()["QueueUrls"] == [url]


def test_a_failed_nat_gateway_is_made_again(account: Account) -> None:
    ec2 = account.boto("ec2")

    def detach() -> None:
        [gateway] = [one for one in ec2.describe_internet_gateways()["InternetGateways"] if one.get("Tags")]
        where = {"InternetGatewayId": gateway["InternetGatewayId"], "VpcId": gateway["Attachments"][0]["VpcId"]}
        ec2.detach_internet_gateway(**where)

    once(account, "CreateNatGateway", detach)
    with pytest.raises(RunFailed, match="has no Internet gateway attached"):
        account.apply()
    account.apply()
    assert account.plan().plan.empty
    alive = [one for one in ec2.describe_nat_gateways()["NatGateways"] if one["State"] == "available"]
    assert len(alive) == 1


def test_a_failed_node_group_is_made_again(account: Account) -> None:
    account.world.options["eks_failures"] = ["nodegroup/system*"]
    with pytest.raises(RunFailed, match="eks_node_group/system"):
        account.apply()
    account.world.options.clear()
    account.apply()
    assert account.plan().plan.empty


def test_a_failed_cluster_is_made_again_only_when_asked(account: Account) -> None:
    account.world.options["eks_failures"] = ["cluster/demo"]
    with pytest.raises(RunFailed, match="eks_cluster/main"):
        account.apply()
    account.world.options.clear()
    with pytest.raises(PlanRefused, match="--replace eks_cluster/main"):
        account.apply()
    account.apply(replace=["eks_cluster/main"])
    assert account.plan().plan.empty
    assert account.destroy().left == ()


def test_quotas_of_a_fresh_account_stop_it_before_anything_is_made(tmp_path: Path) -> None:
    pool = {"name": "gpu", "gpu": {"name": "h100", "count": 8}, "capacity": ["spot"], "os": "bottlerocket"}
    account = Account(tmp_path, small(nodePools=[pool], components=KARPENTER), fresh_quotas=True)
    [finding] = [finding for finding in account.plan().errors if finding.id == "vcpu-quota"]
    assert "L-C4BD4855" in f"{finding.message} {finding.fix}"  # all P5 Spot instance requests
    with pytest.raises(FindingsError) as raised:
        account.apply()
    assert raised.value.exit_code == 3
    assert account.mutations() == []


def test_core_dns_waits_for_a_node_that_it_tolerates(account: Account) -> None:
    account.group["taints"] = [{"key": "dedicated", "effect": "NoSchedule"}]
    with pytest.raises(FindingsError) as found:
        account.apply()
    assert [one["id"] for one in found.value.findings if one["severity"] == "error"] == ["system-room"]
    with pytest.raises(RunFailed, match=r"eks_addon/coredns.*desired number of replicas"):
        account.apply(skip_checks={"system-room"})
    account.group["taints"] = []
    account.apply()
    assert account.plan().plan.empty


def test_pod_networking_that_somebody_deleted_is_there_again_before_new_nodes(account: Account) -> None:
    account.apply()
    account.boto("eks").delete_addon(clusterName="demo", addonName="vpc-cni")
    account.world.clock.sleep(QUICK)
    account.group["instanceTypes"] = ["m5.xlarge"]
    start = len(account.world.log)
    account.apply()
    assert account.changes(start) == ["eks:CreateAddon", "eks:CreateNodegroup", "eks:DeleteNodegroup"]
    assert account.plan().plan.empty


def test_ctrl_c_stops_cleanly_and_the_same_command_continues(account: Account) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    once(account, "CreateCluster", interrupt)
    with pytest.raises(Interrupted, match=r"interrupted: \d+ steps done, \d+ not done") as raised:
        account.apply()
    assert raised.value.hint == "run the same command again to continue"
    assert inventory(account)["lock"] == []
    account.apply()
    assert account.plan().plan.empty
