"""SES as a stub that counts what it accepted, by message; how it treats a request is the test's choice."""

from __future__ import annotations

import time
from collections import Counter
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.emails import stub
from tests.emails.stub import Answer, MailStub

THROTTLED = stub.error("TooManyRequestsException", status=429)
BROKEN = stub.error("InternalFailure", status=500)


class PostOffice(MailStub):
    """`.accepted` counts acceptances by message id, `.asked` requests; `.answer` is one of the below."""

    def __init__(self) -> None:
        super().__init__()
        self.accepted: Counter[str] = Counter()
        self.asked_at: dict[str, float] = {}  # seconds since 1970, of the last request for a message
        self.spoilt: set[str] = set()  # messages whose answer was `spoiling`
        self.answer = self.accept

    @property
    def asked(self) -> Counter[str]:
        return Counter(_message_id(request) for request in self.requests)

    def accept(self, handler: BaseHTTPRequestHandler) -> None:
        self._take(handler)
        stub.accept(handler)

    def accept_and_stall(self, handler: BaseHTTPRequestHandler) -> None:
        """Accepted, and the answer never comes."""
        self._take(handler)
        handler.server.released.wait(120)

    def accept_and_cut(self, handler: BaseHTTPRequestHandler) -> None:
        """Accepted, and the line is cut before the answer."""
        self._take(handler)
        stub.hang_up(handler)

    def once(self, first: Answer, then: Answer) -> Answer:
        """For each message: the first answer to its first request, the other one to all later ones."""

        def answer(handler: Any) -> None:
            (first if self.asked[_message_id(handler.request_body)] == 1 else then)(handler)

        return answer

    def noting(self, answer: Answer, *, spoiling: bool = False) -> Answer:
        """That answer, and a note of whom it was given to; `spoiling`: it leaves open whether SES has it."""

        def note(handler: Any) -> None:
            message = _message_id(handler.request_body)
            self.asked_at[message] = time.time()
            if spoiling:
                self.spoilt.add(message)
            answer(handler)

        return note

    def _take(self, handler: Any) -> None:
        self.accepted[_message_id(handler.request_body)] += 1


def _message_id(request: dict[str, Any]) -> str:
    return str(next(tag["Value"] for tag in request["EmailTags"] if tag["Name"] == "outgoing-id"))
