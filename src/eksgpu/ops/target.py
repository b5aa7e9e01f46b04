"""Which cluster a verb is about: by its spec, or by name alone when the spec is lost."""

from pathlib import Path

from eksgpu.spec.load import load
from eksgpu.spec.models import GpuCluster

from .connect import Connection, Connector, Options


def connect_to(
    target: Path | str, options: Options, connector: Connector | None
) -> tuple[GpuCluster | None, Connection]:
    """The spec, None when only a name is known, and a connection to its cluster.

    Raises SpecErrors for a faulty spec, UsageError without a region.
    """
    connector = connector or Connector()
    if isinstance(target, str):
        return None, connector.connect(options, cluster=target, region=None)
    spec = load(target, options.sets)
    metadata = spec.metadata
    return spec, connector.connect(options, cluster=metadata.name, region=metadata.region, account=metadata.account_id)
