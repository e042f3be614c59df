"""A message as the bytes of a mail: text, HTML and attachments; no header can be injected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.mail.utils import DNS_NAME
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.encoding import punycode
from django.utils.translation import gettext as _

from backoffice.emails.errors import Refused

# 7bit: every relay takes it, whatever the text's letters (RFC 2045).
POLICY = SMTP.clone(cte_type="7bit")

# Ours alone: a header of a caller never replaces them.
OWN_HEADERS = frozenset(
    {
        "from", "to", "subject", "date", "message-id", "x-outgoing-id", "mime-version", "bcc",
        "content-type", "content-transfer-encoding",
    }
)  # fmt: skip


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
    mail = EmailMessage(policy=POLICY)
    mail["From"] = str(address(sender))
    mail["To"] = ", ".join(str(address(one)) for one in split_addresses(to))
    mail["Subject"] = one_line(subject)
    mail["Date"] = format_datetime(at or timezone.now())
    mail["Message-ID"] = f"<{message_id}@{DNS_NAME}>"
    mail["X-Outgoing-Id"] = message_id
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    for name, value in (headers or {}).items():
        if name.lower() not in OWN_HEADERS:
            mail[one_line(name)] = one_line(value)
    for file in files:
        major, minor = type_of(file)
        mail.add_attachment(file.content, maintype=major, subtype=minor, filename=one_line(file.name))
    return mail.as_bytes()


def type_of(file: File) -> tuple[str, str]:
    """Its type in two words; bytes we cannot vouch for travel as plain bytes."""
    major, _slash, minor = file.content_type.partition("/")
    if major in {"text", "image", "audio", "video", "application"} and minor.isascii() and minor:
        return major, one_line(minor)
    return "application", "octet-stream"


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
    parts, quoted = [""], False
    for sign in shown:
        quoted ^= sign == '"'
        if sign == "," and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()] or [shown]


def one_line(value: str) -> str:
    """The value with each run of white space and control signs made one space."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())
