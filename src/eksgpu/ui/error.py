"""An error as lines for people and as JSON for machines. Faults in the spec read like a compiler's messages."""

from typing import Any

from eksgpu.errors import CloudError, EksgpuError, FindingsError, RunFailed, SpecError, SpecErrors

from .look import Look, Style
from .words import many


def error_view(error: EksgpuError, look: Look) -> list[str]:
    """`error: …`, then `hint: …`; for the spec `file:line:column: …`, one line a fault, each with its hint."""
    if isinstance(error, SpecErrors):
        faults = [line for fault in error.errors for line in _fault(fault, look)]
        return [*faults, _error(f"{many(len(error.errors), 'fault')} in the spec; nothing was changed", look)]
    if isinstance(error, SpecError):
        return _fault(error, look)
    return [_error(error.message, look), *_notes(error), *_hint(error, look)]


def error_json(error: EksgpuError) -> dict[str, Any]:
    """`{error: {type, message, hint, …}}`; faults of the spec and failed steps as lists."""
    told = _described(error)
    match error:
        case SpecErrors():
            told["errors"] = [_described(fault) for fault in error.errors]
        case RunFailed():
            told["failures"] = [
                {"identity": identity, "type": type(cause).__name__, "message": str(cause)}
                for identity, cause in error.failures
            ]
        case FindingsError():
            told["findings"] = list(error.findings)
    return {"error": told}


def _described(error: EksgpuError) -> dict[str, Any]:
    told: dict[str, Any] = {"type": type(error).__name__, "message": error.message, "hint": error.hint}
    told |= {"notes": notes} if (notes := _notes(error)) else {}
    match error:
        case SpecError():
            told |= {"file": error.file, "line": error.line, "column": error.column}
        case CloudError():
            told |= {"code": error.code, "operation": error.operation, "action": error.action}
    return told


def _fault(fault: SpecError, look: Look) -> list[str]:
    return [f"{look.paint(fault.where, Style.BOLD)}: {fault.message}", *_hint(fault, look, "  ")]


def _error(message: str, look: Look) -> str:
    return f"{look.paint('error:', Style.RED)} {message}"


def _notes(error: EksgpuError) -> list[str]:
    """What was added on the way up: how far a run had come when it had to stop."""
    return list(getattr(error, "__notes__", ()))


def _hint(error: EksgpuError, look: Look, indent: str = "") -> list[str]:
    return [f"{indent}{look.paint('hint:', Style.CYAN)} {error.hint}"] if error.hint else []
