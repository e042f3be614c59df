"""What a page shows of sizes: the largest tables, the files, and what a week adds to each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice import storage
from backoffice.models import Size
from backoffice.sizes import files, tables

type Text = str | Promise
type Known = dict[tuple[str, str], Size]

SHOWN = 12  # tables; the smaller ones are one line together
WEEK = timedelta(days=7)
PLACES: dict[str, Text] = {
    storage.REPORTS: gettext_lazy("Files of reports"),
    storage.ATTACHMENTS: gettext_lazy("Attachments of emails"),
    storage.LISTS: gettext_lazy("Uploaded lists of people"),
    files.OUTBOX: gettext_lazy("Emails in the outbox folder"),
}


@dataclass(frozen=True)
class Line:
    """One row of the page's table, in words."""

    name: Text
    count: str
    size: str
    growth: str
    detail: str = ""


@dataclass(frozen=True)
class Part:
    """The database, or the files."""

    title: Text
    counted: Text  # what its first column of numbers counts
    lines: list[Line]
    measured_at: datetime | None  # None: not yet
    note: Text = ""


def parts(now: datetime) -> list[Part]:
    latest, week_ago = _kept(now)
    return [_database(now, latest, week_ago), _files(latest, week_ago)]


def _kept(now: datetime) -> tuple[Known, Known]:
    """The last measure of each, and the last one that is a week old."""
    latest: Known = {}
    week_ago: Known = {}
    for one in Size.objects.order_by("day"):
        latest[one.kind, one.name] = one
        if one.day <= timezone.localdate(now - WEEK):
            week_ago[one.kind, one.name] = one
    return latest, week_ago


# --- The database -------------------------------------------------------------------------------


def _database(now: datetime, latest: Known, week_ago: Known) -> Part:
    found = _tables(now, latest)
    title, counted = _("Database"), _("Rows")
    if not found:
        return Part(title, counted, [], None)
    growth = _growth_by(week_ago)
    whole = next(one for one in found if one.kind == Size.Kind.DATABASE)
    measured = sorted(
        (one for one in found if one is not whole), key=lambda one: (-(one.bytes or 0), one.name)
    )
    lines = [_line(_name_of(one.name), one, growth, detail=one.name) for one in measured[:SHOWN]]
    if rest := measured[SHOWN:]:
        lines.append(_together(rest, growth))
    if all(one.bytes is not None for one in measured):
        own = (whole.bytes or 0) - sum(one.bytes or 0 for one in measured)
        lines.append(Line(_("What belongs to no table"), "", _bytes(own), ""))
        note = ""
    else:
        note = _("This SQLite was built without dbstat: it cannot tell which table takes how much.")
    lines.append(_line(_("The database as a whole"), whole, growth))
    return Part(title, counted, lines, whole.measured_at, note)


def _tables(now: datetime, latest: Known) -> list[Size]:
    """As they are now where that is quickly asked, else as they were last measured."""
    if tables.quickly_measured():
        return [
            Size(
                kind=one.kind,
                name=one.name,
                count=one.count,
                bytes=one.bytes,
                certainty=one.certainty,
                measured_at=now,
            )
            for one in tables.measured()
        ]
    return [one for one in _of_last_measure(latest) if one.kind != Size.Kind.FILES]


def _of_last_measure(latest: Known) -> Iterable[Size]:
    """Without what has been dropped since."""
    whole = latest.get((Size.Kind.DATABASE, ""))
    return [one for one in latest.values() if whole and one.measured_at == whole.measured_at]


def _name_of(table: str) -> Text:
    known = {
        model._meta.db_table: model._meta.verbose_name_plural
        for model in apps.get_models(include_auto_created=False)
    }
    return known.get(table) or table


def _together(rest: list[Size], growth: Callable[[Size], int | None]) -> Line:
    count = len(rest)
    grown = [growth(one) for one in rest]
    known = [one for one in grown if one is not None]
    sizes = [one.bytes for one in rest if one.bytes is not None]
    return Line(
        ngettext("%(count)d smaller table", "%(count)d smaller tables", count) % {"count": count},
        "",
        _bytes(sum(sizes)) if len(sizes) == count else _("not told"),
        _growth(sum(known) if len(known) == count else None),
    )


# --- Files --------------------------------------------------------------------------------------


def _files(latest: Known, week_ago: Known) -> Part:
    growth = _growth_by(week_ago)
    found = [(name, latest.get((Size.Kind.FILES, place)), place) for place, name in PLACES.items()]
    known = [(name, one, place) for name, one, place in found if one is not None]
    lines = [_line(name, one, growth, detail=_where(place)) for name, one, place in known]
    oldest = min((one.measured_at for _name, one, _place in known), default=None)
    return Part(_("Stored files"), _("Stored files"), lines, oldest, " ".join(_free()))


def _where(place: str) -> str:
    if place == files.OUTBOX:
        return str(settings.OUTBOX_DIR)
    return f"{settings.STORAGE_URL or settings.MEDIA_ROOT}/{place}"


def _free() -> Iterator[str]:
    """Of the disk of this process, which need not be that of the workers."""
    try:
        free = shutil.disk_usage(Path(settings.DATA_DIR)).free
    except OSError:
        return
    yield _("%(size)s are free on the disk of %(folder)s.") % {
        "size": filesizeformat(free),
        "folder": settings.DATA_DIR,
    }


# --- In words -----------------------------------------------------------------------------------


def _growth_by(week_ago: Known) -> Callable[[Size], int | None]:
    def growth(one: Size) -> int | None:
        then = week_ago.get((one.kind, one.name))
        return one.growth_since(then, WEEK) if then else None

    return growth


def _line(name: Text, one: Size, growth: Callable[[Size], int | None], detail: str = "") -> Line:
    return Line(name, _count(one), _bytes(one.bytes), _growth(growth(one)), detail)


def _count(one: Size) -> str:
    if one.kind == Size.Kind.DATABASE:
        return ""
    if one.count is None:
        return _("not known yet")
    shown = {"count": number_format(one.count, force_grouping=True)}
    if one.certainty == Size.Certainty.ESTIMATED:
        return _("about %(count)s") % shown
    if one.certainty == Size.Certainty.AT_LEAST:
        return _("at least %(count)s") % shown
    return shown["count"]


def _bytes(size: int | None) -> str:
    return _("not told") if size is None else filesizeformat(size)


def _growth(growth: int | None) -> str:
    if growth is None:
        return _("not known yet")
    return f"+{filesizeformat(growth)}" if growth > 0 else filesizeformat(growth)
