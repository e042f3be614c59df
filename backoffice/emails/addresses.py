"""Addresses of emails as they are shown and as they travel, and text that stays one line."""

from __future__ import annotations

from email.header import Header
from email.headerregistry import Address
from email.utils import getaddresses
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from backoffice import spelling
from backoffice.emails.errors import Refused


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
        raise Refused(
            _("“%(address)s” is not an email address. Correct the recipient, then send again.")
            % {"address": one_line(given)}
        ) from None


def envelope(email: str) -> str:
    """The bare address for the provider, its domain in ASCII; raises Refused as `address` does."""
    return address(email).addr_spec


@lru_cache(maxsize=16)
def mailbox(sender: str) -> str:
    """One with its name, as it travels in a header; raises Refused as `address` does."""
    return _in_ascii(address(sender))


@lru_cache(maxsize=256)
def mailboxes(shown: str) -> str:
    """Several of them, a line each; raises Refused when one of them is none."""
    return ",\r\n ".join(_in_ascii(address(one)) for one in split_addresses(shown))


def _in_ascii(one: Address) -> str:
    if is_plain(one.display_name):
        return str(one)
    return f"{Header(one.display_name, 'utf-8').encode(linesep='\r\n')} <{one.addr_spec}>"


def is_plain(value: str) -> bool:
    """Whether it stands for itself: ASCII that nobody takes for an encoded word (RFC 2047)."""
    return value.isascii() and "=?" not in value


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
