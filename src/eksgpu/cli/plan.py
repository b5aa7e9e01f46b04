"""`eksgpu plan`: what apply would do, what it costs, how long it takes. Changes nothing."""

from .options import DEFAULT_SPEC, Accept, Common, Replace, Spec, verb

CHANGES = 2


@verb
def plan(common: Common, spec: Spec = DEFAULT_SPEC, *, accept: Accept = [], replace: Replace = []) -> int:  # noqa: B006
    """Show what apply would change, what it costs, and whether it can work."""
    from eksgpu.errors import FindingsError, PlanRefused
    from eksgpu.ops import plan as ops
    from eksgpu.ui.caller import header
    from eksgpu.ui.plan import plan_view

    from .target import connector_of, options_of, screen_of

    screen = screen_of(common)
    options = options_of(common)
    report = ops.plan(
        spec,
        options,
        skip_checks=frozenset(common.skip_checks),
        accept=frozenset(map(str, accept)),
        replace=tuple(replace),
        connector=connector_of(options),
    )
    if screen.json:
        screen.say(*header(report.caller, screen.err_look))
    screen.result(report.as_json(), plan_view(report, screen.look))
    if report.plan.refusals:
        return PlanRefused.exit_code
    if report.errors:
        return FindingsError.exit_code
    return CHANGES if common.detailed_exitcode and not report.plan.empty else 0
