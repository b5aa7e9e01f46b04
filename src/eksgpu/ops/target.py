"""Which cluster a verb is about: by its spec, or by name alone when the spec is lost."""

from pathlib import Path

from eksgpu.aws.eks import known_cluster
from eksgpu.spec.load import load
from eksgpu.spec.models import GpuCluster

from .connect import Connection, Connector
from .options import Options


def connect_to(
    target: Path | str, options: Options, connector: Connector | None
) -> tuple[GpuCluster | None, Connection]:
    """The spec, None when only a name is known, and a connection to its cluster.

    By name alone a cluster that is not ours is one that was added to under its own name.

    Raises SpecErrors for a faulty spec, UsageError without a region.
    """
    connector = connector or Connector()
    if isinstance(target, str):
        return None, _by_name(target, options, connector)
    spec = load(target, options.sets)
    return spec, connect(spec, options, connector)


def connect(spec: GpuCluster, options: Options, connector: Connector) -> Connection:
    """A connection to the cluster of a spec. Raises UsageError without a region or in another account."""
    metadata, beside = spec.metadata, spec.spec.cluster
    return connector.connect(
        options,
        cluster=metadata.name,
        region=metadata.region,
        account=metadata.account_id,
        existing=beside.existing if beside is not None else "",
    )


def _by_name(name: str, options: Options, connector: Connector) -> Connection:
    connection = connector.connect(options, cluster=name, region=None)
    found = known_cluster(connection.run)
    if found is None or connection.run.mark.owns(found.get("tags", {})):
        return connection
    connection.close()
    return connector.connect(options, cluster=name, region=None, existing=name)
