"""One operator at a time: who comes second is told who works, and a lock that outlived its owner stops nobody."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest

from eksgpu.engine.lock import RENEW_AFTER, Owner
from eksgpu.errors import LockHeld, LockLost
from eksgpu.sandbox.calllog import LoggedCall
from eksgpu.sandbox.durations import Durations
from eksgpu.sandbox.faults import Moment
from tests.support.account import Account

LOCK = "/eksgpu/demo/lock"


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


def hold(account: Account, owner: Owner, *, silent: timedelta = timedelta()) -> None:
    """Somebody's lock, last renewed so long ago."""
    beat = (account.world.clock.now() - silent).isoformat()
    value = json.dumps(asdict(replace(owner, beat=beat)))
    account.boto("ssm").put_parameter(Name=LOCK, Value=value, Type="String", Overwrite=True)


def someone(account: Account) -> Owner:
    return replace(Owner.me(account.world.clock), host="elsewhere", pid=77)


def dead(account: Account) -> Owner:
    """A process of this machine that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return replace(Owner.me(account.world.clock), pid=child.pid)


def test_the_second_is_told_who_works(account: Account) -> None:
    hold(account, someone(account))
    for verb in (account.apply, account.destroy):
        with pytest.raises(LockHeld, match="pid 77 on elsewhere") as raised:
            verb()
        assert raised.value.exit_code == 1
        assert raised.value.hint
        assert "--break-lock" not in raised.value.hint
    assert account.mutations() == []
    assert account.plan().plan.summary()["create"]  # looking takes no lock


def test_two_at_once(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Account(tmp_path, world=account.world)
    refused: list[LockHeld] = []

    def hook(moment: Moment, call: LoggedCall) -> None:
        if call.operation == "CreateCluster" and moment == "before":
            account.world.faults.hook = None
            with monkeypatch.context() as there:
                there.setattr(socket, "gethostname", lambda: "elsewhere")
                with pytest.raises(LockHeld, match=f"pid {os.getpid()} on") as raised:
                    other.apply()
            refused.append(raised.value)

    account.world.faults.hook = hook
    account.apply()
    assert refused
    assert account.plan().plan.empty
    other.apply()  # the lock was given back


def test_a_lock_of_a_dead_process_of_this_machine_is_taken_over(account: Account) -> None:
    owner = dead(account)
    hold(account, owner)
    account.apply()
    assert account.notices == [f"took over the lock of a process that died (pid {owner.pid} on {owner.host})"]
    assert account.plan().plan.empty


def test_a_lock_from_before_the_last_boot_is_taken_over(account: Account) -> None:
    hold(account, replace(Owner.me(account.world.clock), boot="earlier"))
    account.apply()
    assert "took over" in account.notices[0]


def test_a_silent_lock_of_another_machine_is_broken_only_when_asked(account: Account) -> None:
    hold(account, someone(account), silent=timedelta(minutes=6))
    with pytest.raises(LockHeld, match="last seen 360 s ago") as raised:
        account.apply()
    assert "--break-lock" in (raised.value.hint or "")
    account.apply(break_lock=True)
    assert account.notices == ["broke the lock of pid 77 on elsewhere"]
    assert account.plan().plan.empty


def test_who_loses_the_lock_changes_nothing_more(tmp_path: Path) -> None:
    account = Account(tmp_path, durations=Durations({"eks:cluster:create": 600.0}, all=4.0))
    taken_at = 0.0

    def hook(moment: Moment, call: LoggedCall) -> None:
        nonlocal taken_at
        if call.operation == "CreateCluster" and moment == "after":
            account.world.faults.hook = None
            hold(account, someone(account))
            taken_at = call.seconds

    account.world.faults.hook = hook
    with pytest.raises(LockLost):
        account.apply()
    late = [call for call in account.mutations() if call.seconds > taken_at + RENEW_AFTER]
    assert late == []
    assert account.world.clock.monotonic() < taken_at + 2 * RENEW_AFTER
    holder = account.boto("ssm").get_parameter(Name=LOCK)["Parameter"]["Value"]
    assert json.loads(holder)["host"] == "elsewhere"  # not ours to take away
    account.boto("ssm").delete_parameter(Name=LOCK)
    account.apply()
    assert account.plan().plan.empty
