"""One request about objects, with all that answering it needs."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eksgpu.sandbox.kubernetes import bodies
from eksgpu.sandbox.kubernetes.auth import Authenticator, User
from eksgpu.sandbox.kubernetes.cluster import Cluster
from eksgpu.sandbox.kubernetes.http import Request, Response
from eksgpu.sandbox.kubernetes.listing import render
from eksgpu.sandbox.kubernetes.query import flag
from eksgpu.sandbox.kubernetes.routing import Target
from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.verbs import read
from eksgpu.sandbox.kubernetes.verbs.options import Options, check_query
from eksgpu.sandbox.kubernetes.verbs.patch import APPLY

_OPTIONS = {"POST": "CreateOptions", "PUT": "UpdateOptions", "DELETE": "DeleteOptions"}


@dataclass(frozen=True)
class Call:
    """A request with all that answering it needs."""

    cluster: Cluster
    authenticator: Authenticator
    user: User
    request: Request
    target: Target

    @cached_property
    def body(self) -> Any:
        return bodies.parsed(self.request)

    @cached_property
    def options(self) -> Options:
        query = self.request.query
        agent = self.request.header("user-agent").partition("/")[0] or "unknown"
        is_apply = self.request.content_type == APPLY
        check_query(query, _OPTIONS.get(self.request.method, "PatchOptions"), is_apply=is_apply)
        return Options(
            manager=query.get("fieldManager") or ("" if is_apply else agent[:128]),
            dry_run=bool(query.get("dryRun")),
            validation=query.get("fieldValidation") or "Warn",
            force=flag(query, "force"),
        )

    @cached_property
    def live(self) -> Object:
        """The object of the request's path. Raises ApiError 404."""
        return read.get(self.cluster, self.target.kind, self.target.space, self.target.name)

    def result(self, found: Object, status: int = 200) -> Response:
        """An object in the form that the client asked for, with the write's warnings."""
        response = Response.of(render(self.cluster, self.request, self.target.kind, found), status)
        if self.options.warnings:
            response.headers["Warning"] = ", ".join(f'299 - "{_quoted(text)}"' for text in self.options.warnings)
        return response


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
