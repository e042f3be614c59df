"""Why a run was passed over or held back, and why a fill-in waits or stopped."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tasks_app.notices import PERSON, VALUE, Notice, declare

# --- Pauses -----------------------------------------------------------------------------------------

PAUSED = declare("schedule.paused", _("Paused."))
PAUSED_BECAUSE = declare(
    "schedule.paused_because", _("Paused: %(reason)s"), general=_("Paused."), reason=PERSON
)
PAUSED_UNTIL = declare(
    "schedule.paused_until", _("Paused until %(until)s."), general=_("Paused for a time."), until=VALUE
)
PAUSED_UNTIL_BECAUSE = declare(
    "schedule.paused_until_because",
    _("Paused until %(until)s: %(reason)s"),
    general=_("Paused for a time."),
    until=VALUE,
    reason=PERSON,
)


def paused(until: datetime | None, reason: str) -> Notice:
    if until and reason:
        return PAUSED_UNTIL_BECAUSE(until=until, reason=reason)
    if until:
        return PAUSED_UNTIL(until=until)
    return PAUSED_BECAUSE(reason=reason) if reason else PAUSED()


# --- Quiet periods ----------------------------------------------------------------------------------

QUIET = declare(
    "schedule.quiet",
    _("It fell into the quiet period “%(name)s”, until %(until)s."),
    general=_("It fell into a quiet period."),
    name=VALUE,
    until=VALUE,
)
QUIET_WITHOUT_END = declare(
    "schedule.quiet_without_end",
    _("It fell into the quiet period “%(name)s”, and that never ends: shorten it, or switch it off."),
    general=_("It fell into a quiet period that never ends."),
    hint=_("Shorten the quiet period, or switch it off."),
    name=VALUE,
)
QUIET_UNREADABLE = declare(
    "schedule.quiet_unreadable",
    _("The quiet period “%(name)s” cannot be read (%(error)s): correct it."),
    general=_("A quiet period cannot be read."),
    name=VALUE,
    error=VALUE,
)
RAN_AT_THE_END = declare(
    "slot.ran_at_the_end",
    _("What held it back has ended; of the times meanwhile the last one runs, for %(moment)s."),
    general=_("What held it back has ended; of the times meanwhile the last one runs."),
    moment=VALUE,
)
TOO_MANY_HELD = declare(
    "slot.too_many_held",
    _("What held it back has ended; of the times meanwhile the last %(number)s run."),
    general=_("What held it back has ended; of the times meanwhile only the last run."),
    number=VALUE,
)

# --- What still goes on -----------------------------------------------------------------------------

STILL_GOING = declare(
    "slot.still_going",
    _("The run for %(moment)s was still going, and this schedule skips then."),
    general=_("An earlier run was still going, and this schedule skips then."),
    moment=VALUE,
)
WAITS = declare(
    "slot.waits",
    _("It waits for the end of the run for %(moment)s."),
    general=_("It waits for the end of an earlier run."),
    moment=VALUE,
)
ONE_WAITS = declare(
    "slot.one_waits",
    _("An earlier run was still going and another one waited for it: no more than one waits."),
)
OTHER_GOING = declare(
    "slot.other_going",
    _("“%(schedule)s” of the same group was running, and this schedule skips then."),
    general=_("Another schedule of the same group was running, and this one skips then."),
    schedule=VALUE,
)
WAITS_FOR_OTHER = declare(
    "slot.waits_for_other",
    _("It waits for “%(schedule)s”: of their group one runs at a time."),
    general=_("It waits for another schedule: of their group one runs at a time."),
    schedule=VALUE,
)
# Of slots that wait for a run to end; all others that are held wait for a moment.
WAITING_CODES = frozenset((WAITS.code, WAITS_FOR_OTHER.code))

NOT_BESIDE = declare(
    "schedule.not_beside",
    _(
        "A run of it, for %(moment)s, is still going, and it never runs beside itself: wait for its end, or "
        "cancel that job first."
    ),
    general=_("A run of it is still going, and it never runs beside itself."),
    moment=VALUE,
)
NOT_BESIDE_OTHER = declare(
    "schedule.not_beside_other",
    _(
        "“%(schedule)s” is running, and of their group one runs at a time: wait for its end, or cancel that "
        "job first."
    ),
    general=_("Another schedule of its group is running."),
    schedule=VALUE,
)

# --- Of a schedule that was made a moment ago ---------------------------------------------------------

NOT_SEEN_YET = declare(
    "schedule.not_seen_yet", _("The clock has not seen this schedule yet: try again in a second.")
)

# --- What happened meanwhile ------------------------------------------------------------------------

SWITCHED_OFF = declare("slot.switched_off", _("The schedule was switched off while this was held back."))
SCHEDULE_GONE = declare("slot.schedule_gone", _("The schedule was deleted while this was held back."))

# --- Fill-ins ----------------------------------------------------------------------------

FILL_STOPPED = declare(
    "schedule.fill_in_stopped", _("Stopped by %(person)s."), general=_("Stopped."), person=PERSON
)
FILL_TOO_MANY = declare(
    "schedule.fill_in_too_many",
    _("These are more than %(most)s times. Choose a shorter span, and fill in the rest after it."),
    general=_("These are too many times."),
    most=VALUE,
)
FILL_TOO_OLD = declare(
    "schedule.fill_in_too_old",
    _(
        "What came of its times is kept for %(days)s days: before %(first)s nobody knows any more what ran. "
        "Choose a later beginning."
    ),
    general=_("What came of these times is not kept any more."),
    days=VALUE,
    first=VALUE,
)
FILL_UNDER_WAY = declare(
    "schedule.fill_in_under_way", _("Another fill-in of this schedule is under way: wait for it, or stop it.")
)
