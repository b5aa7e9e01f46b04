"""For every test: no real sleeping where botocore backs off, and none of the machine's own AWS settings."""

import os

import pytest

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore sleeps for up to seconds between its own retries of reads."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
