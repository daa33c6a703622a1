"""Asking a web server: which hosts may be asked, redirects, retries, timeouts. Knows no publisher, writes no file."""

from __future__ import annotations

import email.utils
import ipaddress
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

from resources.errors import FetchError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
TEMPORARY_STATUS = {408, 425, 429, 500, 502, 503, 504}
REDIRECTS = {301, 302, 303, 307, 308}
MIB = 2**20
AGENT = "socialai (open data platform; downloads on request of its user)"
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Limits:
    """How long and how much.

    Attributes:
        connect_seconds: wait for a connection.
        read_seconds: wait for the next bytes.
        attempts: tries before a temporary failure is final.
        first_wait_seconds: wait after the first failure; doubles each time, with jitter.
        longest_wait_seconds: longest wait; a server that asks for more is given up.
        slow_seconds: time over which the speed of a download is judged.
        slowest_bytes_per_second: below this, over that time, a download counts as stalled.
        largest_file_bytes: larger files are refused.
        largest_answer_bytes: larger answers of an API are refused.
        redirects: redirects followed for one request.
    """

    connect_seconds: float = 20.0
    read_seconds: float = 60.0
    attempts: int = 6
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 120.0
    slow_seconds: float = 60.0
    slowest_bytes_per_second: float = 1024.0
    largest_file_bytes: int = 8 * 1024 * MIB
    largest_answer_bytes: int = 64 * MIB
    redirects: int = 5


@dataclass(frozen=True)
class Hosts:
    """Which hosts may be asked.

    Attributes:
        allowed: host names; no others are asked, whatever an answer or a redirect says.
        internal: whether plain HTTP and private addresses may be asked, as inside an agency's own network.
    """

    allowed: frozenset[str]
    internal: bool = False

    def check(self, url: str) -> None:
        """Refuse a URL that leads anywhere else.

        Raises:
            FetchError: the scheme, host or address is not allowed.
        """
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if parts.scheme not in ({"https", "http"} if self.internal else {"https"}):
            raise FetchError(
                f"Only https is fetched, not {parts.scheme or 'a path'}",
                where=url,
                do="Inside your own network, SOCIALAI_FETCH_INTERNAL=true allows http too.",
            )
        if host not in self.allowed:
            raise FetchError(
                f"The host {host or '(none)'} is not one this source is fetched from",
                where=url,
                do=f"If you trust it, add it to SOCIALAI_FETCH_HOSTS. Allowed now: {sorted(self.allowed)}.",
            )
        if not self.internal and not any(name in getproxies() for name in ("https", "all")):
            _refuse_private(host, url)


