"""The SSM parameter as the place of the lock: atomic, counted, and never somebody else's by accident."""

import pytest

from eksgpu.aws.lock_store import ParameterLockStore
from eksgpu.errors import AnswerLost, LockLost
from eksgpu.sandbox.faults import Fault, lost_answer
from tests.support.rig import Rig


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def store(rig: Rig) -> ParameterLockStore:
    return ParameterLockStore(rig.run)


def test_only_one_can_create_it(store: ParameterLockStore) -> None:
    assert store.create("first") == 1
    assert store.create("second") is None
    assert store.read() == ("first", 1)


def test_is_marked(rig: Rig, store: ParameterLockStore) -> None:
    store.create("mine")
    tags = rig.run.aws.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/eksgpu/demo/lock")["TagList"]
    assert rig.run.mark.owns({tag["Key"]: tag["Value"] for tag in tags})


def test_versions_count_up(store: ParameterLockStore) -> None:
    store.create("beat 1")
    assert store.renew("beat 2", 1) == 2
    assert store.renew("beat 3", 2) == 3
    assert store.read() == ("beat 3", 3)


def test_a_lock_taken_by_another_is_lost_and_left_to_them(store: ParameterLockStore) -> None:
    store.create("mine")
    store.renew("theirs", 1)
    with pytest.raises(LockLost):
        store.renew("mine again", 1)
    assert store.read() == ("theirs", 2)


def test_a_lock_that_was_removed_is_lost_and_not_made_again(store: ParameterLockStore) -> None:
    store.create("mine")
    store.delete()
    with pytest.raises(LockLost):
        store.renew("mine again", 1)
    assert store.read() is None


def test_deleting_is_done_when_it_is_gone(store: ParameterLockStore) -> None:
    store.delete()
    store.create("mine")
    store.delete()
    store.delete()
    assert store.read() is None


def test_lost_answers_are_looked_up(rig: Rig, store: ParameterLockStore) -> None:
    rig.world.faults.add(lost_answer("ssm", "PutParameter", 1), lost_answer("ssm", "PutParameter", 2))
    rig.world.faults.add(lost_answer("ssm", "DeleteParameter"))
    assert store.create("mine") == 1
    assert store.renew("mine again", 1) == 2
    store.delete()
    assert store.read() is None


def test_a_request_that_never_arrived_is_told(rig: Rig, store: ParameterLockStore) -> None:
    store.create("mine")
    rig.world.faults.add(
        Fault("ssm", "PutParameter", do="drop_before"), Fault("ssm", "DeleteParameter", do="drop_before")
    )
    with pytest.raises(AnswerLost):
        store.renew("mine again", 1)
    with pytest.raises(AnswerLost):
        store.delete()
    assert store.read() == ("mine", 1)


def test_locks_of_two_regions_are_two(rig: Rig, store: ParameterLockStore) -> None:
    store.create("west")
    east = Rig(world=rig.world, region="us-east-2")
    assert ParameterLockStore(east.run).create("east") == 1
