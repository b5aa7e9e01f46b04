"""For every test: no real sleeping where botocore backs off, and none of the machine's own AWS settings.

For all of them together: the longest come first, and the garbage collector is called less often.
"""

import gc
import os

import pytest

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

# A collection walks half a million objects, botocore's models most of them: a tenth of all time at Python's own rate.
gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore sleeps for up to seconds between its own retries of reads."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What begins last is short, so that all workers end together; who needs more time says so."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)
