"""`preflight`: the checks alone, against an account as it is. Changes nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eksgpu.checks.finding import Finding

from .connect import Connector
from .options import Options
from .plan import plan
from .report import Caller, Calls


@dataclass(frozen=True)
class PreflightReport:
    """What the checks found."""

    caller: Caller
    findings: tuple[Finding, ...]
    calls: Calls
    seconds: float

    def as_json(self) -> dict[str, Any]:
        return {
            **self.caller.as_json(),
            "findings": [finding.as_json() for finding in self.findings],
            "apiCalls": self.calls.as_json(),
            "seconds": round(self.seconds, 3),
        }


def preflight(
    spec_path: Path,
    options: Options,
    *,
    skip_checks: frozenset[str] = frozenset(),
    connector: Connector | None = None,
) -> PreflightReport:
    """Every check of the preflight stage. They look at the plan too: quotas matter for what is still to be made."""
    report = plan(spec_path, options, skip_checks=skip_checks, connector=connector)
    return PreflightReport(report.caller, report.findings, report.calls, report.seconds)
