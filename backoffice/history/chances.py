"""What a seed decides: identities, and one of several by its weight."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate


class Draw:
    """One of several names by weight: `random.choices`, with its sums worked out once."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._names = list(weights)
        self._bounds = list(accumulate(weights.values()))

    def __call__(self, chance: random.Random) -> str:
        return self._names[bisect_right(self._bounds, chance.random() * self._bounds[-1])]


def uuid_of(chance: random.Random) -> str:
    """A random UUID (version 4), written out: a past has millions."""
    digits = f"{chance.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
