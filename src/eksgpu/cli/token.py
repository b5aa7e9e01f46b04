"""`eksgpu token`: a token for one cluster, as kubectl's exec plugins print it. Nothing is asked of AWS."""

from typing import Annotated

import typer

from eksgpu.errors import UsageError

from .options import Common, verb


@verb
def token(
    common: Common,
    *,
    cluster: Annotated[str, typer.Option("--cluster", metavar="NAME", help="The cluster's name in EKS.")],
) -> int:
    """Print a token for kubectl; `eksgpu kubeconfig` writes the file that asks for it."""
    from eksgpu.ops import token as ops

    if common.sandbox and common.profile:
        raise UsageError("--sandbox has an account of its own and takes no --profile", hint="leave one of them out")
    # Always JSON, whatever --output says: kubectl reads it.
    typer.echo(ops.token(cluster, region=common.region, profile=common.profile, sandbox=common.sandbox))
    return 0
