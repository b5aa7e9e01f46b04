"""`eksgpu destroy`: take everything down and prove that nothing is left, with or without the spec."""

from typing import Annotated

import typer

from .options import BreakLock, Common, Name, SpecUnlessNamed, verb


@verb
def destroy(
    common: Common,
    spec: SpecUnlessNamed = None,
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
    from .target import connector_of, options_of, screen_of, spec_or_name

    target = spec_or_name(spec, name)
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
            target,
            options,
            confirm=agree,
            listener=progress,
            break_lock=break_lock,
            delete_volumes=delete_volumes,
            notice=progress.notice,
            connector=connector_of(options),
        )
    screen.result(report.as_json(), proof_view(report, screen.look))
    return 1 if report.left else 0
