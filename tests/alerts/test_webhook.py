"""One signed request over HTTPS, against a real server with a certificate of its own."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tasks_app.alerts import hosts, webhook
from tasks_app.alerts.causes import TryWebhookAgain, WebhookRefused

pytestmark = pytest.mark.once
HOST, SECRET = "hooks.example.org", "a secret of sixteen signs"
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@dataclass
class Receiver:
    port: int
    certificate: str
    answer: tuple[int, dict[str, str]] = (200, {})
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def post(self, host: str = HOST, **options: Any) -> int:
        given: dict[str, Any] = {
            "secret": SECRET,
            "allowed": [host],
            "now": NOW,
            "ca_certs": self.certificate,
        }
        return webhook.post(f"https://{host}:{self.port}/hook?x=1", {"id": 7, "lines": []}, **given | options)


def certificate(folder: Path) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return str(cert), str(secret)


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    cert, key = certificate(tmp_path)
    state: dict[str, Receiver] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state["it"].heard.append((self.path, dict(self.headers), body))
            status, headers = state["it"].answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state["it"] = Receiver(server.server_address[1], cert)
    # What its name resolves to is said here, as an attacker's name server would say it.
    monkeypatch.setattr(hosts, "addresses_of", lambda host, port: ["127.0.0.1"])
    yield state["it"]
    server.shutdown()
    server.server_close()


def test_it_is_signed_over_time_and_body_and_goes_to_the_host_by_name(receiver: Receiver) -> None:
    assert receiver.post() == 200
    [(path, headers, body)] = receiver.heard
    assert path == "/hook?x=1"
    assert headers["Host"] == f"{HOST}:{receiver.port}"
    assert json.loads(body)["id"] == 7
    timestamp = headers["X-Backoffice-Timestamp"]
    assert int(timestamp) == int(NOW.timestamp())
    expected = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Backoffice-Signature"] == f"v1={expected}"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed(status: int, receiver: Receiver) -> None:
    receiver.answer = (status, {"Location": f"https://{HOST}:{receiver.port}/elsewhere"})
    with pytest.raises(WebhookRefused, match="not followed"):
        receiver.post()
    assert len(receiver.heard) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, WebhookRefused), (401, WebhookRefused), (404, WebhookRefused), (410, WebhookRefused),
     (408, TryWebhookAgain), (429, TryWebhookAgain), (500, TryWebhookAgain), (503, TryWebhookAgain)],
)  # fmt: skip
def test_what_may_pass_is_tried_again_and_nothing_else(
    status: int, error: type[Exception], receiver: Receiver
) -> None:
    receiver.answer = (status, {})
    with pytest.raises(error, match=str(status)):
        receiver.post()


def test_a_certificate_of_another_host_or_of_nobody_we_trust_is_no_receiver(receiver: Receiver) -> None:
    with pytest.raises(TryWebhookAgain):
        receiver.post(host="other.example.org")
    with pytest.raises(TryWebhookAgain):
        receiver.post(ca_certs=None)
    assert receiver.heard == []


def test_a_private_address_is_not_even_connected_to(receiver: Receiver) -> None:
    with pytest.raises(WebhookRefused, match="public internet"):
        receiver.post(allowed=[])
    assert receiver.heard == []


def test_without_a_secret_nothing_is_sent(receiver: Receiver) -> None:
    with pytest.raises(WebhookRefused, match="no secret"):
        receiver.post(secret="")
    assert receiver.heard == []


def test_a_body_keeps_its_bounds_and_stays_json() -> None:
    lines = [{"state": "began", "code": "x", "text": "é" * 2_000} for _ in range(200)]
    body = webhook.encoded({"id": 1, "began": 200, "lines": lines})
    assert len(body) <= webhook.LARGEST
    said = json.loads(body)
    assert said["began"] == 200
    assert 0 < len(said["lines"]) < 200
