"""What every verb takes about where it works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """Account, region and endpoint of a verb.

    endpoint_url: an endpoint instead of AWS's own (the sandbox's); `speed` divides every waiting time there.
    sets:         `PATH=VALUE` changes to the spec.
    """

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    speed: float = 1.0
    sandbox: bool = False
    sets: tuple[str, ...] = ()