def _refuse_private(host: str, url: str) -> None:
    """A proxy resolves names itself, so this is asked only where there is none."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError as error:
        raise Temporary(f"the name {host} cannot be resolved ({error.strerror or error})") from error
    private = sorted(address for address in found if not ipaddress.ip_address(address.split("%")[0]).is_global)
    if private:
        raise FetchError(
            f"The host {host} has the private address {private[0]}",
            where=url,
            do="Inside your own network, SOCIALAI_FETCH_INTERNAL=true allows it.",
        )


class Temporary(Exception):
    """A failure that may pass.

    Args:
        reason: what happened.
        wait_seconds: how long the server asks to wait, if it does.
    """

    def __init__(self, reason: str, wait_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.wait_seconds = wait_seconds


class Web:
    """A client for one fetch; use it as a context manager.

    Args:
        hosts: which hosts may be asked.
        limits: how long and how much.
        progress: told the file's name, the bytes there are and how many there will be.
        notice: told in words when something is tried again.
    """

    def __init__(
        self,
        hosts: Hosts,
        limits: Limits | None = None,
        progress: Progress | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> None:
        import httpx

        self.hosts = hosts
        self.limits = limits or Limits()
        self.progress = progress or (lambda *_: None)
        self.notice = notice or (lambda _: None)
        timeout = httpx.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds)
        # `identity`: lengths, ranges and checksums are those of the file and not of a compressed transfer.
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
        self.client = httpx.Client(timeout=timeout, headers=headers, follow_redirects=False)

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    @contextmanager
    def answer(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        """An open answer with a status below 300 or 416, after redirects, each of which is checked.

        Raises:
            Temporary: the server or the network failed in a way that may pass.
            FetchError: it will not pass: not found, not allowed, a loop of redirects, an untrusted certificate.
        """
        import httpx

        first = url
        for _ in range(self.limits.redirects + 1):
            self.hosts.check(url)
            try:
                with self.client.stream("GET", url, headers=dict(headers or {})) as response:
                    if response.status_code in REDIRECTS and "location" in response.headers:
                        url = str(response.url.join(response.headers["location"]))
                        continue
                    _refuse_status(response)
                    yield response
                    return
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise FetchError(f"The address is malformed: {error}", where=url, do="Correct it.") from error
            except (httpx.TransportError, httpx.DecodingError) as error:
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    raise FetchError(
                        f"The server's certificate is not trusted: {error}",
                        where=url,
                        do="Check the clock and the certificate store (SSL_CERT_FILE) of this machine.",
                    ) from error
                raise Temporary(f"{type(error).__name__}: {error or 'no further word'}") from error
        raise FetchError(
            f"More than {self.limits.redirects} redirects", where=first, do="Open the address in a browser and see."
        )

    def retry(self, action: Callable[[], T], url: str) -> T:
        """Do something until it succeeds, as often and patiently as the limits say.

        Raises:
            FetchError: a permanent failure, or the last of the temporary ones.
        """
        import tenacity

        limits = self.limits
        backoff = tenacity.wait_exponential_jitter(
            limits.first_wait_seconds, limits.longest_wait_seconds, jitter=limits.first_wait_seconds
        )

        def wait(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = getattr(error, "wait_seconds", None)
            return backoff(state) if asked is None else asked

        def stop(state: tenacity.RetryCallState) -> bool:
            error = state.outcome.exception() if state.outcome else None
            asked = getattr(error, "wait_seconds", None) or 0
            return state.attempt_number >= limits.attempts or asked > limits.longest_wait_seconds

        def tell(state: tenacity.RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            pause = state.next_action.sleep if state.next_action else 0
            self.notice(f"{error}; again in {pause:.0f} s ({state.attempt_number} of {limits.attempts})")

        try:
            return tenacity.Retrying(
                retry=tenacity.retry_if_exception_type(Temporary),
                stop=stop,
                wait=wait,
                before_sleep=tell,
                reraise=True,
            )(action)
        except Temporary as error:
            asked = f" The server asks to wait {error.wait_seconds:.0f} s." if error.wait_seconds else ""
            raise FetchError(
                f"It could not be fetched: {error}.{asked}",
                where=url,
                do="Try again later: what has come so far is kept, and goes on from there where the server can.",
            ) from error

    def json(self, url: str, parameters: Mapping[str, str | int] | None = None) -> Any:
        """The answer of an API, parsed; numbers and all as JSON has them.

        Raises:
            FetchError: as `answer`, or the answer is too large or no JSON.
        """
        import httpx

        address = str(httpx.URL(url, params=dict(parameters))) if parameters else url

        def ask() -> bytes:
            with self.answer(address, {"Accept": "application/json"}) as response:
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if len(body) > self.limits.largest_answer_bytes:
                        raise FetchError(
                            f"The answer is larger than {self.limits.largest_answer_bytes:,} bytes", where=address
                        )
                return bytes(body)

        body = self.retry(ask, address)
        try:
            return json.loads(body)
        except ValueError as error:
            raise FetchError(
                f"The answer is no JSON: it begins {body[:60]!r}",
                where=address,
                do="The publisher's interface may have moved or be closed for maintenance: open the address and see.",
            ) from error


def _refuse_status(response: httpx.Response) -> None:
    status = response.status_code
    if status < 300 or status == 416:
        return
    said = f"the server answered {status} {response.reason_phrase}".strip()
    if status in TEMPORARY_STATUS:
        raise Temporary(said, _retry_after(response.headers.get("retry-after")))
    do = {
        401: "It needs an account: fetch it by hand and `socialai land` it.",
        403: "The publisher refuses programs or this country: fetch it by hand and `socialai land` it.",
        404: "The publisher has moved or renamed it: look for it on the source's page and use --url.",
        410: "The publisher has withdrawn it.",
    }.get(status, "Open the address in a browser and see.")
    raise FetchError(f"It cannot be fetched: {said}", where=str(response.url), do=do)


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3), as seconds or as a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(moment.timestamp() - time.time(), 0.0)
