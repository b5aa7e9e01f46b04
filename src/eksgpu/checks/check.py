"""A check: a question with a stable id, asked at one stage, that yields findings. `@check` makes one of a function."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from .context import CheckContext
from .finding import Finding

Stage = Literal["preflight"]
Question = Callable[[CheckContext], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """One check.

    id:          lower case with dashes, the id of its findings; it never changes.
    title:       what holds when it finds nothing, one clause.
    stage:       when it is asked.
    permissions: IAM actions of the calls it makes itself.
    explanation: why it matters, for the reference page.
    """

    id: str
    title: str
    stage: Stage
    run: Question
    permissions: frozenset[str] = frozenset()
    explanation: str = ""


def check(
    id: str,  # noqa: A002  the finding's own word
    title: str,
    *,
    stage: Stage = "preflight",
    permissions: Iterable[str] = (),
) -> Callable[[Question], Check]:
    """Makes a check of a function; its docstring is the explanation."""

    def made(question: Question) -> Check:
        return Check(id, title, stage, question, frozenset(permissions), question.__doc__ or "")

    return made
