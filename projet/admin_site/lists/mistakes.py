"""A mistake in a search, as the page points at it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.admin.views.main import SEARCH_VAR

from tasks_app.search.query.mistakes import QueryError


@dataclass(frozen=True)
class Mistake:
    before: str
    wrong: str
    after: str
    sentence: str
    mended: str  # the search as it was most likely meant; "" where nobody can tell

    @property
    def address(self) -> str:
        return f"?{urlencode({SEARCH_VAR: self.mended})}"


def mistake_in(typed: str, error: QueryError | None) -> Mistake | None:
    if error is None:
        return None
    before, wrong, after = typed[: error.start], typed[error.start : error.end], typed[error.end :]
    mended = before + error.instead + after if error.instead else ""
    return Mistake(before, wrong, after, error.sentence, mended)
