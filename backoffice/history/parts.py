"""A past in parts that can be made apart from one another: so many jobs each, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from backoffice.history.rhythm import hours

JOBS_OF_A_PART = 2_500


@dataclass(frozen=True)
class Span:
    """An hour or less of it, and how many jobs are launched in it."""

    start: datetime
    length: timedelta
    jobs: int


@dataclass(frozen=True)
class Part:
    number: int
    spans: tuple[Span, ...]

    @property
    def jobs(self) -> int:
        return sum(span.jobs for span in self.spans)


def parts(first: datetime, until: datetime, total: int, most: int = JOBS_OF_A_PART) -> Iterator[Part]:
    """All of it; each has `most` jobs or a few less, but for the last."""
    number, spans, room = 0, list[Span](), most
    for span in _spans(first, until, total, most):
        if span.jobs > room:
            yield Part(number, tuple(spans))
            number, spans, room = number + 1, [], most
        spans.append(span)
        room -= span.jobs
    yield Part(number, tuple(spans))


def _spans(first: datetime, until: datetime, total: int, most: int) -> Iterator[Span]:
    """The hours; busy ones in pieces."""
    for start, length, jobs in hours(first, until, total):
        pieces = max(1, -(-jobs // most))
        for piece in range(pieces):
            share = jobs * (piece + 1) // pieces - jobs * piece // pieces
            yield Span(start + length * piece / pieces, length / pieces, share)
