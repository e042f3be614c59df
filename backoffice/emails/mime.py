"""A message as the bytes of a mail: text, HTML and attachments; no header can be injected.

The library's modern classes parse each header when it is set and again when it is folded: 3 ms a mail. So
headers and texts are encoded here by the library's own encoders, and its plain Message puts them together.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.header import Header
from email.headerregistry import Address, BaseHeader
from email.message import Message, MIMEPart
from email.policy import SMTP, Compat32
from email.utils import format_datetime, getaddresses
from functools import lru_cache
from secrets import token_hex
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.mail.utils import DNS_NAME
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.encoding import punycode
from django.utils.translation import gettext as _

from backoffice.emails.errors import Refused

LINE = 78  # characters (RFC 5322, 2.1.1)


class _AsWritten(Compat32):
    """Headers come encoded and are written as they are; those of a file's part the library folds."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if isinstance(value, BaseHeader):
            return value.fold(policy=SMTP).encode("ascii")
        return f"{name}: {value}\r\n".encode("ascii")


AS_WRITTEN = _AsWritten(linesep="\r\n")

# Ours alone: a header of a caller never replaces them.
OWN_HEADERS = frozenset(
    {
        "from", "to", "subject", "date", "message-id", "x-outgoing-id", "mime-version", "bcc",
        "content-type", "content-transfer-encoding",
    }
)  # fmt: skip
ADDRESS_HEADERS = frozenset({"cc", "reply-to", "sender"})
NOT_IN_A_NAME = re.compile(r"[^!-9;-~]+")  # RFC 5322, 2.2: printable ASCII without the colon


class File(NamedTuple):
    """One attachment: its name as the reader sees it, its type as `major/minor`, its bytes."""

    name: str
    content_type: str
    content: bytes


def build(
    message_id: str,
    sender: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    files: Iterable[File] = (),
    headers: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> bytes:
    """The mail with CRLF line ends, ASCII only. Raises Refused on an address that is none.

    `to` is shown as given (a name may go with it); who gets the mail is the envelope's business.
    """
    mail = Message(AS_WRITTEN)
    mail["From"] = _from(sender)
    mail["To"] = _mailboxes(to)
    mail["Subject"] = _unstructured("Subject", one_line(subject))
    mail["Date"] = format_datetime(at or timezone.now())
    mail["Message-ID"] = f"<{message_id}@{DNS_NAME}>"
    mail["X-Outgoing-Id"] = message_id
    for given, value in (headers or {}).items():
        name = NOT_IN_A_NAME.sub("-", one_line(given))
        if name.lower() not in OWN_HEADERS:
            mail[name] = _value(name, one_line(value))
    mail["MIME-Version"] = "1.0"
    file_parts = [_file_part(file) for file in files]
    if file_parts:
        _combine(mail, "mixed", [_write(Message(AS_WRITTEN), text, html), *file_parts])
    else:
        _write(mail, text, html)
    return mail.as_bytes()


# --- Parts --------------------------------------------------------------------------------------


def _write(part: Message, text: str, html: str) -> Message:
    """Fill the part with the text, or with text and HTML for the reader's choice."""
    if html:
        texts = [
            _write_text(Message(AS_WRITTEN), one, kind) for one, kind in ((text, "plain"), (html, "html"))
        ]
        return _combine(part, "alternative", texts)
    return _write_text(part, text, "plain")


def _write_text(part: Message, text: str, kind: str) -> Message:
    """In ASCII, whatever its letters: every relay takes that (RFC 2045)."""
    lines = text.encode().splitlines()
    raw = b"\r\n".join(lines) + b"\r\n"
    if raw.isascii() and max(map(len, lines), default=0) <= LINE:
        encoding, body = "7bit", raw
    else:
        encoding, body = "quoted-printable", b2a_qp(raw)
        if len(body) > len(raw) * 3 / 2:  # few Latin letters: base64 adds a third
            encoding, body = "base64", encodebytes(raw)
    part["Content-Type"] = f'text/{kind}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = encoding
    part.set_payload(body.decode("ascii"))
    return part


def _combine(part: Message, kind: str, parts: Sequence[Message]) -> Message:
    # Nobody can guess the boundary, so no text holds it by intent; by chance neither.
    part["Content-Type"] = f'multipart/{kind};\r\n boundary="=_{token_hex(16)}"'
    part.set_payload(list(parts))
    return part


def _file_part(file: File) -> MIMEPart:
    """By the modern classes: files are rare, and they know how a long name with accents is cut (RFC 2231)."""
    major, minor = type_of(file)
    part = MIMEPart(policy=SMTP)
    part.set_content(file.content, major, minor, disposition="attachment", filename=one_line(file.name))
    return part


def type_of(file: File) -> tuple[str, str]:
    """Its type in two words; bytes we cannot vouch for travel as plain bytes."""
    major, _slash, minor = file.content_type.partition("/")
    if major in {"text", "image", "audio", "video", "application"} and minor.isascii() and minor:
        return major, one_line(minor)
    return "application", "octet-stream"


# --- Addresses and other headers ----------------------------------------------------------------


@lru_cache(maxsize=256)  # one email asks for its sender and its recipient five times
def address(given: str, name: str = "") -> Address:
    """`Zoë <zoe@example.org>` or a bare address, as one mailbox; raises Refused when it is not one."""
    mailboxes = getaddresses([given]) if "<" in given and not name else []
    name, email = mailboxes[0] if len(mailboxes) == 1 else (name, given)
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(
            _("“%(address)s” is not an email address. Correct the recipient, then send again.")
            % {"address": one_line(given)}
        ) from None
    user, _at, domain = email.rpartition("@")
    return Address(one_line(name), user, punycode(domain))


def envelope(email: str) -> str:
    """The bare address for the provider, its domain in ASCII; raises Refused as `address` does."""
    return address(email).addr_spec


def split_addresses(shown: str) -> list[str]:
    """`"Doe, Jane" <jane@example.org>, x@example.org` as its mailboxes, quoted commas respected."""
    parts, quoted, escaped = [""], False, False
    for sign in shown:
        quoted ^= sign == '"' and not escaped
        escaped = quoted and sign == "\\" and not escaped
        if sign == "," and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()] or [shown]


def one_line(value: str) -> str:
    """The value with each run of white space and control signs made one space."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())


def _value(name: str, value: str) -> str:
    """The value of a caller's header, one line of text, as it travels."""
    if name.lower() in ADDRESS_HEADERS:
        try:
            return _mailboxes(value)
        except Refused:  # a group, or what else a caller may mean by it
            pass
    return _unstructured(name, value)


@lru_cache(maxsize=256)
def _mailboxes(shown: str) -> str:
    """Raises Refused when one of them is none."""
    return ",\r\n ".join(_mailbox(address(one)) for one in split_addresses(shown))


@lru_cache(maxsize=16)
def _from(sender: str) -> str:
    """Raises Refused as `address` does."""
    return _mailbox(address(sender))


def _mailbox(one: Address) -> str:
    if _is_plain(one.display_name):
        return str(one)
    return f"{Header(one.display_name, 'utf-8').encode(linesep='\r\n')} <{one.addr_spec}>"


def _unstructured(name: str, value: str) -> str:
    plain = _is_plain(value)
    if plain and len(name) + len(": ") + len(value) <= LINE:
        return value
    return Header(value, "us-ascii" if plain else "utf-8", header_name=name).encode(linesep="\r\n")


def _is_plain(value: str) -> bool:
    """Whether it stands for itself: ASCII that nobody takes for an encoded word (RFC 2047)."""
    return value.isascii() and "=?" not in value
