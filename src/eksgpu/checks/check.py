"""A check: a question with a stable id, asked at one stage, that yields findings. `@check` makes one of a function."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, overload

from .context import CheckContext, VerifyContext
from .finding import Finding

Stage = Literal["preflight", "verify"]
Question = Callable[[CheckContext], Iterable[Finding]]
VerifyQuestion = Callable[[VerifyContext], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """One check.

    id:          lower case with dashes, the id of its findings; it never changes.
    title:       what holds when it finds nothing, one clause.
    stage:       when it is asked: before anything is made, or of what lives. `run` takes that stage's context.
    permissions: IAM actions of the calls it makes itself.
    explanation: why it matters, for the reference page.
    """

    id: str
    title: str
    stage: Stage
    run: Callable[[Any], Iterable[Finding]]
    permissions: frozenset[str] = frozenset()
    explanation: str = ""


@overload
def check(
    id: str,
    title: str,
    *,
    stage: Literal["preflight"] = "preflight",
    permissions: Iterable[str] = (),
) -> Callable[[Question], Check]: ...


@overload
def check(
    id: str,
    title: str,
    *,
    stage: Literal["verify"],
    permissions: Iterable[str] = (),
) -> Callable[[VerifyQuestion], Check]: ...


def check(
    id: str,  # noqa: A002  the finding's own word
    title: str,
    *,
    stage: Stage = "preflight",
    permissions: Iterable[str] = (),
) -> Callable[[Any], Check]:
    """Makes a check of a function; its docstring is the explanation."""

    def made(question: Callable[[Any], Iterable[Finding]]) -> Check:
        return Check(id, title, stage, question, frozenset(permissions), question.__doc__ or "")

    return made
