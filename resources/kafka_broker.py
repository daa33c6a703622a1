"""A single-node Kafka broker of one's own, for trying out and for tests; production brings its own. Sends nothing.

`make kafka` and `make kafka-stop`; the jars are the official ones, resolved with Maven from kafka/pom.xml.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from resources.errors import SocialAIError, StreamError
from resources.settings import PROJECT, current
from resources.unfinished import unfinished_folder

POM = Path(__file__).with_name("kafka") / "pom.xml"
JARS = PROJECT / ".kafka"
JAVA = 17
PORT = 9092
PATIENCE_SECONDS = 60.0
INSTALL = "Debian: apt-get install openjdk-17-jre-headless maven."
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
log.dirs={data}
num.partitions=2
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


@dataclass(frozen=True)
class Broker:
    """A broker on loopback.

    Attributes:
        folder: where its data, log and process number are.
        port: of the broker; the controller has the next one.
        jars: folder of its jars.
    """

    folder: Path
    port: int
    jars: Path

    @property
    def servers(self) -> str:
        """Its address, as the setting `kafka_servers` takes it."""
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """File of its log."""
        return self.folder / "broker.log"

    def start(self) -> None:
        """Format the storage where that is new, start the broker and wait until it answers.

        Raises:
            StreamError: it ended or does not answer.
        """
        if self.process_number() is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        data, properties = self.folder / "data", self.folder / "server.properties"
        properties.write_text(_PROPERTIES.format(port=self.port, controller_port=self.port + 1, data=data))
        if not (data / "meta.properties").is_file():
            self._format(properties)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self._java("-Xms256m", "-Xmx512m", "kafka.Kafka", str(properties)),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        (self.folder / "broker.pid").write_text(str(process.pid))
        self._wait(process)

    def stop(self, *, at_once: bool = False) -> bool:
        """Stop the broker, as a crash would if `at_once`, and wait for its end; False where none ran."""
        number = self.process_number()
        if number is None:
            return False
        os.kill(number, signal.SIGKILL if at_once else signal.SIGTERM)
        ended = time.monotonic() + PATIENCE_SECONDS
        while self.process_number() is not None:
            if time.monotonic() > ended:
                raise StreamError("The broker does not end", where=f"process {number}", do=f"Look at {self.log}.")
            with contextlib.suppress(ChildProcessError):
                os.waitpid(number, os.WNOHANG)
            time.sleep(0.05)
        return True

    def process_number(self) -> int | None:
        """Number of the running process; None where none runs. A number that another program has now is not it."""
        file = self.folder / "broker.pid"
        if not file.is_file():
            return None
        number = file.read_text().strip()
        shown = subprocess.run(["ps", "-ww", "-o", "stat=,command=", "-p", number], capture_output=True, check=False)
        line = shown.stdout.decode(errors="replace")
        return int(number) if str(self.folder) in line and not line.startswith("Z") else None

    def _format(self, properties: Path) -> None:
        # A cluster's number may not begin with a minus sign, which would be read as an option.
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[:22].replace("-", "a")
        command = self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise StreamError(
                f"Kafka's storage cannot be formatted: {done.stderr or done.stdout}", where=str(self.folder)
            )

    def _java(self, *arguments: str) -> list[str]:
        logging = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        return [require_java(), "-XX:+UseSerialGC", logging, "-cp", f"{self.jars}/*", *arguments]

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        ended = time.monotonic() + PATIENCE_SECONDS
        client = AdminClient({"bootstrap.servers": self.servers, "log_level": 0, "socket.timeout.ms": 1000})
        while time.monotonic() < ended and process.poll() is None:
            try:
                if client.list_topics(timeout=0.5).brokers:
                    return
            except KafkaException:
                time.sleep(0.1)
        raise StreamError(
            "The broker ended" if process.poll() is not None else "The broker does not answer",
            where=self.servers,
            do=f"Look at {self.log}. Is the port taken? `python -m resources.kafka_broker start --port N`.",
        )


def require_java() -> str:
    """Java's program.

    Raises:
        StreamError: there is none, or an older one.
    """
    found = shutil.which("java")
    if found is None:
        raise StreamError("There is no Java, which the broker needs", do=INSTALL)
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < JAVA:
        raise StreamError(f"The broker needs Java {JAVA} or newer: {told.splitlines()[:1]}", where=found, do=INSTALL)
    return found


def resolve_jars(folder: Path = JARS) -> Path:
    """The folder of the broker's jars; fetched with Maven where they are not there yet.

    Raises:
        StreamError: there is no Maven, or it cannot fetch them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jars = folder / hashlib.sha1(POM.read_bytes()).hexdigest()[:12]
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise StreamError("There is no Maven, which fetches the broker's jars", do=INSTALL)
    with unfinished_folder(folder) as made:
        shutil.copy(POM, made)
        (made / "jars").mkdir()
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={made / 'jars'}"]
        command = [maven, "--quiet", "--batch-mode", *goal]
        done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise StreamError(f"Maven cannot fetch the broker's jars: {done.stdout[-500:]}", where=str(POM))
        if not jars.is_dir():
            (made / "jars").rename(jars)
    return jars


def main(arguments: Sequence[str] | None = None) -> int:
    """`start` or `stop` the home's broker."""
    parser = argparse.ArgumentParser(prog="python -m resources.kafka_broker", description=__doc__)
    parser.add_argument("what", choices=("start", "stop"))
    parser.add_argument("--port", type=int, default=PORT)
    options = parser.parse_args(arguments)
    folder = current().home / "kafka"
    try:
        if options.what == "stop":
            ran = Broker(folder, options.port, JARS).stop()
            sys.stdout.write("Stopped; what it holds stays.\n" if ran else "None runs.\n")
            return 0
        broker = Broker(folder, options.port, resolve_jars())
        broker.start()
    except SocialAIError as error:
        sys.stderr.write(f"kafka: {error}\n")
        return 1
    sys.stdout.write(f"Kafka is ready, its log is {broker.log}. Tell socialai of it:\n")
    sys.stdout.write(f"  export SOCIALAI_KAFKA_SERVERS={broker.servers}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
