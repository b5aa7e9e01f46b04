"""Two clusters of one name in two regions share one IAM, and never touch each other's part of it."""

from pathlib import Path

import pytest

from tests.support.account import Account, small
from tests.support.inventory import inventory


@pytest.fixture
def west(tmp_path: Path) -> Account:
    return Account(tmp_path, small(components={"karpenter": {}, "awsLoadBalancerController": {}}))


@pytest.fixture
def east(tmp_path: Path, west: Account) -> Account:
    document = small(
        components={"karpenter": {}, "awsLoadBalancerController": {}},
        network={"zones": ["us-east-1a", "us-east-1b"]},
    )
    document["metadata"]["region"] = "us-east-1"
    return Account(tmp_path, document, world=west.world)


def test_of_one_name_in_two_regions(west: Account, east: Account) -> None:
    before = inventory(west)
    west.apply()
    alone = inventory(west)
    start = len(west.world.log)
    east.apply()
    assert west.plan().plan.empty
    assert east.plan().plan.empty
    assert not [call for call in west.mutations(start) if call.region != "us-east-1" and call.service != "iam"]

    start = len(west.world.log)
    assert east.destroy().left == ()
    assert west.plan().plan.empty
    touched = [str(call.params) for call in west.mutations(start) if call.service == "iam"]
    assert touched
    assert not [params for params in touched if "us-west-2" in params]
    assert inventory(west) == alone

    assert west.destroy(by_name=True).left == ()
    assert inventory(west) == before
