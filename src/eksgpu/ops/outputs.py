"""What a cluster tells the programs around it: the outputs of `status --raw NAME`. Row 000-17."""

import shlex
from collections.abc import Iterable

from eksgpu.engine.resource import Live

from .options import Options


def outputs(
    lives: Iterable[Live], *, cluster: str, region: str, options: Options, alias: str | None = None
) -> dict[str, str]:
    """`cluster_name`, `cluster_endpoint`, `cluster_version`, `region`, `configure_kubectl`; empty without a cluster.

    alias: how kubectl shall call the context; AWS takes the cluster's ARN otherwise.
    """
    found = next((live for live in lives if live.kind == "eks_cluster"), None)
    if found is None:
        return {}
    profile = "eksgpu-sandbox" if options.sandbox else options.profile
    command = ["aws", "eks", "update-kubeconfig", "--region", region, "--name", cluster]
    command += ["--profile", profile] if profile else []
    command += ["--alias", alias] if alias else []
    return {
        "cluster_name": cluster,
        "cluster_endpoint": str(found.outputs.get("endpoint", "")),
        "cluster_version": str(found.outputs.get("version", "")),
        "region": region,
        "configure_kubectl": shlex.join(command),
    }
