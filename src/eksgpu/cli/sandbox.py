"""`eksgpu sandbox start|stop|status`: the AWS on this machine, as a background process."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eksgpu.errors import UsageError

from .options import Common, verb

if TYPE_CHECKING:
    from eksgpu.sandbox.daemon import Status

REGION = "us-west-2"  # of a cluster that is put in, without --region
app = typer.Typer(name="sandbox", help="An AWS on this machine, to try everything without an account.")


class Kubernetes(StrEnum):
    """What answers at the clusters' endpoints."""

    EMBEDDED = "embedded"
    REAL = "real"


@app.command()
@verb
def start(
    common: Common,
    *,
    speed: Annotated[
        float | None, typer.Option(min=0.001, help="How much faster than AWS it is; default: a minute takes a second.")
    ] = None,
    latency: Annotated[float, typer.Option(min=0.0, help="Seconds of its own time that each call takes more.")] = 0.0,
    fresh_quotas: Annotated[
        bool, typer.Option("--fresh-quotas", help="The quotas of a new account: no GPU instance at all.")
    ] = False,
    kubernetes: Annotated[
        Kubernetes,
        typer.Option(help="What clusters run: the embedded API, or a real control plane from KUBEBUILDER_ASSETS."),
    ] = Kubernetes.EMBEDDED,
    with_cluster: Annotated[
        str | None,
        typer.Option(help="Put a cluster of this name into it that somebody else made, with Karpenter, to add to."),
    ] = None,
    gpu_nodes: Annotated[
        int, typer.Option(min=0, help="With --with-cluster: nodes of its owner's with a GPU, whose GPUs can be shared.")
    ] = 0,
) -> int:
    """Start it in the background, where it does not run yet."""
    from .target import SANDBOX_SPEED, sandbox_daemon, screen_of

    daemon = sandbox_daemon()
    if kubernetes is Kubernetes.REAL:
        from eksgpu.sandbox.real import programs

        if with_cluster is not None:
            raise UsageError("--with-cluster needs --kubernetes embedded", hint="leave one of them out")
        programs.required()  # said here: the process in the background has nobody to say it to
    if gpu_nodes and with_cluster is None:
        raise UsageError("--gpu-nodes needs --with-cluster", hint="name the cluster that they belong to")
    options = daemon.Options(latency=latency, fresh_quotas=fresh_quotas, kubernetes=kubernetes.value)
    status = daemon.start(speed=speed or SANDBOX_SPEED, options=options)
    lines = _lines(status)
    if with_cluster is not None:
        region = common.region or REGION
        daemon.add_cluster(status, with_cluster, region, gpus=gpu_nodes)
        lines.append(f"It holds the EKS cluster {with_cluster} in {region}, with Karpenter, made by somebody else.")
        if gpu_nodes:
            lines.append(f"Its node group {with_cluster}-gpu has {gpu_nodes} nodes with a GPU, and no device plugin.")
    screen_of(common).result(_as_json(status), lines)
    return 0


@app.command()
@verb
def stop(common: Common) -> int:
    """End it; what it holds is lost."""
    from .target import sandbox_daemon, screen_of

    stopped = sandbox_daemon().stop()
    lines = ["The sandbox has ended." if stopped else "No sandbox runs."]
    screen_of(common).result({"stopped": stopped}, lines)
    return 0


@app.command("status")
@verb
def show(common: Common) -> int:
    """Show whether it runs, and where."""
    from .target import sandbox_daemon, screen_of

    status = sandbox_daemon().status()
    screen = screen_of(common)
    if status is None:
        screen.result({"running": False}, ["No sandbox runs."])
    else:
        screen.result(_as_json(status), _lines(status))
    return 0


def _as_json(status: "Status") -> dict[str, Any]:
    return {
        "running": True,
        "endpoint": status.endpoint,
        "pid": status.pid,
        "speed": status.speed,
        "version": status.version,
        "account": status.account,
        "configFile": str(status.config_file),
    }


def _lines(status: "Status") -> list[str]:
    return [
        f"The sandbox runs at {status.endpoint}: {status.speed:g} times faster than AWS, "
        f"account {status.account}, pid {status.pid}.",
        "For other programs:",
        f"  export AWS_CONFIG_FILE={status.config_file} AWS_PROFILE=eksgpu-sandbox",
    ]
