"""Brokers as larger installations have them: Redis behind TLS, a master with a replica and Sentinels."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path
from typing import Any

import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from projet.local.programs import find_redis_server, free_port
from tests.servers import Process, wait_until

PASSWORD = "of-the-broker"
MASTER = "office"


class Authority:
    """Signs certificates for 127.0.0.1, all in one folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed(self.key.public_key(), name, authority=True)
        self.file = self._write(f"{name}.pem", self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self) -> tuple[Path, Path]:
        """A server's certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = self._signed(key.public_key(), "127.0.0.1", authority=False)
        return (
            self._write("server.pem", signed.public_bytes(serialization.Encoding.PEM)),
            self._write(
                "server.key",
                key.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                ),
            ),
        )

    def _signed(self, public_key: Any, name: str, *, authority: bool) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        signing = self.key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing), critical=False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True, key_cert_sign=authority, crl_sign=authority,
                    content_commitment=False, key_encipherment=False, data_encipherment=False,
                    key_agreement=False, encipher_only=False, decipher_only=False,
                ),
                critical=True,
            )
            .sign(self.key, hashes.SHA256())
        )  # fmt: skip

    def _write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path


class Redis(Process):
    """One Redis, with a password and in a folder of its own; `options` as in redis.conf."""

    def __init__(self, name: str, folder: Path, options: dict[str, object], **client: Any) -> None:
        own = folder / name
        own.mkdir()
        self.port = int(str(options.get("tls-port") or options.setdefault("port", free_port())))
        program = find_redis_server()
        assert program is not None
        lines = {"bind": "127.0.0.1", "dir": own, "save": '""', **options}
        config = own / "redis.conf"
        config.write_text("".join(f"{key} {value}\n" for key, value in lines.items()))
        self.client = redis.Redis("127.0.0.1", self.port, decode_responses=True, **client)
        command = [program, config, *(["--sentinel"] if name.startswith("sentinel") else [])]
        super().__init__(name, command, own / "redis.log", self._answers)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except (redis.ConnectionError, redis.BusyLoadingError):
            return False


def redis_with_tls(folder: Path, authority: Authority) -> Redis:
    certificate, key = authority.issue()
    options: dict[str, object] = {
        "port": 0,
        "tls-port": free_port(),
        "tls-cert-file": certificate,
        "tls-key-file": key,
        "tls-ca-cert-file": authority.file,
        "tls-auth-clients": "no",
        "requirepass": PASSWORD,
    }
    return Redis("tls", folder, options, password=PASSWORD, ssl=True, ssl_ca_certs=str(authority.file))


class Guarded:
    """A master and its replica, watched by two Sentinels that ask for a password of their own."""

    def __init__(self, folder: Path) -> None:
        both: dict[str, object] = {"requirepass": PASSWORD, "masterauth": PASSWORD}
        self.first = Redis("first", folder, dict(both), password=PASSWORD)
        self.second = Redis(
            "second", folder, both | {"replicaof": f"127.0.0.1 {self.first.port}"}, password=PASSWORD
        )
        watch: dict[str, object] = {
            "sentinel monitor": f"{MASTER} 127.0.0.1 {self.first.port} 1",
            f"sentinel auth-pass {MASTER}": PASSWORD,
            f"sentinel down-after-milliseconds {MASTER}": 1000,
            f"sentinel failover-timeout {MASTER}": 5000,
            "requirepass": "of-the-sentinel",
        }
        self.sentinels = [
            Redis(f"sentinel{number}", folder, dict(watch), password="of-the-sentinel") for number in (1, 2)
        ]
        self.all = [self.first, self.second, *self.sentinels]
        one, two = self.sentinels
        self.environment = {
            # Credentials and database once: the back office gives them to the others as well.
            "CELERY_BROKER_URL": f"sentinel://:{PASSWORD}@127.0.0.1:{one.port}/1;sentinel://127.0.0.1:{two.port}",
            "BROKER_SENTINEL_MASTER": MASTER,
            "BROKER_SENTINEL_PASSWORD": "of-the-sentinel",
        }

    def start(self) -> None:
        for one in self.all:
            one.start()
        wait_until(self._complete, 60, "the Sentinels to know the replica and each other")

    def _complete(self) -> bool:
        told: list[Any] = [one.client.sentinel_master(MASTER) for one in self.sentinels]
        return all(one["num-slaves"] == 1 and one["num-other-sentinels"] == 1 for one in told)

    def await_new_master(self) -> None:
        """Until both Sentinels say so: one that was killed before it told the other leaves no majority."""
        wait_until(lambda: self.second.client.info("replication")["role"] == "master", 60, "the failover")
        wait_until(self._agreed, 60, "both Sentinels to name the new master")

    def _agreed(self) -> bool:
        told: list[Any] = [one.client.sentinel_master(MASTER) for one in self.sentinels]
        return all(
            one["port"] == self.second.port and one["is_master"] and not one["is_sdown"] for one in told
        )

    def kill(self) -> None:
        for one in self.all:
            one.kill()
