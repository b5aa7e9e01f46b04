"""All checks, found by walking this folder, and how they are run. To add one, write its file: nothing else."""

import difflib
import importlib
import pkgutil
from collections.abc import Collection
from concurrent.futures import Executor
from functools import cache
from pathlib import Path
from typing import Literal, overload

from eksgpu.errors import CloudError, CredentialsError, UsageError

from .check import Check, Stage
from .context import CheckContext, VerifyContext
from .finding import Finding, Severity

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@cache
def registered() -> tuple[Check, ...]:
    """Every check of every stage, by id."""
    names = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    modules = [importlib.import_module(f"{__package__}.{name}") for name in names]
    found = (value for module in modules for value in vars(module).values() if isinstance(value, Check))
    return tuple(sorted(found, key=lambda item: item.id))


def checks(stage: Stage) -> tuple[Check, ...]:
    """The checks of one stage, by id."""
    return tuple(item for item in registered() if item.stage == stage)


def permissions() -> frozenset[str]:
    """The IAM actions that the checks' own calls need."""
    return frozenset[str]().union(*(item.permissions for item in registered()))


def refuse_unknown(skip: Collection[str]) -> None:
    """Raises UsageError for the first id that no check has."""
    known = [item.id for item in registered()]
    for name in sorted(skip):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"checks are {', '.join(known)}"
            raise UsageError(f"no check is called {name}", hint=hint)


@overload
def run_checks(
    context: CheckContext, stage: Literal["preflight"], *, skip: Collection[str] = (), pool: Executor | None = None
) -> tuple[Finding, ...]: ...


@overload
def run_checks(
    context: VerifyContext, stage: Literal["verify"], *, skip: Collection[str] = (), pool: Executor | None = None
) -> tuple[Finding, ...]: ...


def run_checks(
    context: CheckContext | VerifyContext, stage: Stage, *, skip: Collection[str] = (), pool: Executor | None = None
) -> tuple[Finding, ...]:
    """The findings of a stage, errors first, then by id and place.

    skip: ids of checks to leave out.
    pool: where the checks run side by side; None: one after the other.

    Raises UsageError for an unknown id, CredentialsError when nothing can be read any more. Any other refusal of a
    check's own calls becomes a finding that says so.
    """
    refuse_unknown(skip)
    asked = [item for item in checks(stage) if item.id not in skip]
    if pool is None:
        answers = [_answer(item, context) for item in asked]
    else:
        answers = [future.result() for future in [pool.submit(_answer, item, context) for item in asked]]
    found = (finding for answer in answers for finding in answer)
    return tuple(sorted(found, key=lambda finding: (_ORDER[finding.severity], finding.id, finding.where)))


def _answer(item: Check, context: CheckContext | VerifyContext) -> tuple[Finding, ...]:
    try:
        return tuple(item.run(context))
    except CredentialsError:
        raise
    except CloudError as error:
        message = f"could not be checked: {error.message}"
        return (Finding(item.id, Severity.WARNING, item.title, message, error.hint or ""),)
