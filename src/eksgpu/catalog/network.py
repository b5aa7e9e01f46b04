"""The network of small instance types as a burst, which is how AWS prints it on the box."""

from eksgpu.catalog import load


def burst_gbps(instance_type: str) -> float | None:
    """The network that a small type reaches for a while; None for a type that holds what it has."""
    found: float | None = load.document("gpus")["burstGbps"].get(instance_type)
    return found
