"""A mail service that misbehaves on purpose: it speaks HTTP as SES does and answers as a test tells it."""

from __future__ import annotations

import json
import socket
import threading
from base64 import b64decode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

type Answer = Callable[[BaseHTTPRequestHandler], None]


def accept(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, 200, {"MessageId": "stub-1"})


def anonymous(handler: BaseHTTPRequestHandler) -> None:
    """Accepted, it says, but not as what."""
    reply(handler, 200, {})


def error(code: str, status: int = 400, message: str = "Said by the stub.") -> Answer:
    """An AWS error of the rest-json protocol: its code in a header, its text in the body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, status, {"message": message}, {"x-amzn-ErrorType": code})

    return answer


def reply(
    handler: BaseHTTPRequestHandler, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
) -> None:
    content = json.dumps(body).encode()
    handler.send_response(status)
    for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Read the request, answer nothing, close."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    """Half of the JSON that was promised."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"MessageId": "st')
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


def contradict(handler: BaseHTTPRequestHandler) -> None:
    """Two lengths at once: HTTP that its client cannot read."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3, 5\r\n\r\n{}")


def stall(handler: BaseHTTPRequestHandler) -> None:
    """Never answer; the test ends it."""
    handler.server.released.wait(30)


class MailStub:
    """`.answer` is what the next requests get; `.requests` are the mails it was asked to send."""

    def __init__(self) -> None:
        self.answer: Answer = accept
        self.requests: list[dict[str, Any]] = []
        self.rate = 1_000.0  # emails a second, as it tells who asks
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.request_body = json.loads(body)
                stub.requests.append(self.request_body)
                self.close_connection = True
                stub.answer(self)

            def do_GET(self) -> None:
                """GetAccount, the only thing that is asked besides."""
                self.close_connection = True
                reply(self, 200, {"SendQuota": {"MaxSendRate": stub.rate, "Max24HourSend": 50_000.0}})

            def log_message(self, *args: Any) -> None:
                """Silence: pytest shows what matters."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.released = threading.Event()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def environment(self) -> dict[str, Any]:
        """What makes another process send here."""
        return {"EMAIL_TRANSPORT": "ses", "AWS_ENDPOINT_URL": self.url}

    def raw(self, number: int = -1) -> bytes:
        """The mail of a request, as its bytes."""
        return b64decode(self.requests[number]["Content"]["Raw"]["Data"])

    def close(self) -> None:
        self.server.released.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()
