"""Forms are sent in UTF-8: what says another encoding is refused, and ends in no error of the server."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db

BODY = (
    b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n+2AA-\\ud800\xff\r\n'
    b'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nb\r\n--x--\r\n'
)
NO_TEXTS = ["rot13", "hex", "base64", "zlib", "bz2", "uu", "quopri", "punycode", "idna", "undefined"]
OTHERS = [
    "unicode_escape",
    "raw_unicode_escape",
    "utf-7",
    "utf-16",
    "utf-32",
    "cp037",
    "latin-1",
    "shift_jis",
]


def sent(kind: str, encoding: str) -> int:
    client = Client(raise_request_exception=False)
    return client.generic("POST", reverse("admin:login"), BODY, f"{kind}; charset={encoding}").status_code


@pytest.mark.parametrize("encoding", NO_TEXTS + OTHERS)
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_a_form_in_another_encoding_is_refused(kind: str, encoding: str) -> None:
    assert sent(kind, encoding) == 400


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf_8", "klingon", ""])
def test_a_form_in_utf_8_is_read(encoding: str) -> None:
    """So is one in an encoding that nobody knows: it cannot be meant."""
    assert sent("multipart/form-data; boundary=x", encoding) == 200
