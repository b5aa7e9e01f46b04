"""A run that died before it had let us into the cluster: the next one does so first, then goes on inside."""

from pathlib import Path

import pytest

from tests.support.account import Account, dying, small


@pytest.mark.parametrize("operation", ["CreateAccessEntry", "AssociateAccessPolicy"])
def test_who_is_kept_out_lets_himself_in(operation: str, tmp_path: Path) -> None:
    account = Account(tmp_path, small(components={"awsLoadBalancerController": {}}))
    with dying(account.world, lambda call: call.operation == operation):
        account.apply()
    account.apply()
    assert account.plan().plan.empty
    assert account.destroy().left == ()
