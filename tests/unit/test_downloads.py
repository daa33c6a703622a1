"""A download against servers that misbehave: what is tried again, what is given up, and that no half file is left."""

from __future__ import annotations

import email.utils
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources.errors import FetchError
from socialai_assets.ingest.connectors import web as web_module
from socialai_assets.ingest.connectors.download import Remote, download, place_in
from socialai_assets.ingest.connectors.web import Hosts, Limits, Web
from tests.unit.web_server import Handler, Server, ranged, running

BODY = bytes(range(256)) * 4000
QUICK = Limits(
    connect_seconds=2, read_seconds=2, attempts=4, first_wait_seconds=0.01, longest_wait_seconds=2, slow_seconds=0.3
)
LOCAL = Hosts(frozenset({"127.0.0.1"}), internal=True)


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as found:
        yield found


def bring(server: Server, folder: Path, path: str = "/f.bin", limits: Limits = QUICK, **about: object) -> bytes:
    with Web(LOCAL, limits) as web:
        fetched = download(web, Remote(server.url(path), "f.bin", **about), folder)  # type: ignore[arg-type]
    assert fetched.sha256 == hashlib.sha256(fetched.path.read_bytes()).hexdigest()
    assert fetched.size == fetched.path.stat().st_size
    return fetched.path.read_bytes()


def refused(server: Server, folder: Path, path: str = "/f.bin", limits: Limits = QUICK, **about: object) -> FetchError:
    with pytest.raises(FetchError) as error:
        bring(server, folder, path, limits, **about)
    assert not (folder / "f.bin").exists()
    return error.value


def times(server: Server, path: str = "/f.bin") -> int:
    return sum(asked == path for asked, _ in server.asked)


def test_a_file_comes_whole_and_is_not_asked_for_again_within_a_day(server: Server, tmp_path: Path) -> None:
    server.scripts["/f.bin"] = lambda h: h.send(200, BODY)
    assert bring(server, tmp_path) == BODY
    assert bring(server, tmp_path) == BODY
    assert times(server) == 1
    (tmp_path / "f.bin").write_bytes(b"changed since")
    assert bring(server, tmp_path) == BODY
    assert times(server) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_temporary_failures_are_tried_again(server: Server, tmp_path: Path, status: int) -> None:
    answers = iter([status, status, 200])
    server.scripts["/f.bin"] = lambda h: h.send(next(answers), BODY)
    assert bring(server, tmp_path) == BODY
    assert times(server) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_permanent_failures_are_not(server: Server, tmp_path: Path, status: int) -> None:
    server.scripts["/f.bin"] = lambda h: h.send(status, b"no")
    assert str(status) in str(refused(server, tmp_path))
    assert times(server) == 1


def test_temporary_failures_end_some_time(server: Server, tmp_path: Path) -> None:
    server.scripts["/f.bin"] = lambda h: h.send(503)
    assert "503" in str(refused(server, tmp_path))
    assert times(server) == QUICK.attempts


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_server_that_asks_to_wait_is_waited_for(server: Server, tmp_path: Path, form: str) -> None:
    moments: list[float] = []

    def script(handler: Handler) -> None:
        moments.append(time.time())
        if len(moments) == 1:
            asked = "1" if form == "seconds" else email.utils.formatdate(time.time() + 2, usegmt=True)
            handler.send(429, Retry_After=asked)
        else:
            handler.send(200, BODY)

    server.scripts["/f.bin"] = script
    assert bring(server, tmp_path) == BODY
    assert moments[1] - moments[0] > 0.9


def test_a_server_that_asks_to_wait_too_long_is_given_up_at_once(server: Server, tmp_path: Path) -> None:
    server.scripts["/f.bin"] = lambda h: h.send(503, Retry_After="3600")
    assert "wait 3600 s" in str(refused(server, tmp_path))
    assert times(server) == 1


def test_a_cut_connection_goes_on_where_it_was(server: Server, tmp_path: Path) -> None:
    server.scripts["/f.bin"] = ranged(BODY, first=400_000)
    assert bring(server, tmp_path) == BODY
    begun = int(server.asked[1][1]["Range"].removeprefix("bytes=").rstrip("-"))
    assert 0 < begun <= 400_000
    assert server.asked[1][1]["If-Range"] == '"v1"'


