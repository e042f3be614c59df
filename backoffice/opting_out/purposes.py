"""What may be opted out of: each kind of email that has an unsubscribe link registers its purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

type Text = str | Promise


@dataclass(frozen=True)
class Offer:
    """What one link is about: which emails, in words, and whether they are stopped already."""

    title: Text
    is_out: bool


@dataclass(frozen=True)
class Purpose:
    """`code` stands in links, which live for two years: it stays. A key names whose choice it is."""

    code: str
    find: Callable[[str], Offer | None]  # None where there is nothing to stop any more
    opt_out: Callable[[str], None]  # twice is as once


_purposes: dict[str, Purpose] = {}


def register(purpose: Purpose) -> Purpose:
    if not purpose.code.isalpha():
        raise ValueError(f"{purpose.code!r} is no code of a purpose: it takes letters alone")
    _purposes[purpose.code] = purpose
    return purpose


def purpose_of(code: str) -> Purpose | None:
    """None for one that this version does not know (any more)."""
    return _purposes.get(code)
