"""`socialai ui`: where it listens, and that it leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.pipeline.command import Home


class TestUi:
    def test_listens_on_this_machine_only_and_leaves_nothing_behind(self, home: Home) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        started = home.start("ui", "--port", str(port))
        try:
            deadline = time.monotonic() + 150
            while not answers(f"http://127.0.0.1:{port}/server_info"):
                assert started.process.poll() is None and time.monotonic() < deadline, started.output
                time.sleep(0.5)
            addresses = listening(started.process.pid)
            assert f"127.0.0.1:{port}" in addresses
            assert all(address.startswith("127.0.0.1:") for address in addresses), addresses
            assert "Traceback" not in started.output
        finally:
            os.killpg(started.process.pid, signal.SIGINT)
            try:
                started.process.wait(120)
            finally:
                left = members(started.process.pid)
                if left:
                    os.killpg(started.process.pid, signal.SIGKILL)
        assert f"http://127.0.0.1:{port}" in started.output
        # Nothing fails at the end but a daemon's tick that is cut short, of which Dagster says so.
        before, failed, _ = started.output.partition("Traceback")
        assert not failed or "tick caught an error" in before.splitlines()[-1], started.output

    def test_an_address_that_others_reach_is_refused(self, new_home: Home) -> None:
        for host in ("0.0.0.0", "::", "192.0.2.1"):
            assert "Behind a proxy" in new_home.refused("ui", "--host", host)
        assert "secure_cookies" in new_home.refused("serve", "--host", "0.0.0.0")

    def test_a_port_in_use_is_named(self, home: Home) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            assert port in home.refused("ui", "--port", port)


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (URLError, OSError):
        return False


def members(session: int) -> list[int]:
    """Processes of a session that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def listening(session: int) -> list[str]:
    """Addresses that the processes of a session listen on, as `address:port`."""
    inodes = set()
    for process in members(session):
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            try:
                inodes.update(re.findall(r"socket:\[(\d+)\]", str(descriptor.readlink())))
            except OSError:
                continue
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, port = fields[1].split(":")
                plain = socket.inet_ntoa(bytes.fromhex(address)[::-1]) if table == "tcp" else f"[{address}]"
                found.append(f"{plain}:{int(port, 16)}")
    return found
