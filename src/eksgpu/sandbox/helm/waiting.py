"""What `--wait` does: look at a release's objects until they are ready, or gone, for ten minutes at most."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from eksgpu.engine.resource import State
from eksgpu.errors import CloudError, NotFound
from eksgpu.kube.api import KubeApi
from eksgpu.kube.helm_program import WAIT_MINUTES
from eksgpu.kube.names import Address, address_of
from eksgpu.kube.readiness import readiness

EVERY_SECONDS = 2.0
Sleep = Callable[[float], None]


def until_ready(api: KubeApi, objects: Sequence[dict[str, Any]], sleep: Sleep) -> None:
    """Return when all of these are ready. Raises CloudError when the time is over."""
    left = "nothing"
    for _ in _looks(sleep):
        left = next(_unready(api, objects), "")
        if not left:
            return
    raise CloudError(
        f"timed out waiting for the condition: {left}",
        hint="its pods did not become ready: `kubectl get pods,events` in its namespace says why",
    )


def until_gone(api: KubeApi, objects: Sequence[dict[str, Any]], sleep: Sleep) -> None:
    """Return when none of these is there any more. Raises CloudError when the time is over."""
    left: Address | None = None
    for _ in _looks(sleep):
        left = next((address_of(one) for one in objects if live(api, one) is not None), None)
        if left is None:
            return
    raise CloudError(f"timed out waiting for the condition: {left} is still there")


def live(api: KubeApi, manifest: dict[str, Any]) -> dict[str, Any] | None:
    """An object as it is now; None where it, its namespace or its kind is not there."""
    address = address_of(manifest)
    try:
        resource = api.resource(manifest["apiVersion"], manifest["kind"])
        return api.get(resource, address.name, address.namespace)
    except NotFound:
        return None


def _unready(api: KubeApi, objects: Sequence[dict[str, Any]]) -> Iterator[str]:
    for one in objects:
        address, found = address_of(one), live(api, one)
        if found is None:
            yield f"{address} is not there"
            continue
        state, why = readiness(address.group_kind, found)
        if state is not State.READY:
            yield f"{address}: {why}"


def _looks(sleep: Sleep) -> Iterator[int]:
    yield 0
    for look in range(int(WAIT_MINUTES * 60 / EVERY_SECONDS)):
        sleep(EVERY_SECONDS)
        yield look
