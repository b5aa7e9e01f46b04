"""What pods ask for and nodes have, in thousandths, so that sums are exact and fast."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from eksgpu.sandbox.kubernetes.store import Object
from eksgpu.sandbox.kubernetes.types.quantity import number

Amounts = dict[str, int]
PODS = "pods"


def requests(spec: Mapping[str, Any]) -> Amounts:
    """The effective request of a pod: its containers' sum, at least its largest init step, plus overhead."""
    total: Amounts = {PODS: 1000}
    for container in spec.get("containers", ()):
        _add(total, _asked(container))
    started: Amounts = {}
    peak: Amounts = {}
    for container in spec.get("initContainers", ()):
        asked = _asked(container)
        if container.get("restartPolicy") == "Always":
            _add(started, asked)
            _add(total, asked)
        else:
            _raise(peak, {name: amount + started.get(name, 0) for name, amount in asked.items()})
    _raise(total, peak)
    _add(total, {name: thousandths(amount) for name, amount in spec.get("overhead", {}).items()})
    return total


def allocatable(node: Object) -> Amounts:
    """What pods may use of a node."""
    status = node.get("status", {})
    return {name: thousandths(amount) for name, amount in status.get("allocatable", status.get("capacity", {})).items()}


def host_ports(spec: Mapping[str, Any]) -> frozenset[tuple[str, int]]:
    """(protocol, port) that the pod occupies on its node."""
    return frozenset(
        (port.get("protocol", "TCP"), port["hostPort"])
        for container in spec.get("containers", ())
        for port in container.get("ports", ())
        if port.get("hostPort")
    )


@lru_cache(maxsize=4096)
def thousandths(amount: str) -> int:
    exact = number(amount) * 1000
    return -(-exact.numerator // exact.denominator)


def _asked(container: Mapping[str, Any]) -> Amounts:
    resources = container.get("resources", {})
    return {name: thousandths(amount) for name, amount in resources.get("requests", {}).items()}


def _add(total: Amounts, more: Mapping[str, int]) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def _raise(total: Amounts, least: Mapping[str, int]) -> None:
    for name, amount in least.items():
        total[name] = max(total.get(name, 0), amount)
