"""Every error this program raises on purpose, as one tree.

```
EksgpuError                        exit 1; `hint` says what to do next
├── UsageError                     the command line makes no sense
├── SpecError                      one place in the spec: file:line:column
├── SpecErrors                     all of them, in the order of the file
├── PlanRefused                    a change that must not or cannot be made
├── RunFailed                      apply or destroy could not finish; some steps failed
├── Interrupted                    Ctrl-C, or the credentials ran out: stopped cleanly
├── LockHeld / LockLost            another operator is at work
├── FindingsError                  checks found something that stops us; exit 3
└── CloudError                     an API said no; `code` and `operation` are the API's own
    ├── NotFound                   it is not there (success, when deleting)
    ├── AlreadyExists              the name is taken
    ├── Denied                     `action` is the missing permission
    ├── CredentialsError           no, expired or wrong credentials
    ├── QuotaExceeded              a limit of the account
    ├── Throttled                  refused before anything happened: safe to repeat
    ├── AnswerLost                 nobody knows whether it happened: look before repeating
    └── Later                      not yet: something else must settle first
```

The engine decides by these classes alone; one file per cloud turns that cloud's codes into them.
"""

from collections.abc import Mapping
from typing import Any


class EksgpuError(Exception):
    """The root. `str()` is one clear line or more; `hint`, when there is one, is shown on its own line."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(EksgpuError):
    """The command line or a call of the Python API makes no sense."""


class SpecError(EksgpuError):
    """One fault in the spec. `line` and `column` start at 1; 0 means that the place has none (`--set`)."""

    def __init__(self, message: str, *, file: str, line: int = 0, column: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.line = line
        self.column = column

    @property
    def where(self) -> str:
        """`file:line:column`, as editors and compilers write it."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class SpecErrors(EksgpuError):
    """Every fault found in one spec, sorted by position."""

    def __init__(self, errors: tuple[SpecError, ...]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


class PlanRefused(EksgpuError):
    """The plan holds a change that cannot be made (a CIDR of a live VPC) or must not be (a foreign object)."""


class RunFailed(EksgpuError):
    """Some steps failed; what did not depend on them is done. Running again continues."""

    def __init__(self, message: str, *, failures: tuple[tuple[str, Exception], ...], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.failures = failures


class Interrupted(EksgpuError):
    """Stopped before the end, on purpose and cleanly: running again continues."""


class LockHeld(EksgpuError):
    """Another operator holds the lock of this cluster."""


class LockLost(EksgpuError):
    """Our lock was taken or removed while we worked: nothing more may be changed."""


class FindingsError(EksgpuError):
    """Checks found errors. `findings` are all of them as JSON; a person was shown them already."""

    exit_code = 3

    def __init__(self, message: str, *, findings: tuple[Mapping[str, Any], ...] = (), hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.findings = findings


class CloudError(EksgpuError):
    """An API answered with an error that has no more special meaning."""

    def __init__(
        self, message: str, *, code: str = "", operation: str = "", action: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.operation = operation
        self.action = action


class NotFound(CloudError):
    """The object is not there."""


class AlreadyExists(CloudError):
    """An object of that name is there already."""


class Denied(CloudError):
    """The caller lacks a permission; `action` names it when the API does."""


class CredentialsError(CloudError):
    """No credentials, or credentials that are expired or wrong. Nothing else will work: the run stops."""


class QuotaExceeded(CloudError):
    """A limit of the account was reached."""


class Throttled(CloudError):
    """Refused for its rate before anything happened: safe to repeat after a while."""


class AnswerLost(CloudError):
    """The request may or may not have been executed: the connection broke or the server failed after the request."""


class Later(CloudError):
    """It cannot be done yet, and will be possible without our doing (propagation, an update still in progress)."""
