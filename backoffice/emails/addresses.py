"""Addresses of emails as they are shown and as they travel."""

from __future__ import annotations

from email.headerregistry import Address
from email.utils import getaddresses
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from backoffice import spelling
from backoffice.emails import causes
from backoffice.emails.errors import Refused
from backoffice.emails.header_folding import mailbox_in_header
from backoffice.emails.text import one_line


@lru_cache(maxsize=256)  # one email asks for its sender and its recipient five times
def address(given: str, name: str = "") -> Address:
    """`Zoë <zoe@example.org>` or a bare address, as one mailbox; raises Refused when it is not one."""
    mailboxes = getaddresses([given]) if "<" in given and not name else []
    name, email = mailboxes[0] if len(mailboxes) == 1 else (name, given)
    user, _at, domain = email.rpartition("@")
    try:
        validate_email(email)
        return Address(one_line(name), user, spelling.domain_in_ascii(domain))
    except (ValidationError, ValueError):
        raise Refused(causes.NOT_AN_ADDRESS(address=one_line(given))) from None


def envelope(email: str) -> str:
    """The bare address for the provider, its domain in ASCII; raises Refused as `address` does."""
    return address(email).addr_spec


@lru_cache(maxsize=16)
def mailbox(sender: str, used: int) -> str:
    """One with its name, as it travels in a header after `used` characters; raises as `address` does."""
    return mailbox_in_header(address(sender), used)


@lru_cache(maxsize=256)
def mailboxes(shown: str, used: int) -> str:
    """Several of them, a line each; raises Refused when one of them is none."""
    first, *others = (address(one) for one in split_addresses(shown))
    said = [mailbox_in_header(first, used), *(mailbox_in_header(one, len(" ")) for one in others)]
    return ",\r\n ".join(said)


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
    return [stripped for part in parts if (stripped := part.strip(" \t\r\n"))] or [shown]
