"""`eksgpu status`: what lives now; `--raw NAME` prints one output alone, for use in scripts."""

from typing import Annotated

import typer

from .options import Common, Name, SpecUnlessNamed, verb


@verb
def status(
    common: Common,
    spec: SpecUnlessNamed = None,
    *,
    name: Name = None,
    raw: Annotated[str | None, typer.Option("--raw", metavar="NAME", help="Print this output alone.")] = None,
    alias: Annotated[
        str | None, typer.Option(metavar="NAME", help="The name of kubectl's context in configure_kubectl.")
    ] = None,
) -> int:
    """Show what lives now, what it costs, and how to reach it."""
    from eksgpu.errors import EksgpuError
    from eksgpu.ops import status as ops
    from eksgpu.ui.status import status_view

    from .target import options_of, screen_of, spec_or_name

    target = spec_or_name(spec, name)
    screen = screen_of(common)
    report = ops.status(target, options_of(common), alias=alias, with_nodes=raw is None)
    if raw is None:
        screen.result(report.as_json(), status_view(report, screen.look))
        return 0
    if raw not in report.outputs:
        known = ", ".join(report.outputs)
        reason = f"there is no output {raw}" if known else f"the cluster {report.caller.cluster} does not exist yet"
        raise EksgpuError(reason, hint=f"outputs are {known}" if known else "make it with `eksgpu apply`")
    screen.result({raw: report.outputs[raw]}, [report.outputs[raw]])
    return 0
