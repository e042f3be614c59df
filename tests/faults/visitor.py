"""A person's clicks on the real web process: signed in by a session of the scenario's own database."""

from __future__ import annotations

import http.client
import time
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from django.test import Client

CSRF = "a" * 32  # as a browser keeps it: any 32 letters, sent twice


class Clicked(NamedTuple):
    page: str  # HTML
    address: str  # path of the page
    seconds: float  # until the form was answered


class Visitor:
    def __init__(self, url: str, user: Any) -> None:
        self.address = urlsplit(url).netloc
        client = Client()
        client.force_login(user)
        self.cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": CSRF}

    def click(self, path: str, **fields: Any) -> Clicked:
        """POST a form and read the page it leads to."""
        began = time.monotonic()
        answer = self._ask("POST", path, urlencode({"launch_key": str(uuid4()), **fields}))
        seconds = time.monotonic() - began
        assert answer.status == http.client.FOUND, answer.read().decode()[:2000]
        address = urlsplit(answer.headers["Location"]).path
        return Clicked(self._ask("GET", address).read().decode(), address, seconds)

    def _ask(self, method: str, path: str, body: str = "") -> http.client.HTTPResponse:
        line = http.client.HTTPConnection(self.address, timeout=60)
        line.request(
            method,
            path,
            body or None,
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
                "X-CSRFToken": CSRF,
                "Accept-Language": "en",
            },
        )
        answer = line.getresponse()
        for header in answer.headers.get_all("Set-Cookie") or []:
            self.cookies |= {name: one.value for name, one in SimpleCookie(header).items()}
        return answer
