"""`eksgpu destroy`: take everything down and prove that nothing is left, with or without the spec."""

from pathlib import Path
from typing import Annotated

import typer

from eksgpu.errors import UsageError

from .options import DEFAULT_SPEC, BreakLock, Common, Name, verb


@verb
def destroy(
    common: Common,
    spec: Annotated[
        Path | None,
        typer.Argument(metavar="SPEC", help="The spec; default: cluster.yaml.", show_default=False),
    ] = None,
    *,
    name: Name = None,
    break_lock: BreakLock = False,
    delete_volumes: Annotated[
        bool, typer.Option("--delete-volumes", help="Also delete the volumes that hold the cluster's data.")
    ] = False,
) -> int:
    """Delete everything that carries the cluster's mark, and show the proof."""
    from eksgpu.ops import destroy as ops
    from eksgpu.ui.destroy import preview_view, proof_view
    from eksgpu.ui.prompt import confirm

    from .run_view import following
    from .target import options_of, screen_of

    screen = screen_of(common)

    def agree(preview: ops.DestroyPreview) -> bool:
        screen.show([*preview_view(preview, screen.look), ""])
        if preview.deletion_protection:
            return False
        if common.yes or not (preview.lives or preview.byproducts):
            return True
        cluster = preview.caller.cluster
        return confirm(screen, f"Delete all of this? Type the cluster's name ({cluster}) to go ahead: ", cluster)

    options = options_of(common)
    with following(common, screen, options.speed) as progress:
        report = ops.destroy(
            _target(spec, name),
            options,
            confirm=agree,
            listener=progress,
            break_lock=break_lock,
            delete_volumes=delete_volumes,
            notice=progress.notice,
        )
    screen.result(report.as_json(), proof_view(report, screen.look))
    return 1 if report.left else 0


def _target(spec: Path | None, name: str | None) -> Path | str:
    if name is None:
        return spec or DEFAULT_SPEC
    if spec is not None:
        raise UsageError(f"both a spec ({spec}) and --name {name} say what to destroy", hint="leave one of them out")
    return name
