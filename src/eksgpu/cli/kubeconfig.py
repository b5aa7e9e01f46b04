"""`eksgpu kubeconfig`: an entry in kubectl's configuration that leads into the cluster."""

from pathlib import Path
from typing import Annotated

import typer

from .options import Common, Name, SpecUnlessNamed, verb


@verb
def kubeconfig(
    common: Common,
    spec: SpecUnlessNamed = None,
    *,
    name: Name = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--kubeconfig", metavar="FILE", help="The file to change; default: $KUBECONFIG or ~/.kube/config."
        ),
    ] = None,
    alias: Annotated[
        str | None, typer.Option(metavar="NAME", help="The context's name; default: the cluster's ARN.")
    ] = None,
) -> int:
    """Write the cluster into kubectl's configuration, with tokens from `eksgpu token`."""
    from eksgpu.ops import kubeconfig as ops
    from eksgpu.ui.kubeconfig import kubeconfig_view

    from .target import options_of, screen_of, spec_or_name

    screen = screen_of(common)
    report = ops.kubeconfig(spec_or_name(spec, name), options_of(common), file=file, alias=alias)
    screen.result(report.as_json(), kubeconfig_view(report, screen.look))
    return 0
