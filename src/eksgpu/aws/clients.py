"""The only place that makes AWS clients: one session, cached clients, counted calls, errors in our own tree.

Reads are retried by botocore's standard mode. Calls that change something are never repeated blindly here: a lost
answer may have been executed, so the engine looks first (see engine/make.py). Hence two clients a service, the
second made only when something is changed.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ProfileNotFound

from eksgpu.errors import UsageError

from .errors import is_botocore, translate
from .session import LeanSession

READS = ("describe_", "list_", "get_", "simulate_", "lookup_", "filter_", "head_")


class Session(Protocol):
    """What makes clients: ours below, or a boto3 Session."""

    def client(
        self, service_name: str, *, region_name: str, endpoint_url: str | None = None, config: Config | None = None
    ) -> Any: ...


class OwnSession:
    """botocore's session under boto3's name for making clients.

    boto3 is the same session plus S3's transfer manager and resources, whose import takes longer than a whole
    plan's reads.

    keys: access key and secret, in place of what the environment and the profile say.

    Raises UsageError for a profile that is not there.
    """

    def __init__(self, *, profile: str | None = None, keys: tuple[str, str] | None = None) -> None:
        # With keys at hand no profile is asked for, not even one that the environment names.
        own = {"profile": (None, None, None, None)} if keys is not None else None
        self._session = LeanSession(own, profile=profile)
        try:
            self._session.get_scoped_config()
        except ProfileNotFound as error:
            raise UsageError(str(error), hint="list the profiles with `aws configure list-profiles`") from error
        if keys is not None:
            self._session.set_credentials(*keys)

    def client(
        self, service_name: str, *, region_name: str, endpoint_url: str | None = None, config: Config | None = None
    ) -> Any:
        """A botocore client, as boto3 would make it."""
        return self._session.create_client(
            service_name, region_name=region_name, endpoint_url=endpoint_url, config=config
        )


class Clients:
    """The AWS clients of one run: `clients.ec2.create_vpc(...)`, `clients.ec2.pages("describe_subnets", "Subnets")`.

    Thread-safe. Every call raises errors of `eksgpu.errors` only. `calls` counts requests by `service:Operation`,
    retries included.
    """

    def __init__(
        self,
        session: Session,
        *,
        region: str,
        endpoint_url: str | None = None,
        read_attempts: int = 5,
        before_write: Callable[[str], None] | None = None,
    ) -> None:
        self._session = session
        self._endpoint_url = endpoint_url
        self._read_attempts = read_attempts
        self._before_write = before_write
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._raw: dict[tuple[str, str, bool], BaseClient] = {}
        self._services: dict[tuple[str, str], Service] = {}
        self._asking: dict[str, threading.Lock] = {}
        self._answers: dict[str, Any] = {}
        self.region = region
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> "Service":
        """`clients.service_quotas` is the client of `service-quotas` in the run's region."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.service(name.replace("_", "-"))

    def service(self, service: str, region: str | None = None) -> "Service":
        """The client of a service, in another region than the run's when one is named."""
        key = (service, region or self.region)
        with self._lock:
            if key not in self._services:
                self._services[key] = Service(self, service, key[1])
            return self._services[key]

    def raw(self, service: str, region: str, *, writes: bool) -> BaseClient:
        """The botocore client itself; use it for what is no call of the API (paginators, presigning)."""
        key = (service, region, writes)
        if key in self._raw:
            return self._raw[key]
        with self._making:  # one at a time, as botocore wants it; calls of the clients that are there go on meanwhile
            if key not in self._raw:
                self._raw[key] = self._make(service, region, attempts=1 if writes else self._read_attempts)
            return self._raw[key]

    def once(self, key: str, ask: Callable[[], Any]) -> Any:
        """`ask()`, asked once for all that share this answer until `forget(key)`; side by side callers wait for it."""
        with self._lock:
            lock = self._asking.setdefault(key, threading.Lock())
        with lock:
            if key not in self._answers:
                self._answers[key] = ask()
            return self._answers[key]

    def forget(self, key: str) -> None:
        """Ask again at the next `once(key, …)`."""
        self._answers.pop(key, None)

    def frozen_before_write(self, operation: str) -> None:
        """Called before everything that changes something: raises LockLost when the lock is no longer ours."""
        if self._before_write is not None:
            self._before_write(operation)

    def guard_writes(self, guard: Callable[[str], None] | None) -> None:
        """Ask `guard` before every call that changes something (the lock does)."""
        self._before_write = guard

    def _make(self, service: str, region: str, *, attempts: int) -> BaseClient:
        config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=10,
            read_timeout=60,
            max_pool_connections=32,
            user_agent_extra="eksgpu",
        )
        client: BaseClient = self._session.client(
            service, region_name=region, endpoint_url=self._endpoint_url, config=config
        )
        client.meta.events.register_first("before-send", self._count, unique_id=f"eksgpu-count-{service}")
        return client

    def _count(self, event_name: str, **_: Any) -> None:
        # before-send fires once an attempt, so retries count too; first, because a stub ends the chain with its answer.
        with self._lock:
            self.calls[event_name.removeprefix("before-send.").replace(".", ":")] += 1


class Service:
    """One service of AWS: botocore's methods by their names, with our errors."""

    def __init__(self, clients: Clients, service: str, region: str) -> None:
        self._clients = clients
        self._service = service
        self._region = region

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if method.startswith("_"):
            raise AttributeError(method)
        writes = not method.startswith(READS)
        operation = f"{self._service}:{camel(method)}"

        def call(**params: Any) -> Any:
            if writes:
                self._clients.frozen_before_write(operation)
            try:
                return getattr(self._clients.raw(self._service, self._region, writes=writes), method)(**params)
            except Exception as error:
                if not is_botocore(error):
                    raise
                raise translate(error, operation) from error

        return call

    def pages(self, method: str, key: str, **params: Any) -> Iterator[Any]:
        """Every item under `key` of a read, over all its pages where the API has pages."""
        client = self._clients.raw(self._service, self._region, writes=False)
        try:
            if not client.can_paginate(method):
                yield from getattr(client, method)(**params).get(key, [])
                return
            for page in client.get_paginator(method).paginate(**params):
                yield from page.get(key, [])
        except Exception as error:
            if not is_botocore(error):
                raise
            raise translate(error, f"{self._service}:{camel(method)}") from error


def camel(method: str) -> str:
    """`describe_vpcs` as the API calls it: `DescribeVpcs`."""
    return "".join(word.capitalize() for word in method.split("_"))
