"""How much a step takes on: so much that it is over in half a second, which is what a click waits for."""

from __future__ import annotations

from dataclasses import dataclass

STEP = 0.5  # seconds
# Of what a step may take at most: a turn feels its way, as it knows neither the machine nor the forms.
FIRST, LEAST = 0.1, 0.01


@dataclass
class Pace:
    share: float = FIRST

    def took(self, seconds: float) -> None:
        """A step of this share: the next one takes twice as much at most."""
        fits = STEP / max(seconds, 0.001)
        self.share = min(1.0, max(LEAST, self.share * min(2.0, fits)))


def part(most: int, share: float) -> int:
    return max(1, int(most * share))
