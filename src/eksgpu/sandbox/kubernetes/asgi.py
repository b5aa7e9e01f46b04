"""The ASGI application around an Api: requests are answered on the loop's own thread, streams as they grow.

While it runs it lets the cluster settle several times a second, so that what is due happens without requests.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from eksgpu.sandbox.faults import ConnectionDropped
from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.http import Request, Response, Stream

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
TICK_SECONDS = 0.2
# A stream is looked at this often even when nobody wakes it: watches end by the clock, logs with their pod.
_LOOK_SECONDS = 0.25


Handle = Callable[[Request], Response]


class Application:
    """`started` is set once the loop runs; `stopping`, when set, ends the streams.

    handle: answers in the Api's place (log and faults of an account). It may wait while `waits` says so: it is called
            on a thread then. One that raises ConnectionDropped leaves the client without an answer.
    """

    def __init__(self, api: Api, handle: Handle | None = None, *, waits: Callable[[], bool] = lambda: False) -> None:
        self.api = api
        self.started = threading.Event()
        self.stopping = False
        self._handle = handle or api.handle
        self._waits = waits
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._tick()
        await send({"type": "lifespan.startup.complete"})
        self.started.set()
        await receive()
        if self._timer is not None:
            self._timer.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    def _tick(self) -> None:
        """Called by the loop: what a step raises is the loop's to report, and the next tick comes all the same."""
        self._timer = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)
        self.api.settle()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _request(scope, receive)
        try:
            response = await asyncio.to_thread(self._handle, request) if self._waits() else self._handle(request)
        except ConnectionDropped:
            # An answer that is begun and not ended: the server closes the connection under it.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
            return
        headers = [(key.lower().encode(), value.encode()) for key, value in response.headers.items()]
        if response.stream is None:
            headers.append((b"content-length", str(len(response.body)).encode()))
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            await send({"type": "http.response.body", "body": response.body})
            return
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        # Headers must reach the client before the first event does.
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        await self._pump(response.stream, receive, send)

    async def _pump(self, stream: Stream, receive: Receive, send: Send) -> None:
        """Send what comes until the stream ends or the client goes."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        gone = asyncio.create_task(_disconnected(receive))

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has closed under a write that came too late
                loop.call_soon_threadsafe(woken.set)

        with self.api.lock:
            stream.notify = wake
        try:
            while not gone.done() and not self.stopping:
                with self.api.lock:
                    data = stream.read()
                if data is None:
                    await send({"type": "http.response.body", "body": b""})
                    return
                if data:
                    await send({"type": "http.response.body", "body": data, "more_body": True})
                    continue
                await _either(woken, gone)
                woken.clear()
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            with self.api.lock:
                stream.notify = None
                stream.close()


async def _either(woken: asyncio.Event, gone: "asyncio.Task[None]") -> None:
    waiting = asyncio.create_task(woken.wait())
    await asyncio.wait({waiting, gone}, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def _request(scope: Scope, receive: Receive) -> Request:
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    query = scope["query_string"].decode()
    target = scope["raw_path"].decode() + (f"?{query}" if query else "")
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    return Request(scope["method"], target, headers, body)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
