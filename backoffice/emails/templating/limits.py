"""What one part of one email may cost, far above any letter and far below what a worker or a page feels.

Python-liquid's own limits count loops and output, not the work inside an expression. Here every filter pays
for what it reads and writes, and every loop for the size of its body; docs/security.md has what is left.
"""

from __future__ import annotations

from time import thread_time

from liquid.exceptions import ResourceLimitError

MAX_SOURCE = 200_000  # characters of a part: what is longer is no letter
MAX_STATEMENT = 1_000  # characters between {{ and }}, {% and %}: the tokenizer looks ahead at each of them
MAX_STATEMENTS = 2_000
MAX_NESTING = 20  # blocks in blocks, and expressions in expressions
MAX_FILTERS = 20  # of one expression

MAX_VALUE = 20_000  # characters of one word that is given to a template
MAX_TEXT = 100_000  # characters that a filter may make
MAX_LOCALS = 200_000  # bytes of what is assigned and captured, by sys.getsizeof
MAX_OUTPUT = 500_000  # bytes; mail readers cut what is longer anyway
MAX_LOOP = 2_000  # turns of a loop, those of the loops around it included

MAX_STEPS = 100_000  # statements and parts of expressions that are carried out
MAX_WORK = 1_000_000  # characters that filters and comparisons read and write
# Of processor, so that a busy machine refuses nobody's email.
MAX_SECONDS = 1.0


class TooMuch(ResourceLimitError):
    """A limit of this house was reached."""

    def __init__(self) -> None:
        super().__init__("limit reached", token=None)


class Meter:
    """What one rendering has used up."""

    __slots__ = ("_steps", "_until", "_work")

    def __init__(self) -> None:
        self._steps = MAX_STEPS
        self._work = MAX_WORK
        self._until = thread_time() + MAX_SECONDS

    def charge(self, steps: int, characters: int = 0) -> None:
        """Raises TooMuch once steps, characters or time are used up."""
        self._steps -= steps
        self._work -= characters
        if self._steps < 0 or self._work < 0 or thread_time() > self._until:
            raise TooMuch


def extent(value: object) -> int:
    """The length of a text or a list; 0 of what has none."""
    return len(value) if isinstance(value, (str, list, tuple, range)) else 0
