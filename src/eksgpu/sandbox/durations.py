"""How long things take in this World: the catalogue's figures for real AWS, with overrides for tests and benchmarks.

The clock's speed is not its business: these are seconds of the World's clock.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from eksgpu.catalog.durations import DURATIONS_FILE, load_durations


class Durations:
    """Seconds per operation, the typical ones. `overrides` replace single keys; `all` replaces every one."""

    def __init__(self, overrides: Mapping[str, float] | None = None, *, all: float | None = None) -> None:  # noqa: A002
        self._facts = load_durations()
        self._overrides = dict(overrides or {})
        self._all = all
        for key in self._overrides:
            self._known(key)

    def seconds(self, key: str) -> float:
        """Seconds for a key such as `eks:cluster:create`. Raises KeyError for one that the data lacks."""
        self._known(key)
        if key in self._overrides:
            return self._overrides[key]
        if self._all is not None:
            return self._all
        return self._facts[key].typical

    def override(self, key: str, seconds: float) -> None:
        self._known(key)
        self._overrides[key] = seconds

    @contextmanager
    def instantly(self) -> Iterator[None]:
        """Everything inside takes no time: what is made there was there before anybody came."""
        known, self._overrides = self._overrides, dict.fromkeys(self._facts, 0.0)
        try:
            yield
        finally:
            self._overrides = known

    def _known(self, key: str) -> None:
        if key not in self._facts:
            raise KeyError(f"{key} is not in {DURATIONS_FILE}")
