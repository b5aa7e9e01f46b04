"""One machine per test module: a sandbox takes a second to start, and its account is empty again after each life."""

from collections.abc import Iterator

import pytest

from .machine import Machine


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with Machine(tmp_path_factory.mktemp("machine")) as made:
        yield made
