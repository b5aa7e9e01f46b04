"""`eksgpu gpu list|show|recommend`: which accelerated instance types there are, and which to take."""

from typing import Annotated

import typer

from .options import Common, verb

app = typer.Typer(name="gpu", help="Which GPUs EC2 has, what they cost, how they can be shared, and which to take.")


@app.command("list")
@verb
def show_list(
    common: Common,
    *,
    family: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this family; repeatable.")] = None,
    min_memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Only GPUs with at least this much memory, such as 24GB.")
    ] = None,
    bf16: Annotated[bool, typer.Option("--bf16", help="Only GPUs that compute in bfloat16.")] = False,
    fp8: Annotated[bool, typer.Option("--fp8", help="Only GPUs that compute in 8-bit floats.")] = False,
    count: Annotated[int | None, typer.Option(min=1, help="Only types with so many GPUs.")] = None,
    spot: Annotated[bool, typer.Option("--spot", help="Only types that are sold as spot; as --capacity spot.")] = False,
    capacity: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="Only types sold so: on-demand, spot, capacity-block; repeatable."),
    ] = None,
) -> int:
    """List instance types with GPUs, the cheapest first; with --region, those that it offers and in which zones."""
    from eksgpu.errors import UsageError
    from eksgpu.ops.gpu import Wanted, gpu_list
    from eksgpu.ui.gpu import gpu_list_view
    from eksgpu.units import Bytes

    from .target import options_of, screen_of

    kinds = dict.fromkeys([*(capacity or ()), *(["spot"] if spot else [])])
    known = ("on-demand", "spot", "capacity-block")
    for kind in kinds:
        if kind not in known:
            raise UsageError(f'nothing is sold as "{kind}"', hint=f"kinds are {', '.join(known)}")
    if min_memory is not None and min_memory.isdigit():
        raise UsageError(f"--min-memory {min_memory} has no unit", hint=f"write {min_memory}GB or {min_memory}GiB")
    try:
        memory = Bytes.parse(min_memory) if min_memory else None
    except ValueError as error:
        raise UsageError(f"--min-memory: {error}", hint="write a size such as 24GB or 22GiB") from error
    wanted = Wanted(tuple(family or ()), memory, bf16, fp8, count, tuple(kinds))
    screen = screen_of(common)
    report = gpu_list(wanted, options_of(common))
    screen.result(report.as_json(), gpu_list_view(report, screen.look))
    return 0


@app.command()
@verb
def show(
    common: Common,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="An instance type, a family or a GPU: g5.xlarge, g5, a10g.")
    ],
) -> int:
    """Show one in full: what it is for, how fast it is, its MIG profiles, what carries it."""
    from eksgpu.ops.gpu import gpu_show
    from eksgpu.ui.gpu import gpu_show_view

    from .target import screen_of

    screen = screen_of(common)
    report = gpu_show(name)
    screen.result(report.as_json(), gpu_show_view(report, screen.look))
    return 0


@app.command()
@verb
def recommend(
    common: Common,
    purpose: Annotated[str | None, typer.Argument(metavar="PURPOSE", help="dev, inference or training.")] = None,
) -> int:
    """Say which type to take for development, inference or training, and how to buy it."""
    from eksgpu.ops.gpu import gpu_recommend
    from eksgpu.ui.gpu import gpu_advice_view

    from .target import screen_of

    screen = screen_of(common)
    report = gpu_recommend(purpose)
    screen.result(report.as_json(), gpu_advice_view(report, screen.look))
    return 0
