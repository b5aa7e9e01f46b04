"""The ASGI application around an Api: requests are answered on the loop's own thread, streams as they grow.

While it runs it lets the cluster settle several times a second, so that what is due happens without requests.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from eksgpu.sandbox.kubernetes.api import Api
from eksgpu.sandbox.kubernetes.http import Request, Stream

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
TICK_SECONDS = 0.2
# A stream is looked at this often even when nobody wakes it: watches end by the clock, logs with their pod.
_LOOK_SECONDS = 0.25


class Application:
    """`ready` is called once the loop runs."""

    def __init__(self, api: Api, ready: Callable[[], None]) -> None:
        self.api = api
        self._ready = ready
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
        self._ready()
        await receive()
        if self._timer is not None:
            self._timer.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    def _tick(self) -> None:
        """Called by the loop: what a step raises is the loop's to report, and the next tick comes all the same."""
        self._timer = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)
        self.api.settle()

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self.api.handle(await _request(scope, receive))
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
            while not gone.done():
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
