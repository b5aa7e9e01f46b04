"""`eksgpu preflight`: the checks alone, before anything exists."""

from .options import DEFAULT_SPEC, Common, Spec, verb


@verb
def preflight(common: Common, spec: Spec = DEFAULT_SPEC) -> int:
    """Check whether apply can work: credentials, permissions, quotas, offerings, names, versions."""
    from eksgpu.checks.finding import errors
    from eksgpu.errors import FindingsError
    from eksgpu.ops import preflight as ops
    from eksgpu.ui.findings import preflight_view

    from .target import connector_of, options_of, screen_of

    screen = screen_of(common)
    options = options_of(common)
    skipped = frozenset(common.skip_checks)
    report = ops.preflight(spec, options, skip_checks=skipped, connector=connector_of(options))
    screen.result(report.as_json(), preflight_view(report, screen.look))
    stops = bool(errors(report.findings))
    return FindingsError.exit_code if stops else 0
