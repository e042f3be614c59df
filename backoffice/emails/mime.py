"""A message as the bytes of a mail: text, HTML and attachments; no header can be injected.

Put together here and not by Django's EmailMultiAlternatives, which takes ten times as long, writes eight bits
and trusts whoever fills it (docs/decisions/0016). Files are rare, so their parts are the library's.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from email.message import MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from secrets import token_hex
from typing import NamedTuple

from django.core.mail.utils import DNS_NAME
from django.utils import timezone

from backoffice.emails import causes
from backoffice.emails.addresses import mailbox, mailboxes
from backoffice.emails.attachments import File, files_of
from backoffice.emails.errors import Refused
from backoffice.emails.header_folding import LINE, TooLongToTravel, text_in_header
from backoffice.emails.text import clean, one_line
from backoffice.models import Message

# Ours alone: a header of a caller never replaces them.
OWN_HEADERS = frozenset(
    {
        "from", "to", "subject", "date", "message-id", "x-outgoing-id", "mime-version", "bcc",
        "content-type", "content-transfer-encoding",
    }
)  # fmt: skip
ADDRESS_HEADERS = frozenset({"cc", "reply-to", "sender", "disposition-notification-to"})
NOT_IN_A_NAME = re.compile(r"[^!-9;-~]+")  # RFC 5322, 2.2: printable ASCII without the colon


class Mail(NamedTuple):
    """What a mail says. `to` is shown as given (a name may go with it); the envelope says who gets it."""

    message_id: str
    sender: str
    to: str
    subject: str
    text: str
    html: str = ""
    files: Iterable[File] = ()
    headers: Mapping[str, str] = {}
    at: datetime | None = None  # now


def mime_of(message: Message) -> bytes:
    """The message as the bytes of a mail, dated when it was submitted or else written.

    Raises Refused, or TryAgain while the storage does not give an attachment.
    """
    return build(
        Mail(
            message_id=str(message.pk),
            sender=message.sender,
            to=message.headers.get("To", message.to),
            subject=message.subject,
            text=message.text,
            html=message.html,
            files=files_of(message),
            headers=message.headers,
            at=message.submitted_at or message.created_at,
        )
    )


def build(mail: Mail) -> bytes:
    """The mail with CRLF line ends, ASCII only. Raises Refused on an address that is none."""
    head = "".join(f"{name}: {value}\r\n" for name, value in _headers(mail))
    body = _texts(mail)
    files = [_file_part(file) for file in mail.files]
    return head.encode("ascii") + (_multipart("mixed", [body, *files]) if files else body)


# --- Parts: each begins with headers of its own -------------------------------------------------


def _texts(mail: Mail) -> bytes:
    """The text, or text and HTML for the reader's choice."""
    text = _text_part(mail.text, "plain")
    return _multipart("alternative", [text, _text_part(mail.html, "html")]) if mail.html else text


def _text_part(text: str, kind: str) -> bytes:
    """In ASCII, whatever its letters: every relay takes that (RFC 2045)."""
    lines = clean(text).encode().splitlines()
    raw = b"\r\n".join(lines) + b"\r\n"
    if raw.isascii() and max(map(len, lines), default=0) <= LINE:
        encoding, body = b"7bit", raw
    else:
        encoding, body = b"quoted-printable", b2a_qp(raw)
        if len(body) > len(raw) * 3 / 2:  # few Latin letters: base64 adds a third
            encoding, body = b"base64", encodebytes(raw).replace(b"\n", b"\r\n")
    head = b'Content-Type: text/%s; charset="utf-8"\r\nContent-Transfer-Encoding: %s\r\n\r\n'
    return head % (kind.encode(), encoding) + body


def _multipart(kind: str, parts: Iterable[bytes]) -> bytes:
    # Nobody can guess the boundary, so no text holds it by intent; by chance neither.
    boundary = f"=_{token_hex(16)}"
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n'
    between = f"\r\n--{boundary}\r\n".encode()
    return head.encode() + b"".join(between + part for part in parts) + f"\r\n--{boundary}--\r\n".encode()


def _file_part(file: File) -> bytes:
    """By the library, which knows how a long name with accents is cut (RFC 2231)."""
    major, minor = type_of(file)
    part = MIMEPart(policy=SMTP)
    part.set_content(file.content, major, minor, disposition="attachment", filename=one_line(file.name))
    return part.as_bytes()


def type_of(file: File) -> tuple[str, str]:
    """Its type in two words; bytes we cannot vouch for travel as plain bytes."""
    major, _slash, minor = file.content_type.partition("/")
    if major in {"text", "image", "audio", "video", "application"} and minor.isascii() and minor:
        return major, one_line(minor)
    return "application", "octet-stream"


# --- Headers: each value as it travels, folded --------------------------------------------------


def _headers(mail: Mail) -> Iterator[tuple[str, str]]:
    yield "From", mailbox(mail.sender, len("From: "))
    yield "To", mailboxes(mail.to, len("To: "))
    yield "Subject", text_in_header("Subject", one_line(mail.subject))
    yield "Date", format_datetime(mail.at or timezone.now())
    yield "Message-ID", f"<{mail.message_id}@{DNS_NAME}>"
    yield "X-Outgoing-Id", mail.message_id
    for given, value in mail.headers.items():
        name = NOT_IN_A_NAME.sub("-", one_line(given))
        if name.lower() not in OWN_HEADERS:
            yield name, _value(name, one_line(value))
    yield "MIME-Version", "1.0"


def _value(name: str, value: str) -> str:
    """The value of a caller's header, one line of text. Raises Refused where no line can hold it."""
    if name.lower() in ADDRESS_HEADERS:
        try:
            return mailboxes(value, len(name) + len(": "))
        except Refused:  # a group, or what else a caller may mean by it
            pass
    try:
        return text_in_header(name, value)
    except TooLongToTravel:
        raise Refused(causes.HEADER_TOO_LONG(name=name)) from None
