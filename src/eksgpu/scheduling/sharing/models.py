"""Which GPU models a host's nodes may carry."""

from eksgpu.catalog import gpu

from .wish import Host


def models_of(host: Host) -> tuple[gpu.GpuModel, ...]:
    """Each once, in the order of the host's types."""
    return tuple(dict.fromkeys(model for item in host.types if (model := gpu.of_type(item)) is not None))
