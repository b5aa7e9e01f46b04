"""The two ends that a script is run on: the embedded API in this process, and a real kube-apiserver over HTTPS.

Of Kubernetes' controllers only those run that no object of the script can do without; all others would write to objects
while they are compared.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import urllib3

from eksgpu.engine.clock import SteppedClock
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.controllers.definitions import Definitions
from eksgpu.sandbox.kubernetes.controllers.garbage import GarbageCollector
from eksgpu.sandbox.kubernetes.controllers.loop import Controllers
from eksgpu.sandbox.kubernetes.controllers.namespace import Namespaces
from eksgpu.sandbox.kubernetes.controllers.service_account import ServiceAccounts
from eksgpu.sandbox.kubernetes.http import Request

from .run import Answer, Send

REAL_CONTROLLERS = (
    "garbage-collector-controller,namespace-controller,serviceaccount-controller,"
    "root-ca-certificate-publisher-controller"
)
_AGENT = "differential/1"
_WARNING = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


def embedded() -> Send:
    api = Api(SteppedClock(), kubernetes_controllers=False)
    controllers = Controllers(api.cluster, (Namespaces, Definitions, ServiceAccounts, GarbageCollector))

    def step() -> bool:
        controllers.run()
        return False

    api.add_step(step)

    def send(method: str, target: str, media: str, body: bytes) -> Answer:
        headers = {"Authorization": f"Bearer {api.admin_token}", "Accept": "application/json"}
        headers["User-Agent"] = _AGENT
        if media:
            headers["Content-Type"] = media
        watching = method == "WATCH"
        answer = api.handle(
            Request("GET" if watching else method, _watch(target) if watching else target, headers, body)
        )
        data = answer.body
        if answer.stream is not None:
            data = answer.stream.read() or b""
            answer.stream.close()
        return _answer(answer.status, data, answer.headers, watching=watching)

    return send


def real(url: str, ca: str, token: str) -> tuple[Send, Callable[[], None]]:
    """How to send, and how to end."""
    pool = urllib3.PoolManager(ca_cert_data=ca, retries=False, timeout=30.0)

    def send(method: str, target: str, media: str, body: bytes) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        headers["User-Agent"] = _AGENT
        if media:
            headers["Content-Type"] = media
        watching = method == "WATCH"
        address = url + (_watch(target) if watching else target)
        answer = pool.request("GET" if watching else method, address, headers=headers, body=body or None)
        return _answer(
            answer.status, answer.data, {"Warning": ", ".join(answer.headers.getlist("Warning"))}, watching=watching
        )

    return send, pool.clear


def _watch(target: str) -> str:
    return f"{target}&watch=1&timeoutSeconds=1"


def _answer(status: int, data: bytes, headers: Mapping[str, str], *, watching: bool) -> Answer:
    warnings = tuple(found.replace('\\"', '"') for found in _WARNING.findall(headers.get("Warning") or ""))
    if watching and status == 200:
        events = [json.loads(line) for line in data.splitlines()]
        return Answer(status, [[event["type"], event["object"]] for event in events], warnings)
    return Answer(status, _parsed(data), warnings)


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode()
