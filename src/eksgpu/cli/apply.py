"""`eksgpu apply`: make the account look like the spec, after showing the plan and asking."""

from .options import DEFAULT_SPEC, Accept, BreakLock, Common, Replace, Spec, verb


@verb
def apply(
    common: Common,
    spec: Spec = DEFAULT_SPEC,
    *,
    accept: Accept = [],  # noqa: B006
    replace: Replace = [],  # noqa: B006
    break_lock: BreakLock = False,
) -> int:
    """Create and change what plan shows, as fast as AWS allows."""
    from eksgpu.ops import apply as ops
    from eksgpu.ops.report import PlanReport
    from eksgpu.ui.plan import applied_view, plan_view
    from eksgpu.ui.prompt import confirm

    from .run_view import following
    from .target import connector_of, options_of, screen_of

    screen = screen_of(common)

    def agree(report: PlanReport) -> bool:
        screen.show([*plan_view(report, screen.look), ""])
        if report.plan.refusals or report.errors:
            return False
        if common.yes or report.plan.empty:
            return True
        return confirm(screen, "Apply this plan? Type yes to go ahead: ", "yes")

    options = options_of(common)
    with following(common, screen, options.speed) as progress:
        report = ops.apply(
            spec,
            options,
            confirm=agree,
            listener=progress,
            skip_checks=frozenset(common.skip_checks),
            accept=frozenset(map(str, accept)),
            replace=tuple(replace),
            break_lock=break_lock,
            notice=progress.notice,
            connector=connector_of(options),
        )
    screen.result(report.as_json(), applied_view(report, screen.look))
    return 0
