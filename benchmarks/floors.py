"""What a figure must not fall short of: a part whose figure does says so, and ends with exit code 1.

hold("jobs a second, as a ratio of Celery's", ratio, at_least=0.7)
hold("seconds until all are published", took, at_most=10)
...
end()
"""

from __future__ import annotations

import sys

_missed: list[str] = []


def hold(name: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> None:
    """Name a figure that is beyond its bound; the part goes on, so that the others are measured too."""
    bound = ""
    if at_least is not None and value < at_least:
        bound = f"at least {at_least:,g}"
    if at_most is not None and value > at_most:
        bound = f"at most {at_most:,g}"
    if bound:
        _missed.append(name)
        print(f"  NOT HELD: {name} is {value:,g}; promised is {bound}", flush=True)


def end() -> None:
    """The last line of a part: exit code 1 where a bound was missed."""
    if _missed:
        sys.exit(1)
