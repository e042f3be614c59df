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
NEVER_COMES = declare(
    "schedule.never_comes",
    _("This rhythm never comes: in the ten years to come no day and time match all of it. Choose others."),
)
NO_SUCH_NTH = declare(
    "schedule.no_such_nth",
    _("A month has no more than %(most)s of these: choose an earlier one, or the last."),
    general=_("A month has fewer of these."),
    most=TECHNICAL,
    field=TECHNICAL,
)
SPAN_OVER_MIDNIGHT = declare(
    "schedule.span_over_midnight",
    _("This is before it begins. Over midnight, make two schedules: one until 23:59, one from 00:00."),
    general=_("This is before it begins."),
    field=TECHNICAL,
)
PHRASE_TOO_LONG = declare(
    "schedule.phrase_too_long",
    _("A rhythm is said in %(most)s characters at most: write it shorter."),
    general=_("The phrase is too long."),
    most=TECHNICAL,
)
WORDS_NOT_UNDERSTOOD = declare(
    "schedule.words_not_understood",
    _(
        "“%(words)s” was not understood: say it as “every Monday at 8” or “the last day of the month at "
        "18:00”."
    ),
    general=_("Some of the words were not understood."),
    words=VALUE,
)
NO_DAYS_IN_PHRASE = declare(
    "schedule.phrase_without_days",
    _("It does not say on which days: “every day at 8”, “every Monday at 8”, “the 1st of the month at 8”."),
)
NO_STEP_IN_PHRASE = declare(
    "schedule.phrase_without_step",
    _("It does not say how often between these times: “every 15 minutes between 8:00 and 18:00”."),
)
NO_SUCH_TIME = declare(
    "schedule.no_such_time",
    _("“%(time)s” is no time of a day: write one from 0:00 to 23:59."),
    general=_("This is no time of a day."),
    time=VALUE,
)
TIME_AND_STEP = declare(
    "schedule.time_and_step",
    _("It says both how often and at what time: say one of them, or “every 2 hours between 8 and 18”."),
)
TOO_MUCH_IN_PHRASE = declare(
    "schedule.too_much_in_phrase",
    _("This is more than one rhythm: make a schedule of each, or fill in the fields of a crontab."),
)
CRON_OF_SIX = declare(
    "schedule.cron_of_six",
    _(
        "These are %(count)s fields, and a crontab has five: minute, hour, day of the month, month, day of "
        "the week. Leave out the seconds or the year."
    ),
    general=_("A crontab has five fields."),
    count=TECHNICAL,
)
RULE_UNREADABLE = declare(
    "schedule.rule_unreadable",
    _("What its rhythm leaves out or moves cannot be read: choose anew when it runs."),
)
NO_SUCH_CALENDAR = declare(
    "schedule.calendar_gone",
    _("There is no calendar “%(name)s” here: add it, or choose another one."),
    general=_("Its calendar is not known here."),
    name=VALUE,
)
VALUE_UNREADABLE = declare(
    "schedule.value_unreadable",
    _("“%(value)s” cannot be read as its field “%(field)s”."),
    general=_("A field of it cannot be read."),
    hint=CORRECT_IT,
    value=VALUE,
    field=TECHNICAL,
)
ARGUMENTS_NOT_KEPT = declare(
    "schedule.arguments_not_kept",
    _("The arguments of this version could not be read, and among them are secrets: they were not kept."),
)
NAME_TAKEN = declare(
    "schedule.name_taken",
    _("Another schedule is named “%(name)s” now: rename that one first."),
    general=_("Another schedule has its name now."),
    name=VALUE,
)
REFUSED_BY_ITS_ROW = declare(
    "schedule.refused_by_its_row",
    _("It cannot be saved like this: %(error)s"),
    general=_("It cannot be saved like this."),
    error=VALUE,
)
BEYOND_RETENTION = declare(
    "schedule.beyond_retention",
    _(
        "What came of its times is kept for %(days)s days, and the change was made before, on %(since)s: "
        "nobody can say any more which runs are missing."
    ),
    general=_("The change was made before what is still kept."),
    days=TECHNICAL,
    since=VALUE,
)
TOO_MANY_TO_UNDO = declare(
    "schedule.too_many_to_undo",
    _("More than %(most)s times lie between: run again what is still needed, one by one."),
    general=_("Too many times lie between."),
    most=TECHNICAL,
)
SECRETS_NOT_IN_FILE = declare(
    "schedule.secrets_not_in_file",
    _(
        "No file has its secret arguments (%(names)s), and here they are not, or were given for other "
        "arguments: add or change this schedule on its page."
    ),
    general=_("No file has its secret arguments."),
    names=TECHNICAL,
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

# --- Its owner --------------------------------------------------------------------------------------

HAND_IT_OVER = _("Hand it over to somebody who may launch its job.")
OWNER_LEFT = declare(
    "schedule.owner_left", _("Its owner has left, and it runs with its owner's rights."), hint=HAND_IT_OVER
)
OWNER_MAY_NOT = declare(
    "schedule.owner_may_not", _("Its owner may not launch its job any more."), hint=HAND_IT_OVER
)

# --- What came of its slots ---------------------------------------------------------------------------

RAN_LATE = declare("slot.ran_late", SlotReason.RAN_LATE.label)
RAN_ANOTHER = declare(
    "slot.ran_another",
    SlotReason.RAN_ANOTHER.label,
    general=_("No clock was running in time; the schedule ran for a later time instead."),
    moment=VALUE,
)
PASSED_OVER = declare("slot.passed_over", SlotReason.PASSED_OVER.label)
OVERTAKEN = declare(
    "slot.overtaken",
    _("The schedule was changed before a clock took this time. What else was due until then is not listed."),
)
UNLISTED = declare(
    "slot.unlisted",
    SlotReason.UNLISTED.label,
    general=_("No clock was running from here on; what was missed until then is not listed."),
    moment=VALUE,
)
