"""What cannot be read of a calendar."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.notices import TECHNICAL, VALUE, Notice, declare


class InvalidCalendar(ValueError):
    """Its days cannot be told: why, as a notice."""

    def __init__(self, notice: Notice) -> None:
        super().__init__(str(notice))
        self.notice = notice


NO_SUCH_COUNTRY = declare(
    "calendar.country_unknown",
    _("No public holidays are known of the country “%(country)s”: choose another one in its calendar."),
    general=_("No public holidays are known of its country."),
    country=VALUE,
    field=TECHNICAL,
)
NO_SUCH_REGION = declare(
    "calendar.region_unknown",
    _("“%(region)s” is no region of %(country)s whose public holidays are known: choose another one."),
    general=_("No public holidays are known of its region."),
    region=VALUE,
    country=VALUE,
    field=TECHNICAL,
)
NO_SUCH_WEEKEND = declare(
    "calendar.weekend_unreadable",
    _("“%(value)s” cannot be read as a weekend: choose one anew in its calendar."),
    general=_("The weekend of its calendar cannot be read."),
    value=VALUE,
)
LINE_IS_NO_DAY = declare(
    "calendar.line_unreadable",
    _(
        "Line %(number)s (“%(line)s”) does not begin with a day: write one as “2026-12-24 Christmas Eve”, or "
        "several as “2026-08-03 – 2026-08-21 Summer closing”."
    ),
    general=_("A line of its calendar does not begin with a day."),
    number=TECHNICAL,
    line=VALUE,
)
NO_SUCH_DATE = declare(
    "calendar.no_such_date",
    _("There is no %(text)s (line %(number)s): write another day."),
    general=_("A day of its calendar does not exist."),
    number=TECHNICAL,
    text=VALUE,
)
SPAN_ENDS_FIRST = declare(
    "calendar.span_ends_first",
    _("Line %(number)s (“%(line)s”) ends before it begins: write the earlier day first."),
    general=_("A line of its calendar ends before it begins."),
    number=TECHNICAL,
    line=VALUE,
)
SPAN_TOO_LONG = declare(
    "calendar.span_too_long",
    _("Line %(number)s is longer than %(most)s days: write it as several lines."),
    general=_("A line of its calendar is too long."),
    number=TECHNICAL,
    most=TECHNICAL,
)
TOO_MANY_DAYS = declare(
    "calendar.too_many_days",
    _("These are %(lines)s lines or more, and a calendar takes %(most)s: leave out those of past years."),
    general=_("Its calendar has too many lines."),
    lines=TECHNICAL,
    most=TECHNICAL,
)
OFF_AND_ON = declare(
    "calendar.off_and_on",
    _("%(day)s is a day off and a working day at once: keep it in one of the two lists."),
    general=_("A day of its calendar is off and worked at once."),
    day=VALUE,
)
NO_ICS = declare(
    "calendar.ics_unreadable",
    _("This is no ICS file that can be read: export the calendar anew, as iCalendar (.ics)."),
)
ICS_TOO_LARGE = declare(
    "calendar.ics_too_large",
    _("The file is larger than %(most)s kB: export fewer years, or only the days off."),
    general=_("The file is too large."),
    most=TECHNICAL,
)
ICS_IS_EMPTY = declare(
    "calendar.ics_empty", _("There is no day from last year on in this file: choose another one.")
)
ICS_REPEATS_TOO_MUCH = declare(
    "calendar.ics_repeats_too_much",
    _("More than %(most)s events of the file are repeated: export the days one by one, or fewer of them."),
    general=_("Too many events of the file are repeated."),
    most=TECHNICAL,
)
ICS_REPEATS_WITHIN_A_DAY = declare(
    "calendar.ics_repeats_within_a_day",
    _("“%(name)s” is repeated within a day, which no day off is: take it out of the file."),
    general=_("An event of the file is repeated within a day."),
    name=VALUE,
)
