"""Whose account the sandbox is. Apart from everything else, so that a client learns it without loading the sandbox."""

ACCOUNT = "111122223333"
ACCESS_KEY = "ASIASANDBOXSANDBOX00"
SECRET_KEY = "sandbox"  # noqa: S105  the sandbox checks no signatures
