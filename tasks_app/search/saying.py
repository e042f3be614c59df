"""What a search did not look through, as the page says it beside its box."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from tasks_app.db.folding import SIGNS
from tasks_app.display import span, zoned
from tasks_app.models import SearchProgress
from tasks_app.search.finding import FRESH, Found
from tasks_app.search.query.mistakes import QueryError

NOTES, MISTAKE = "_search_notes", "_search_mistake"  # of a request


def note(request: object, sentences: Iterable[str]) -> None:
    """Keep them for the page that answers this request."""
    known = vars(request).setdefault(NOTES, [])
    known.extend(one for one in sentences if one not in known)


def notes_of(request: object) -> list[str]:
    return list(vars(request).get(NOTES, ()))


def refuse(request: object, mistake: QueryError) -> None:
    """Keep what is wrong with the search, for the page that answers this request."""
    vars(request)[MISTAKE] = mistake


def mistake_of(request: object) -> QueryError | None:
    found: QueryError | None = vars(request).get(MISTAKE)
    return found


def lag(progress: SearchProgress, now: datetime) -> timedelta:
    """Whatever was written longer ago is in the table."""
    return max(now - progress.complete_to, timedelta())


def is_filled(progress: SearchProgress) -> bool:
    """Whether what was there before the table was is in it."""
    return progress.swept_at is not None


def filled_to(progress: SearchProgress) -> str:
    """How far back it is, while it is filled the first time."""
    moment = progress.swept_to or progress.until
    return zoned(timezone.localtime(moment), _("j M Y, H:i T"))


def said_of(found: Found, words: Sequence[str], now: datetime) -> Iterator[str]:
    """A sentence for each thing that its reader would not think of."""
    yield from short(words)
    if not found.in_time:
        yield _("Not all was looked through: it would take too long. Add a word or a filter.")
    elif not found.whole:
        yield _not_whole(found, words)
    if not found.fresh:
        yield _behind(found.progress, now)
    elif found.progress is not None and not is_filled(found.progress):
        yield _("The past is being added to the search: what is older than %(moment)s is not found yet.") % {
            "moment": filled_to(found.progress)
        }


def short(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        if len(word) < SIGNS:
            yield _(
                "“%(word)s” is found where a word begins with it; from three characters on, within words too."
            ) % {"word": word}
            return


def _not_whole(found: Found, words: Sequence[str]) -> str:
    values = {"words": " ".join(words), "count": number_format(found.newest, force_grouping=True)}
    if found.indexed:
        return (
            _(
                "Too many have “%(words)s”: the newest %(count)s of this list were looked through. Add a "
                "word or a filter."
            )
            % values
        )
    return (
        _(
            "This database finds parts of words in the newest %(count)s of this list alone, and beginnings "
            "in older ones. “manage.py doctor” says what it lacks."
        )
        % values
    )


def _behind(progress: SearchProgress | None, now: datetime) -> str:
    if progress is None:
        return _("Of this list the newest %(count)s are found: the clock has not filled the search yet.") % {
            "count": number_format(FRESH, force_grouping=True)
        }
    return _("Finds what was written up to %(span)s ago, and the newest %(count)s.") % {
        "span": span(lag(progress, now)),
        "count": number_format(FRESH, force_grouping=True),
    }
