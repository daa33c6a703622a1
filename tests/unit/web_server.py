"""A web server in this process that answers by script and counts what it was asked. No tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Handler(BaseHTTPRequestHandler):
    """One request; scripts call `send`, or write to `wfile` themselves to misbehave."""

    protocol_version = "HTTP/1.1"
    server: Server  # type: ignore[assignment]

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers.items())))
        script = self.server.scripts.get(urlsplit(self.path).path)
        try:
            if script is None:
                self.send(404)
            else:
                script(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """A whole answer; underscores in header names stand for hyphens."""
        self.start(status, len(body), **headers)
        self.wfile.write(body)

    def start(self, status: int, length: int | None, **headers: str) -> None:
        """The head of an answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def cut(self) -> None:
        """End the connection now."""
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


Script = Callable[[Handler], None]


class Server(ThreadingHTTPServer):
    """The server; `scripts` maps a path to what it does, `asked` lists paths and headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.scripts: dict[str, Script] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


@contextmanager
def running() -> Iterator[Server]:
    """A server while the block lasts."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ranged(body: bytes, first: int | None = None, etag: str = '"v1"') -> Script:
    """A file that can be gone on with; the first answer is cut off after `first` bytes."""
    state = {"first": first}

    def script(handler: Handler) -> None:
        asked = handler.headers.get("Range")
        current = handler.headers.get("If-Range") in (None, etag)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and current else 0
        part = body[start:]
        headers = {"ETag": etag, "Content-Type": "application/octet-stream"}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        handler.start(206 if start else 200, len(part), **headers)
        if state["first"] is not None:
            handler.wfile.write(part[: state["first"]])
            state["first"] = None
            handler.cut()
        else:
            handler.wfile.write(part)

    return script
