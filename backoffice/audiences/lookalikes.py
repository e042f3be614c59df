"""Addresses that are not the same and look so, or reach one mailbox: whoever wrote the list should look."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

TOLD = 50
# Letters of other scripts that look like Latin ones (Unicode's confusables.txt has many more).
_LIKE = str.maketrans(
    "авеёкмнорстухіјѕԁԛԝαεικνορτυχγ",
    "abeekmhopctyxijsdqwaeikvoptuxy",
) | str.maketrans({"0": "o", "1": "l", "ı": "i", "ł": "l", "ø": "o", "đ": "d"})
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


@dataclass(frozen=True)
class Pair:
    line: int
    email: str
    other_line: int
    other: str


@dataclass
class Lookalikes:
    """Fed with each address once; `pairs` are the first that were found, `count` says how many there are."""

    pairs: list[Pair] = field(default_factory=list)
    count: int = 0
    seen: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, line: int, email: str) -> None:
        first = self.seen.setdefault(skeleton(email), (line, email))
        if first[0] == line:
            return
        self.count += 1
        if len(self.pairs) < TOLD:
            self.pairs.append(Pair(line, email, *first))


def skeleton(email: str) -> str:
    """One text for all addresses that are easily taken for each other."""
    before, _at, domain = email.rpartition("@")
    mailbox = before.partition("+")[0].replace(".", "") or before
    return f"{_look(mailbox)}@{_look(domain)}"


def _look(text: str) -> str:
    plain = text.casefold().translate(_LIKE)
    if not plain.isascii():
        parted = unicodedata.normalize("NFKD", plain).translate(_LIKE)
        plain = "".join(sign for sign in parted if not unicodedata.combining(sign))
    for pair, one in _PAIRS:
        plain = plain.replace(pair, one)
    return plain
