"""How much one request may take and how many a minute there may be. Knows neither pages nor tables.

Counts are kept in the memory of each process: several workers each count what reaches them, so that up to so many times
as many get through, and a restart begins anew. A proxy in front can hold all of them to one number.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from threading import Lock
from typing import TYPE_CHECKING

from fastapi import HTTPException, Request, Response
from starlette.datastructures import Headers

from resources.errors import SocialAIError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from socialai_assets.serving.service_settings import Limits as LimitSettings

_MOST_NAMES = 10_000
# Queries are stopped at the limit itself, and say so better than this can.
_GRACE_SECONDS = 2.0


class TooManyRequests(SocialAIError):
    """Somebody asked more often than they may.

    Args:
        seconds: after which one more is answered.
    """

    def __init__(self, what: str, seconds: float) -> None:
        self.seconds = math.ceil(seconds)
        super().__init__(what, do=f"Wait {self.seconds} s; file service.yaml sets the limit.")


class TooLarge(SocialAIError):
    """A request's body is larger than it may be."""


class TookTooLong(SocialAIError):
    """An answer was not ready in time."""


class Rate:
    """How often each name may come (a token bucket); names that have not come for a minute are forgotten.

    Args:
        per_minute: so often in a minute, in any rhythm.
        clock: seconds that only go on.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = float(per_minute), clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def wait(self, name: str) -> float:
        """Count one more; returns 0, or where that is too many, the seconds until the next is not."""
        with self._lock:
            now = self._clock()
            if len(self._left) >= _MOST_NAMES:
                self._left = {n: (left, at) for n, (left, at) in self._left.items() if now - at < 60}
            left, at = self._left.get(name, (self._most, now))
            left = min(self._most, left + (now - at) * self._most / 60)
            self._left[name] = (left - 1 if left >= 1 else left, now)
            return 0.0 if left >= 1 else (1 - left) * 60 / self._most


class Rates:
    """The rates of one process.

    Args:
        limits: the service's.
    """

    def __init__(self, limits: LimitSettings) -> None:
        self._requests, self._sign_ins = Rate(limits.requests_per_minute), Rate(limits.sign_ins_per_minute)

    def request(self, name: str) -> None:
        """Count a request of an account or key.

        Raises:
            TooManyRequests: there were too many.
        """
        seconds = self._requests.wait(name)
        if seconds:
            raise TooManyRequests("More requests a minute than one account or key may send", seconds)

    def sign_in(self, address: str) -> None:
        """Count an attempt to sign in from an address.

        Raises:
            TooManyRequests: there were too many.
        """
        seconds = self._sign_ins.wait(address)
        if seconds:
            raise TooManyRequests("Too many attempts to sign in from this address", seconds)


class RequestLimits:
    """Middleware: a body that is too large is answered with 413, and what takes too long with 503.

    FastAPI's own `max_body_size` answers in plain text, before any handler of ours; this one says it as all errors are.

    Args:
        app: what answers.
        limits: the service's.
        answer: the response that tells somebody of an error.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: LimitSettings,
        answer: Callable[[Request, SocialAIError], Awaitable[Response]],
    ) -> None:
        self._app, self._answer = app, answer
        self._bytes, self._seconds = int(limits.body_mb * 1e6), limits.seconds
        self._too_large = TooLarge(f"The body is larger than {limits.body_mb:g} MB", do="Send it in parts.")
        # Threads cannot be stopped: what is still at work is kept here until it ends.
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request within the limits."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = Headers(scope=scope).get("content-length", "")
        if told.isdigit() and int(told) > self._bytes:
            await self._tell(self._too_large, scope, receive, send)
            return
        exchange = _Exchange(receive, send, self._bytes)
        task = asyncio.ensure_future(self._app(scope, exchange.receive, exchange.send))
        try:
            await asyncio.wait({task}, timeout=self._seconds + _GRACE_SECONDS)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if exchange.too_large and not exchange.begun:
            task.cancel()
            await asyncio.wait({task})
            await self._tell(self._too_large, scope, receive, send)
        elif task.done():
            task.result()
        else:
            exchange.closed = True
            task.cancel()
            self._late.add(task)
            task.add_done_callback(self._forget)
            if not exchange.begun:
                late = TookTooLong(f"The answer took longer than {self._seconds:g} s", do="Ask for less at once.")
                await self._tell(late, scope, receive, send)

    async def _tell(self, error: SocialAIError, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope), error)
        # What was not read of the body is not waited for.
        response.headers["connection"] = "close"
        await response(scope, receive, send)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._late.discard(task)
        if not task.cancelled():
            task.exception()


class _Exchange:
    """A request's messages, counted on their way in; nothing goes out once it is closed or the body is too large."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive, self._send, self._left = receive, send, most
        self.begun = self.closed = self.too_large = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.too_large = True
            raise HTTPException(413)
        return message

    async def send(self, message: Message) -> None:
        if self.closed or (self.too_large and not self.begun):
            return
        self.begun = True
        await self._send(message)
