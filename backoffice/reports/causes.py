"""Why a report was not made, and how far one is."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.notices import VALUE, declare

UNKNOWN_REPORT = declare(
    "report.unknown",
    _("There is no report called “%(slug)s”. There are: %(known)s."),
    general=_("There is no report of that name."),
    hint=_("Choose one of the reports on offer, in the schedule too."),
    mends="arguments",
    slug=VALUE,
    known=VALUE,
)
UNKNOWN_PARAMETER = declare(
    "report.parameter_unknown",
    _("The report “%(report)s” has no parameter %(unknown)s. It takes: %(known)s."),
    general=_("A report was ordered with a parameter that it does not have."),
    hint=_("Order it anew by its form."),
    mends="arguments",
    report=VALUE,
    unknown=VALUE,
    known=VALUE,
)
WRONG_PARAMETERS = declare(
    "report.parameters_invalid",
    _("The report “%(report)s” cannot be made. %(complaints)s"),
    general=_("A report was ordered with parameters that do not fit."),
    hint=_("Correct them on the job's page, then run it again."),
    mends="arguments",
    report=VALUE,
    complaints=VALUE,
)

# --- Periods --------------------------------------------------------------------------------------

NO_SUCH_PERIOD = declare("report.period_unknown", _("Choose one of the periods on offer."), mends="arguments")
NO_FIRST_DAY = declare(
    "report.period_without_start",
    _("Give the first day: a period between two dates starts with it."),
    mends="arguments",
)
NO_SUCH_CALENDAR = declare(
    "report.calendar_unknown",
    _(
        "There is no calendar called “%(name)s”, which says what the last working day is here. "
        "Ask whoever runs this site to correct REPORT_CALENDAR, or choose another period."
    ),
    general=_("The calendar that says which days are worked is not there."),
    hint=_("Ask whoever runs this site to correct REPORT_CALENDAR, or choose another period."),
    mends="arguments",
    name=VALUE,
)
NO_WORKING_DAY = declare(
    "report.no_working_day",
    _("The calendar “%(name)s” has no working day within the last year. Choose another period."),
    general=_("The calendar has no working day within a year."),
    hint=_("Choose another period, or correct the calendar."),
    mends="arguments",
    name=VALUE,
)
TOO_LONG_AGO = declare(
    "report.period_too_long_ago", _("This is too long ago: choose a year from 1900 on."), mends="arguments"
)
ENDS_BEFORE_IT_STARTS = declare(
    "report.period_reversed",
    _("The period ends before it starts. Give a last day that is not before the first."),
    mends="arguments",
)
STARTS_IN_THE_FUTURE = declare(
    "report.period_starts_in_future",
    _("The first day is in the future, where nothing has happened yet. Choose an earlier day."),
    mends="arguments",
)
ENDS_IN_THE_FUTURE = declare(
    "report.period_ends_in_future",
    _("The last day is in the future. Choose today or an earlier day."),
    mends="arguments",
)
TOO_LONG = declare(
    "report.period_too_long",
    _("This period is longer than %(days)d days. Order it in several shorter reports."),
    general=_("The period is longer than one report may cover."),
    hint=_("Order it in several shorter reports."),
    mends="arguments",
    days=VALUE,
)

# --- Progress -------------------------------------------------------------------------------------

WRITING_ROWS = declare("report.writing_rows", _("Writing the rows"))
COLLECTING = declare("report.collecting", _("Collecting the figures"))
TYPESETTING = declare("report.typesetting", _("Typesetting"))
STORING = declare("report.storing", _("Storing the file"))
