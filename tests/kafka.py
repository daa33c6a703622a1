"""A private Kafka broker for tests: on a free port, in a folder of its own, stopped after. No tests here."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from filelock import FileLock

from resources.kafka_broker import JARS, Broker, free_port, resolve_jars


def missing() -> str | None:
    """What a broker needs and this machine lacks; None where it has all."""
    lacking = [program for program in ("java", "mvn") if shutil.which(program) is None]
    if lacking == ["mvn"] and any(JARS.glob("*/kafka_2.13-*.jar")):
        return None
    return (
        f"{' and '.join(lacking)} for a Kafka broker: apt-get install openjdk-17-jre-headless maven"
        if lacking
        else None
    )


def prepare(folder: Path) -> Broker:
    """A started broker with its data in a folder."""
    broker = _unstarted(folder)
    broker.start()
    return broker


def prepare_secured(folder: Path, user: str, password: str) -> tuple[Broker, str]:
    """A started broker that also listens by TLS for one user, and that address; `authority.pem` signed for it."""
    import trustme
    from cryptography.hazmat.primitives import serialization

    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    issued = authority.issue_cert("127.0.0.1", key_type=trustme.KeyType.RSA)
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None).private_bytes(
        # Kafka reads no other.
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "broker.pem").write_bytes(key + b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    plain, port = _unstarted(folder), free_port()
    login = "org.apache.kafka.common.security.plain.PlainLoginModule"
    more = f"""
listeners=PLAINTEXT://127.0.0.1:{plain.port},CONTROLLER://127.0.0.1:{plain.port + 1},SASL_SSL://127.0.0.1:{port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={folder / "broker.pem"}
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config={login} required user_{user}="{password}";
"""
    broker = dataclasses.replace(plain, more=more)
    broker.start()
    return broker, f"127.0.0.1:{port}"


def _unstarted(folder: Path) -> Broker:
    JARS.mkdir(exist_ok=True)
    with FileLock(JARS / "lock"):
        jars = resolve_jars()
    return Broker(folder, free_port(), jars)
