"""`eksgpu verify`: whether the live cluster keeps what the spec promises, with a pod on a GPU as the proof."""

from typing import Annotated

import typer

from .options import DEFAULT_SPEC, Common, Spec, verb


@verb
def verify(
    common: Common,
    spec: Spec = DEFAULT_SPEC,
    *,
    no_smoke: Annotated[
        bool, typer.Option("--no-smoke", help="Run no smoke pod: no node comes for it, and no GPU is proven.")
    ] = False,
    smoke_image: Annotated[
        str | None, typer.Option("--smoke-image", metavar="IMAGE", help="An image with nvidia-smi in it or mounted.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="How long the smoke pods may take, their nodes included.")
    ] = 1200.0,
) -> int:
    """Check that nodes, pools and controllers are ready, and that pods get their GPUs."""
    from eksgpu.errors import FindingsError
    from eksgpu.ops import verify as ops
    from eksgpu.ui.verify import verify_view

    from .target import options_of, screen_of

    screen = screen_of(common)
    report = ops.verify(
        spec,
        options_of(common),
        say=screen.say,
        with_smoke=not no_smoke,
        smoke_image=smoke_image,
        timeout=timeout,
        skip_checks=frozenset(common.skip_checks),
    )
    screen.result(report.as_json(), verify_view(report, screen.look))
    return FindingsError.exit_code if report.errors else 0
