"""One session for all tests of a process, talking to the World that was connected last.

Reading service models and building clients takes longer than most tests, and knows nothing of any run; moto's state
is one per process anyway, so there is never more than one World in use.
"""

from functools import cache
from typing import Any, cast

from botocore.auth import AUTH_TYPE_MAPS, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from eksgpu.aws.clients import Clients, OwnSession
from eksgpu.sandbox import inprocess
from eksgpu.sandbox.wire import Request, Response
from eksgpu.sandbox.world import World


class _Latest:
    """Stands where a World stands and hands every request to the latest one."""

    world: World

    def handle(self, request: Request) -> Response:
        return self.world.handle(request)


_LATEST = _Latest()
SCOPE_ONLY = "scope-only"


class ScopeOnly(SigV4Auth):  # type: ignore[misc]
    """Says for which service and region a request is, as a signature does; nobody in the sandbox checks a signature."""

    def add_auth(self, request: AWSRequest) -> None:
        scope = f"{self.credentials.access_key}/20260101/{self._region_name}/{self._service_name}/aws4_request"
        request.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


AUTH_TYPE_MAPS |= {SCOPE_ONLY: ScopeOnly, f"{SCOPE_ONLY}-query": SigV4QueryAuth}  # presigned URLs: as ever


class SharedSession:
    """Makes each client once a process; a `Clients` that asks for one counts its calls from then on, nobody else."""

    def client(
        self, service: str, region_name: str, endpoint_url: str | None = None, config: Config | None = None
    ) -> Any:
        made = _client(service, region_name, config.retries["total_max_attempts"] if config is not None else 1)
        made.meta.events.unregister("before-send", unique_id=f"eksgpu-count-{service}")
        return made


def session(world: World) -> SharedSession:
    """The shared session, from now on wired to `world`."""
    _LATEST.world = world
    return SharedSession()


def clients(world: World, region: str) -> Clients:
    """Clients of a new run on shared botocore clients."""
    return Clients(session(world), region=region)


@cache
def _client(service: str, region: str, attempts: int) -> Any:
    # With a name of their own: botocore writes down the whole machine for each request.
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts}, user_agent="tests")
    return _shared().client(service, region_name=region, config=config)


@cache
def _shared() -> OwnSession:
    made = OwnSession(keys=("tests", "tests"))
    inprocess.attach(made, cast("World", _LATEST))
    # First: botocore itself chooses for some operations.
    made._session.get_component("event_emitter").register_first("choose-signer", lambda **_: SCOPE_ONLY)
    return made