def test_so_does_a_fetch_that_was_given_up_and_begun_anew(server: Server, tmp_path: Path) -> None:
    server.scripts["/f.bin"] = ranged(BODY, first=400_000)
    once = Limits(attempts=1)
    refused(server, tmp_path, limits=once)
    assert bring(server, tmp_path, limits=once) == BODY
    assert "Range" in server.asked[1][1]


def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(server: Server, tmp_path: Path) -> None:
    server.scripts["/f.bin"] = ranged(BODY, first=400_000)
    refused(server, tmp_path, limits=Limits(attempts=1))
    server.scripts["/f.bin"] = ranged(BODY[::-1], etag='"v2"')
    assert bring(server, tmp_path) == BODY[::-1]


@pytest.mark.parametrize("etag", ['W/"weak"', None])
def test_without_a_strong_validator_nothing_is_pieced_together(
    server: Server, tmp_path: Path, etag: str | None
) -> None:
    cuts = iter([True, False])

    def script(handler: Handler) -> None:
        handler.start(200, len(BODY), **({"ETag": etag} if etag else {}))
        handler.wfile.write(BODY[:1000] if next(cuts) else BODY)
        handler.cut()

    server.scripts["/f.bin"] = script
    assert bring(server, tmp_path) == BODY
    assert "Range" not in server.asked[1][1]


@pytest.mark.parametrize("answer", ["whole", "416", "another range"])
def test_a_server_that_cannot_go_on_sends_it_whole(server: Server, tmp_path: Path, answer: str) -> None:
    def script(handler: Handler) -> None:
        if len(server.asked) == 1:
            handler.start(200, len(BODY), ETag='"v1"')
            handler.wfile.write(BODY[:5000])
            handler.cut()
        elif answer == "416" and "Range" in handler.headers:
            handler.send(416)
        elif answer == "another range" and "Range" in handler.headers:
            handler.send(206, BODY[7:], Content_Range=f"bytes 7-{len(BODY) - 1}/{len(BODY)}")
        else:
            handler.send(200, BODY, ETag='"v1"')

    server.scripts["/f.bin"] = script
    assert bring(server, tmp_path) == BODY


@pytest.mark.parametrize("chunked", [True, False])
def test_less_than_was_announced_is_never_taken_for_the_file(server: Server, tmp_path: Path, chunked: bool) -> None:
    def script(handler: Handler) -> None:
        if chunked:
            handler.start(200, None, Transfer_Encoding="chunked")
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(BODY), BODY))
        else:
            handler.start(200, len(BODY) + 10)
            handler.wfile.write(BODY)
        handler.cut()

    server.scripts["/f.bin"] = script
    refused(server, tmp_path)
    assert times(server) == QUICK.attempts


def test_a_length_other_than_the_publishers_is_refused(server: Server, tmp_path: Path) -> None:
    server.scripts["/f.bin"] = lambda h: h.send(200, BODY)
    assert "states 7" in str(refused(server, tmp_path, size=7))
    assert times(server) == 1


def test_a_checksum_is_kept_or_the_file_refused(server: Server, tmp_path: Path) -> None:
    server.scripts["/f.bin"] = lambda h: h.send(200, BODY)
    assert bring(server, tmp_path, checksum=f"md5:{hashlib.md5(BODY).hexdigest()}") == BODY
    other = tmp_path / "other"
    assert "its sha256 is" in str(refused(server, other, checksum="sha256:" + "0" * 64))
    assert not [path for path in other.iterdir() if path.suffix in (".part", ".state")]


def test_a_pieced_together_file_that_fails_its_checksum_is_fetched_afresh(server: Server, tmp_path: Path) -> None:
    first = ranged(BODY[::-1], first=400_000)
    whole = ranged(BODY)
    server.scripts["/f.bin"] = lambda h: (first if len(server.asked) == 1 else whole)(h)
    assert bring(server, tmp_path, checksum=f"sha256:{hashlib.sha256(BODY).hexdigest()}") == BODY
    assert ["Range" in headers for _, headers in server.asked] == [False, True, False]


def test_a_web_page_is_refused_unread(server: Server, tmp_path: Path) -> None:
    server.scripts["/f.bin"] = lambda h: h.send(200, b"<html>log in</html>", Content_Type="text/html; charset=utf-8")
    assert "web page" in str(refused(server, tmp_path))
    assert times(server) == 1


