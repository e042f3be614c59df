"""What was taken down of each person, as one number: whoever adds the numbers of many has one of them all.

The sum does not depend on an order, and who is erased leaves it without its being read anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from backoffice.models import MailingPerson

MODULUS = 2**256
COLUMNS = ("address", "email", "name", "company", "language", "zone", "values", "active")


def number_of(columns: Iterable[Any]) -> int:
    """Of the values of `COLUMNS`."""
    said = json.dumps(list(columns), sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return int.from_bytes(hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest())


def number_of_person(person: MailingPerson) -> int:
    return number_of(getattr(person, name) for name in COLUMNS)


def added(written: str, number: int) -> str:
    """A sum as it is kept, with this number in it too."""
    return f"{(int(written or '0', 16) + number) % MODULUS:064x}"
