"""A message as bytes: what goes in comes out, and nobody adds a header."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from backoffice.emails.errors import Refused
from backoffice.emails.mime import File, address, build, envelope, split_addresses


def mail(**parts: object) -> EmailMessage:
    sound: dict[str, object] = {
        "message_id": "7",
        "sender": "Société <us@example.org>",
        "to": "zoe@example.org",
        "subject": "Été",
        "text": "Bonjour à tous",
    }
    raw = build(**{**sound, **parts})  # type: ignore[arg-type]
    assert raw.isascii()
    parsed = message_from_bytes(raw, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_text_html_and_attachments_come_back_as_they_were() -> None:
    parsed = mail(html="<p>été</p>", files=[File("données é.bin", "application/x-thing", bytes(range(256)))])
    text, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    assert text is not None
    assert html is not None
    assert (text.get_content().strip(), html.get_content().strip()) == ("Bonjour à tous", "<p>été</p>")
    [file] = parsed.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("données é.bin", "application/x-thing")
    assert file.get_content() == bytes(range(256))


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed", "nonsense", "text/é", ""])
def test_a_type_nobody_can_vouch_for_travels_as_bytes(kind: str) -> None:
    [file] = mail(files=[File("a", kind, b"x")]).iter_attachments()
    assert file.get_content_type() == "application/octet-stream"


INJECTED = "x\r\nBcc: spy@example.org\r\n\r\nbody"


@pytest.mark.parametrize(
    "parts",
    [
        {"subject": INJECTED},
        {"sender": f"{INJECTED} <us@example.org>"},
        {"to": f'"{INJECTED}" <zoe@example.org>'},
        {"headers": {"X-Note": INJECTED}},
        {"headers": {"X-Note\r\nBcc": "spy@example.org"}},
        {"headers": {"Bcc": "spy@example.org"}},
        {"files": [File(INJECTED, "text/plain", b"x")]},
        {"files": [File("a", "text/x\r\nBcc: spy@example.org", b"x")]},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_no_value_becomes_a_header(parts: dict[str, object]) -> None:
    try:
        parsed = mail(**parts)
    except (Refused, ValueError):
        return
    assert parsed["Bcc"] is None
    assert all(part["Bcc"] is None for part in parsed.walk())


@pytest.mark.parametrize(
    "given",
    [
        "a@x.org\nBcc: b@x.org",
        "a@x.org, b@x.org",
        "a@x.org;b@x.org",
        "a",
        "",
        "@x.org",
        "a@",
        "<a@x.org>, <b@x.org>",
        "a b@x.org",
        "a@x.org\x00",
    ],
)
def test_what_is_no_single_address_is_refused(given: str) -> None:
    with pytest.raises(Refused, match="not an email address"):
        envelope(given)


def test_a_name_may_hold_commas_and_accents() -> None:
    assert split_addresses('"Doe, Jané" <jane@example.org>, x@example.org') == [
        '"Doe, Jané" <jane@example.org>',
        "x@example.org",
    ]
    assert str(mail(to='"Doe, Jané" <jane@example.org>')["To"]) == '"Doe, Jané" <jane@example.org>'


def test_a_domain_with_accents_travels_in_ascii() -> None:
    assert envelope("zoe@exämple.org") == "zoe@xn--exmple-cua.org"
    assert address("zoe@example.org", "Zoé").display_name == "Zoé"