@pytest.mark.parametrize("stated", [True, False])
def test_a_file_larger_than_the_limit_is_refused(server: Server, tmp_path: Path, stated: bool) -> None:
    def script(handler: Handler) -> None:
        if stated:
            handler.start(200, 10**12)
        else:
            handler.start(200, None, Connection="close")
            while True:
                handler.wfile.write(BODY)

    server.scripts["/f.bin"] = script
    small = Limits(attempts=3, largest_file_bytes=2 * len(BODY), first_wait_seconds=0.01)
    assert "is the limit" in str(refused(server, tmp_path, limits=small))
    assert times(server) == 1


def test_a_drip_counts_as_stalled_and_silence_as_a_timeout(server: Server, tmp_path: Path) -> None:
    def drip(handler: Handler) -> None:
        handler.start(200, len(BODY))
        for i in range(60):
            handler.wfile.write(BODY[i : i + 1])
            handler.wfile.flush()
            time.sleep(0.05)

    server.scripts["/f.bin"] = drip
    limits = Limits(attempts=2, first_wait_seconds=0.01, slow_seconds=0.3, slowest_bytes_per_second=10_000)
    assert "bytes a second" in str(refused(server, tmp_path, limits=limits))
    server.scripts["/f.bin"] = lambda h: time.sleep(2)
    limits = Limits(attempts=2, first_wait_seconds=0.01, read_seconds=0.2)
    assert "Timeout" in str(refused(server, tmp_path, limits=limits))


def test_redirects_are_followed_so_far_and_loops_end(server: Server, tmp_path: Path) -> None:
    server.scripts["/f.bin"] = lambda h: h.send(302, Location="/there")
    server.scripts["/there"] = lambda h: h.send(200, BODY)
    assert bring(server, tmp_path) == BODY
    server.scripts["/loop"] = lambda h: h.send(301, Location="/loop")
    other = tmp_path / "other"
    assert "redirects" in str(refused(server, other, "/loop"))
    assert times(server, "/loop") == QUICK.redirects + 1


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("file:///etc/hostname", "Only https"),
        ("ftp://127.0.0.1/x", "Only https"),
        ("http://localhost:1/x", "host localhost"),
        ("http://169.254.169.254/latest/", "host 169.254.169.254"),
        ("//example.org/x", "host example.org"),
    ],
)
def test_a_redirect_leads_nowhere_else(server: Server, tmp_path: Path, target: str, words: str) -> None:
    server.scripts["/f.bin"] = lambda h: h.send(302, Location=target)
    assert words in str(refused(server, tmp_path))
    assert times(server) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.9", "169.254.169.254", "::1", "fd00::1"])
def test_private_addresses_are_refused_whatever_their_name(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(web_module, "getproxies", dict)
    monkeypatch.setattr(web_module.socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 0))])
    hosts = Hosts(frozenset({"data.example.org"}))
    with pytest.raises(FetchError, match="private address"):
        hosts.check("https://data.example.org/x")
    with pytest.raises(FetchError, match="Only https"):
        hosts.check("http://data.example.org/x")
    Hosts(frozenset({"data.example.org"}), internal=True).check("http://data.example.org/x")


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", ".hidden", "a/.b", "_provenance.json", "", "a\\b"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FetchError, match="no safe name"):
        place_in(tmp_path, name)


def test_an_answer_that_is_no_json_or_too_large_is_refused(server: Server) -> None:
    server.scripts["/page"] = lambda h: h.send(200, b"<html>maintenance</html>")
    server.scripts["/large"] = lambda h: h.send(200, b'"' + b"x" * 1000 + b'"')
    server.scripts["/good"] = lambda h: h.send(200, b'{"a": 1}')
    with Web(LOCAL, Limits(largest_answer_bytes=500)) as web:
        assert web.json(server.url("/good"), {"q": "a b&c"}) == {"a": 1}
        with pytest.raises(FetchError, match="no JSON"):
            web.json(server.url("/page"))
        with pytest.raises(FetchError, match="larger than"):
            web.json(server.url("/large"))
    assert server.asked[0][0] in ("/good?q=a+b%26c", "/good?q=a%20b%26c")


def test_progress_tells_what_came(server: Server, tmp_path: Path) -> None:
    server.scripts["/f.bin"] = lambda h: h.send(200, BODY)
    told: list[tuple[str, int, int | None]] = []
    with Web(LOCAL, QUICK, lambda *news: told.append(news)) as web:
        download(web, Remote(server.url("/f.bin"), "f.bin"), tmp_path)
    assert told[-1] == ("f.bin", len(BODY), len(BODY))
    assert [received for _, received, _ in told] == sorted(received for _, received, _ in told)
