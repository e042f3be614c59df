"""A line to a server that can be refused, silent, mute or cut, as networks are."""

from __future__ import annotations

import contextlib
import socket
import threading
from enum import Enum

PUSH = b"LPUSH"  # the command that Celery's messages leave by


class Line(Enum):
    OPEN = "open"
    SILENT = "silent"  # connections stand, nothing comes through
    MUTE = "mute"  # a push arrives, and no answer returns from then on
    REFUSED = "refused"  # nobody listens


class Proxy:
    """Stands on a port of its own before a server on this machine; `.set(Line.SILENT)` and so on."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._line = Line.OPEN
        self._pushed = False  # since the line is mute
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._accept()

    @property
    def url(self) -> str:
        """As Celery's broker."""
        return f"redis://127.0.0.1:{self.port}/1"

    def set(self, line: Line) -> None:
        """From now on; connections that lost bytes do not live on."""
        before, self._line, self._pushed = self._line, line, False
        if line is Line.REFUSED:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self.cut()
        elif before is Line.REFUSED:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._accept()
        if line is Line.OPEN:
            self.cut()

    def cut(self) -> None:
        """Close every connection."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            _close(pair)

    def close(self) -> None:
        if self._line is not Line.REFUSED:
            self.set(Line.REFUSED)

    def _accept(self) -> None:
        threading.Thread(target=self._serve, args=[self._listener], daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _address = listener.accept()
            except OSError:  # closed: refused from here on
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            self._pairs.append((client, server))
            for pump in ((self._ask, client, server), (self._answer, server, client)):
                threading.Thread(target=pump[0], args=pump[1:], daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                self._pushed = self._pushed or PUSH in data
                if self._line is not Line.SILENT:
                    server.sendall(data)
        _close((client, server))

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if self._line is Line.OPEN or (self._line is Line.MUTE and not self._pushed):
                    client.sendall(data)
        _close((client, server))


def _close(pair: tuple[socket.socket, socket.socket]) -> None:
    for one in pair:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
