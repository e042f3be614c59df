"""What a template asks and cannot be done with certainty, as a sentence for whoever writes or sends it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from liquid import Token
from liquid.exceptions import FilterArgumentError

MAX_QUOTED = 80  # characters of a value or statement that a sentence repeats


class Fault(FilterArgumentError):
    """`sentence` is marked by gettext_noop and said in its reader's language; `about` fills it.

    Liquid adds the place (`token`) where a filter raises it.
    """

    def __init__(self, sentence: str, token: Token | None = None, **about: Any) -> None:
        super().__init__(sentence, token=token)
        self.sentence = sentence
        self.about = about

    def __str__(self) -> str:
        return gettext(self.sentence) % self.about


class Wrong(Fault):
    """Of a template as it is written, whatever its values say."""


def quoted(value: object) -> str:
    """A value as a sentence repeats it: one line, not too long."""
    said = " ".join(str(value)[: 4 * MAX_QUOTED].split())
    return said if len(said) <= MAX_QUOTED else f"{said[: MAX_QUOTED - 1]}…"
