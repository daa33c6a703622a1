"""A private PostgreSQL server for tests: on a free port, in a folder of its own, stopped after. No tests here."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "only-for-tests"


@dataclass(frozen=True)
class Server:
    """A running server; `catalog` is a new, empty database as DuckLake spells it."""

    programs: Path
    folder: Path
    port: int

    def catalog(self, name: str, *, password: str = PASSWORD) -> str:
        """The DuckLake catalogue in database `name`."""
        return f"postgres:dbname={name} host=127.0.0.1 port={self.port} user=lake password={password}"

    def create(self, name: str) -> str:
        """Make an empty database and give its catalogue."""
        run(
            [self.programs / "createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "lake", name],
            PGPASSWORD=PASSWORD,
        )
        return self.catalog(name)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self.folder}"
        log = str(self.folder / "log")
        run([self.programs / "pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", log, "-o", options, "start"])

    def stop(self) -> None:
        """Stop the server at once, as a crash would."""
        run([self.programs / "pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", "immediate", "stop"])


def programs() -> Path | None:
    """The folder of PostgreSQL's server programs, newest version first; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]), reverse=True)
    anywhere = shutil.which("initdb")
    return found[0].parent if found else Path(anywhere).parent if anywhere else None


def prepare(where: Path) -> Server:
    """Make a cluster with a password in a new folder below /tmp (a socket's path must be short) and start it."""
    folder = Path(tempfile.mkdtemp(prefix="socialai-pg-"))
    password_file = folder / "password"
    password_file.write_text(PASSWORD)
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        for path in (folder, password_file):
            shutil.chown(path, "postgres", "postgres")
    run(
        [where / "initdb", "-D", str(folder / "data"), "-U", "lake", "-A", "scram-sha-256", f"--pwfile={password_file}"]
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(where, folder, port)
    server.start()
    return server


def run(command: list[Path | str], **environment: str) -> None:
    """Run a PostgreSQL program, as user postgres where we are root, its output shown if it fails."""
    prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    # Output goes to a file: the server that pg_ctl leaves behind would hold a pipe open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [*prefix, *map(str, command)],
            env={**os.environ, "LC_ALL": "C", **environment},
            cwd="/",
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        output.seek(0)
        assert done.returncode == 0, output.read().decode()
