"""One Kubernetes API: a synchronous `handle(request)` over a cluster, its users and its controllers.

Holds one lock, no threads and no open files, so it survives a fork. Servers and hooks are shells around it; what stands
for AWS joins through `add_step`.
"""

import logging
import threading
from collections.abc import Callable

from eksgpu.engine.clock import Clock
from eksgpu.sandbox.kubernetes import documents, objects
from eksgpu.sandbox.kubernetes.auth import Authenticate, Authenticator, User
from eksgpu.sandbox.kubernetes.authorization import Attempt, allowed, refusal
from eksgpu.sandbox.kubernetes.bootstrap import fill
from eksgpu.sandbox.kubernetes.call import Call
from eksgpu.sandbox.kubernetes.client import InProcessClient
from eksgpu.sandbox.kubernetes.cluster import Cluster, Execute, Metrics
from eksgpu.sandbox.kubernetes.controllers.loop import Controllers
from eksgpu.sandbox.kubernetes.failure import ApiError, method_not_allowed, no_such_path
from eksgpu.sandbox.kubernetes.http import Request, Response
from eksgpu.sandbox.kubernetes.logs import LogBook
from eksgpu.sandbox.kubernetes.routing import find, group_version
from eksgpu.sandbox.kubernetes.show.discovery import METRICS
from eksgpu.sandbox.kubernetes.verbs.reviews import REVIEWS

_LOG = logging.getLogger(__name__)
_WRITES = ("POST", "PUT", "PATCH", "DELETE")
# A step that says again and again that it has changed something is broken; better an error than a hang.
_MOST_ROUNDS = 10_000


class Api:
    """`kubernetes_controllers` False leaves out scheduler, Deployments, garbage collection and the like."""

    def __init__(
        self,
        clock: Clock,
        *,
        version: str = "1.35",
        seed: int = 0,
        authenticate: Authenticate | None = None,
        kubernetes_controllers: bool = True,
    ) -> None:
        self.cluster = Cluster(clock, version, seed)
        self.lock = threading.RLock()
        self._authenticator = Authenticator(authenticate)
        fill(self.cluster)
        self._controllers = Controllers(self.cluster) if kubernetes_controllers else None
        self._steps: list[Callable[[], bool]] = []
        self._failures: set[str] = set()
        self._settling = False
        self.settle()

    @property
    def admin_token(self) -> str:
        """A bearer token of the group system:masters."""
        return self._authenticator.admin_token

    @property
    def logs(self) -> LogBook:
        """What containers printed: kubelets append, `kubectl logs` reads."""
        return self.cluster.logs

    @property
    def metrics(self) -> Metrics | None:
        """Who answers for metrics.k8s.io: called with "nodes" or "pods"; None when it is not served."""
        return self.cluster.metrics

    @metrics.setter
    def metrics(self, provider: Metrics | None) -> None:
        self.cluster.metrics = provider

    @property
    def execute(self) -> Execute | None:
        """Who runs commands: (namespace, pod, container, command) → (stdout, stderr, exit code)."""
        return self.cluster.execute

    @execute.setter
    def execute(self, provider: Execute | None) -> None:
        self.cluster.execute = provider

    def client(self, user: str = "system:admin") -> InProcessClient:
        """A client for a controller in this process; `user` is its field manager."""
        return InProcessClient(self, user)

    def add_step(self, step: Callable[[], bool]) -> None:
        """Let `step` act whenever the cluster settles; it says whether it changed anything."""
        self._steps.append(step)

    def settle(self) -> None:
        """Let controllers and steps act until none has anything to do. Nested calls do nothing."""
        with self.lock:
            if self._settling:
                return
            self._settling = True
            try:
                self._settle()
            finally:
                self._settling = False

    def handle(self, request: Request) -> Response:
        """Answer one request; refusals are answers too."""
        with self.lock:
            self.settle()
            try:
                response = self._answer(request)
            except ApiError as refused:
                response = Response.of(refused.as_status(), refused.status)
            if request.method in _WRITES and response.status < 300:
                self.settle()
            return response

    def _settle(self) -> None:
        for _ in range(_MOST_ROUNDS):
            if self._controllers is not None:
                self._controllers.run()
            # Every step gets its turn, whatever the others did.
            if not any([self._taken(step) for step in self._steps]):  # noqa: C419
                return
        raise RuntimeError("the cluster does not settle: some step always says that it has changed something")

    def _taken(self, step: Callable[[], bool]) -> bool:
        """A step's answer. One that fails is its own affair: the request that let it act is answered all the same."""
        try:
            return step()
        except Exception as error:
            if repr(error) not in self._failures:  # it will fail many times a second
                _LOG.exception("a step of the sandbox's controllers failed")
                self._failures.add(repr(error))
            return False

    def _answer(self, request: Request) -> Response:
        if request.path in ("/healthz", "/livez", "/readyz"):
            return Response.text("ok")
        user = self._authenticator.user(request.header("authorization"))
        where = group_version(request.path)
        if where is None or not where[2]:
            attempt = Attempt(request.method.lower(), path=request.path)
            if not allowed(self.cluster, user, attempt):
                raise refusal(user, attempt)
            document = documents.answer(self.cluster, request)
            if document is None:
                raise no_such_path()
            if request.method not in ("GET", "HEAD"):
                raise method_not_allowed()
            return document
        if where[:2] == METRICS:
            return self._metrics(user, where[2], request)
        target = find(self.cluster.types, *where)
        attempt = target.attempt(request)
        if target.kind.plural not in REVIEWS and not allowed(self.cluster, user, attempt):
            raise refusal(user, attempt)
        return objects.answer(Call(self.cluster, self._authenticator, user, request, target))

    def _metrics(self, user: User, rest: list[str], request: Request) -> Response:
        """metrics.k8s.io, for who may list the nodes' or pods' usage there."""
        namespace, asked = (rest[1], rest[2:]) if rest[0] == "namespaces" and len(rest) > 2 else ("", rest)
        attempt = Attempt("list", METRICS[0], asked[0], namespace)
        if not allowed(self.cluster, user, attempt):
            raise refusal(user, attempt)
        return documents.metrics(self.cluster, rest, request.query.get("labelSelector", ""))
