"""Which cluster a verb is about: by its spec, or by name alone when the spec is lost."""

from pathlib import Path

from eksgpu.aws.eks import known_cluster
from eksgpu.aws.run import AwsRun
from eksgpu.errors import CloudError, Denied, EksgpuError, UsageError
from eksgpu.spec.load import load
from eksgpu.spec.models import GpuCluster

from .connect import Connection, Connector
from .options import Options


def connect_to(
    target: Path | str, options: Options, connector: Connector | None
) -> tuple[GpuCluster | None, Connection]:
    """The spec, None when only a name is known, and a connection to its cluster.

    By name alone a cluster that is not ours is one that was added to under its own name.

    Raises SpecErrors for a faulty spec, UsageError without a region, and for a name of additions to another cluster.
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
    if found is not None and not connection.run.mark.owns(found.get("tags", {})):
        connection.close()
        return connector.connect(options, cluster=name, region=None, existing=name)
    if found is None:
        try:
            _refuse_additions(name, connection.run, options, connector)
        except EksgpuError:
            connection.close()
            raise
    return connection


def _refuse_additions(name: str, run: AwsRun, options: Options, connector: Connector) -> None:
    """Raises UsageError where the name is that of additions to a cluster that EKS calls otherwise.

    Such additions carry the name in the cluster alone, so every cluster that is not ours is looked into. Where that is
    not allowed, nobody can tell.
    """
    others = _clusters(run)

    def has_additions(other: str) -> bool:
        theirs = connector.connect(options, cluster=name, region=None, existing=other)
        try:
            kube = theirs.access()
            return kube is not None and bool(kube.inventory.group_kinds())
        except CloudError:
            return False
        finally:
            theirs.close()

    # Side by side: one that is out of reach takes most of a minute to say so.
    for other, has in zip(others, run.parallel(has_additions, others), strict=True):
        if has:
            raise UsageError(
                f"{name} is no cluster but what was added to the EKS cluster {other}, which has another name",
                hint="give the spec in place of the name: its cluster.existing says where to look",
            )


def _clusters(run: AwsRun) -> list[str]:
    try:
        return list(run.aws.eks.pages("list_clusters", "clusters"))
    except Denied:
        return []
