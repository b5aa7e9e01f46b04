"""The server's end: running watches are told, and no connection is left behind."""

import gc
import warnings
from typing import Any

import urllib3

from eksgpu.engine.clock import SystemClock
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.server import serve

MAPS = "/api/v1/configmaps"


def test_a_stopped_server_ends_its_watches_and_leaves_no_connection() -> None:
    api = Api(SystemClock())
    server = serve(api)
    headers = {"Authorization": f"Bearer {api.admin_token}"}
    trusting: dict[str, Any] = {"ca_cert_data": server.ca, "headers": headers, "retries": False}
    with urllib3.PoolManager(**trusting) as idle, urllib3.PoolManager(**trusting) as busy:
        assert idle.request("GET", server.url + "/version").status == 200  # stays open, for the next request
        watch = busy.request("GET", f"{server.url}{MAPS}?watch=1&resourceVersion=0", preload_content=False)
        assert b"kube-root-ca.crt" in next(watch.stream())
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            server.stop()
            del server  # else it holds what it has left behind
            gc.collect()
        assert [str(one.message) for one in caught if one.category is ResourceWarning] == []
        for _ in watch.stream():
            """To its proper end: a connection that broke would raise here."""
