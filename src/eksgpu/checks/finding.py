"""A finding: what a check found, where, why it matters and how to mend it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad it is: an error stops apply, a warning is shown, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One result of one check.

    id:      the check's stable id, lower case with dashes (`vcpu-quota`): what `--skip-checks` takes.
    where:   what it is about: a path in the spec (`spec.nodePools[p5-gpu-h100]`) or an object (`vpc vpc-0abc`).
    message: what is wrong and why it matters, one or two sentences.
    fix:     what to do, an imperative; names the quota code, the field or the command.
    at:      `file:line:column` of `where`, when that is a part of a spec that was read from a file.
    """

    id: str
    severity: Severity
    where: str
    message: str
    fix: str = ""
    at: str = ""

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON."""
        return asdict(self)


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that stop an apply and fail a verify."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)
