"""Why a schedule cannot run, and why a slot came out as it did."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.models import SlotReason
from tasks_app.notices import TECHNICAL, VALUE, declare

CORRECT_IT = _("Correct the schedule on its page.")

# --- Its job ----------------------------------------------------------------------------------------

ARGS_NO_LIST = declare(
    "schedule.args_unreadable", _("Its positional arguments are not a JSON list."), hint=CORRECT_IT
)
KWARGS_NO_OBJECT = declare(
    "schedule.kwargs_unreadable", _("Its arguments are not a JSON object."), hint=CORRECT_IT
)
HEADERS_NO_OBJECT = declare(
    "schedule.headers_unreadable", _("Its message headers are not a JSON object."), hint=CORRECT_IT
)
ARGUMENTS_NOT_TAKEN = declare(
    "schedule.arguments_not_taken",
    _("The job does not take these arguments: %(error)s."),
    general=_("The job does not take the schedule's arguments."),
    hint=CORRECT_IT,
    error=TECHNICAL,
)
NO_FORM = declare("schedule.form_missing", _("The job has no form for these arguments: choose the job anew."))
ARGUMENTS_REFUSED = declare(
    "schedule.arguments_refused",
    _("The job does not accept these arguments: %(error)s"),
    general=_("The job does not accept the schedule's arguments."),
    hint=CORRECT_IT,
    error=VALUE,
)

ARGUMENTS_UNSTORABLE = declare(
    "schedule.arguments_unstorable",
    _("Its arguments or headers hold what no job can keep (%(error)s): correct them."),
    general=_("Its arguments or headers hold what no job can keep."),
    hint=CORRECT_IT,
    error=TECHNICAL,
)
CANNOT_BE_DEALT_WITH = declare(
    "schedule.cannot_be_dealt_with",
    _("It cannot be dealt with as it is (%(error)s). Correct it, or delete it and add it anew."),
    general=_("It cannot be dealt with as it is."),
    hint=_("Correct it, or delete it and add it anew."),
    error=TECHNICAL,
)

# --- Its rhythm -------------------------------------------------------------------------------------

NO_RHYTHM = declare("schedule.rhythm_missing", _("It has no rhythm: choose when it runs."))
TWO_RHYTHMS = declare("schedule.rhythm_twice", _("It has more than one rhythm: keep one of them."))
NO_UNIT = declare("schedule.interval_without_unit", _("Its interval has no unit such as hours: choose one."))
TOO_LONG = declare("schedule.interval_too_long", _("Its interval is longer than a hundred years."))
TOO_SHORT = declare(
    "schedule.interval_too_short",
    _("Its interval is shorter than a second: the clock looks once a second."),
)
NO_EPHEM = declare(
    "schedule.solar_package_missing",
    _("Solar schedules need the Python package “ephem”: install the project's requirements again."),
)
NO_SUCH_EVENT = declare(
    "schedule.solar_event_unknown",
    _("Its solar event cannot be followed: %(error)s."),
    general=_("Its solar event cannot be followed."),
    hint=CORRECT_IT,
    error=TECHNICAL,
)
NO_SUCH_DAY = declare(
    "schedule.day_never_comes",
    _("Day %(days)s never comes in the chosen months: choose another day, or other months."),
    general=_("The chosen day never comes in the chosen months."),
    hint=CORRECT_IT,
    days=VALUE,
    field=TECHNICAL,
)
NO_SUCH_ZONE = declare(
    "schedule.zone_unknown",
    _("“%(zone)s” is no time zone that is known here: choose another one."),
    general=_("Its time zone is not known here."),
    hint=CORRECT_IT,
    zone=VALUE,
    field=TECHNICAL,
)
UNREADABLE = {
    field: declare(
        f"schedule.{field}_unreadable",
        sentence,
        general=_("A field of its crontab cannot be read."),
        hint=CORRECT_IT,
        value=VALUE,
        field=TECHNICAL,
    )
    for field, sentence in {
        "minute": _(
            "“%(value)s” cannot be read as minutes: write numbers from 0 to 59, a range such as “0-29”, "
            "“*/15” or “*”, with commas between them."
        ),
        "hour": _(
            "“%(value)s” cannot be read as hours: write numbers from 0 to 23, a range such as “8-18”, "
            "“*/2” or “*”, with commas between them."
        ),
        "day_of_month": _(
            "“%(value)s” cannot be read as days of the month: write numbers from 1 to 31, a range such as "
            "“1-7” or “*”, with commas between them."
        ),
        "month_of_year": _(
            "“%(value)s” cannot be read as months: write numbers from 1 to 12, a range such as “1-6” or “*”, "
            "with commas between them."
        ),
        "day_of_week": _(
            "“%(value)s” cannot be read as days of the week: write numbers from 0 (Sunday) to 6, a range "
            "such as “mon-fri” or “*”, with commas between them."
        ),
    }.items()
}

# --- What came of its slots ---------------------------------------------------------------------------

RAN_LATE = declare("slot.ran_late", SlotReason.RAN_LATE.label)
RAN_ANOTHER = declare(
    "slot.ran_another",
    SlotReason.RAN_ANOTHER.label,
    general=_("No clock was running in time; the schedule ran for a later time instead."),
    moment=VALUE,
)
PASSED_OVER = declare("slot.passed_over", SlotReason.PASSED_OVER.label)
UNLISTED = declare(
    "slot.unlisted",
    SlotReason.UNLISTED.label,
    general=_("No clock was running from here on; what was missed until then is not listed."),
    moment=VALUE,
)
