"""A message as bytes: what goes in comes out, and nobody adds a header."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backoffice.emails.addresses import address, envelope, split_addresses
from backoffice.emails.attachments import File
from backoffice.emails.errors import Refused
from backoffice.emails.mime import Mail, build
from backoffice.emails.text import clean, one_line

HARD_LIMIT = 998  # characters a line (RFC 5322, 2.1.1)


def raw_mail(**parts: object) -> bytes:
    sound: dict[str, object] = {
        "message_id": "7",
        "sender": "Société <us@example.org>",
        "to": "zoe@example.org",
        "subject": "Été",
        "text": "Bonjour à tous",
    }
    raw = build(Mail(**{**sound, **parts}))  # type: ignore[arg-type]
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert all(b"\n" not in line and b"\r" not in line and len(line) <= HARD_LIMIT for line in lines)
    return raw


def mail(**parts: object) -> EmailMessage:
    parsed = message_from_bytes(raw_mail(**parts), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not [part.defects for part in parsed.walk() if part.defects]
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


LETTERS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300)
AWKWARD = st.text(st.sampled_from("ab é,;:\"'()<>@[]\\=?_日ñ.\t\r\n~€"), max_size=300)


@given(name=LETTERS | AWKWARD, subject=LETTERS | AWKWARD, text=LETTERS | AWKWARD)
@example(name="=?utf-8?q?spy?=", subject="=?utf-8?q?spy?=", text="=?utf-8?q?spy?=")
@example(name="a" * 300, subject="word " * 90, text="long " * 300)
@example(name="é" * 300, subject="日" * 300, text="日" * 3000)
@example(name="Doe, Jané", subject="", text="")
@example(name='Jane "JJ", the "\\" one', subject="", text="")
@settings(max_examples=300, deadline=None)
def test_whatever_is_written_is_what_is_read(name: str, subject: str, text: str) -> None:
    to = address("zoe@example.org", name)
    # Read by the older parser: the modern one of Python 3.12 misreads a name of several encoded words.
    read = message_from_bytes(
        raw_mail(to=str(to), headers={"X-Note": subject, "Reply-To": str(to)}, subject=subject, text=text)
    )
    for header in ("Subject", "X-Note"):
        assert decoded(read[header]) == one_line(subject)
    for header in ("To", "Reply-To"):
        [(shown, email)] = getaddresses([unfolded(read[header])])
        assert (decoded(shown), email) == (address(str(to)).display_name, "zoe@example.org")
    body = read.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.splitlines() == (clean(text).encode().splitlines() or [b""])


def unfolded(value: str) -> str:
    return value.replace("\r\n", "").replace("\n", "")


def decoded(value: str) -> str:
    return str(make_header(decode_header(unfolded(value))))


def test_a_file_keeps_its_name_however_long_it_is() -> None:
    name = "Récapitulatif des commandes " * 9 + ".pdf"
    [file] = mail(files=[File(name, "application/pdf", b"%PDF")]).iter_attachments()
    assert (file.get_filename(), file.get_content()) == (one_line(name), b"%PDF")


def test_several_addresses_are_several_to_the_reader() -> None:
    parsed = mail(headers={"Cc": '"Doe, Jané" <jane@example.org>, x@example.org', "Reply-To": "team:;"})
    assert [(one.display_name, one.addr_spec) for one in parsed["Cc"].addresses] == [
        ("Doe, Jané", "jane@example.org"),
        ("", "x@example.org"),
    ]
    assert parsed["Reply-To"] == "team:;"


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
