"""What the audit log says of the engine's things; of a form's fields tasks_app/audit/changes.py does."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tasks_app.audit.entries import read as read
from tasks_app.audit.entries import written as written
from tasks_app.display import Text
from tasks_app.notices import PERSON, TECHNICAL, VALUE, Notice, Wording, declare

# --- Jobs and queues --------------------------------------------------------------------------------

LAUNCHED = declare("audit.job_launched", _("Launched."))
RUN_AGAIN = declare("audit.job_run_again", _("Run again as %(id)s."), general=_("Run again."), id=TECHNICAL)
RUN_AGAIN_ALL_THE_SAME = declare(
    "audit.job_run_again_all_the_same",
    _("Run again all the same, as %(id)s."),
    general=_("Run again all the same."),
    id=TECHNICAL,
)
CORRECTED = declare(
    "audit.job_corrected",
    _("Corrected and run again as %(id)s. %(fields)s"),
    general=_("Corrected and run again."),
    id=TECHNICAL,
    fields=PERSON,
)
CORRECTED_ALL_THE_SAME = declare(
    "audit.job_corrected_all_the_same",
    _("Corrected and run again all the same, as %(id)s. %(fields)s"),
    general=_("Corrected and run again all the same."),
    id=TECHNICAL,
    fields=PERSON,
)
CANCELLED = declare("audit.job_cancelled", _("Cancelled."))
ASKED_TO_STOP = declare("audit.job_asked_to_stop", _("Asked to stop."))
CANCELLED_BECAUSE = declare(
    "audit.job_cancelled_because", _("Cancelled: %(reason)s"), general=_("Cancelled."), reason=PERSON
)
ASKED_TO_STOP_BECAUSE = declare(
    "audit.job_asked_to_stop_because",
    _("Asked to stop: %(reason)s"),
    general=_("Asked to stop."),
    reason=PERSON,
)
# By what `control.cancel` answers: without a reason, and with one.
OF_CANCELLING = {"cancelled": (CANCELLED, CANCELLED_BECAUSE), "asked": (ASKED_TO_STOP, ASKED_TO_STOP_BECAUSE)}


def cancelling(answer: str, reason: str) -> Notice:
    plain, because = OF_CANCELLING[answer]
    return because(reason=reason) if reason else plain()


SETTLED = declare(
    "audit.job_settled",
    _("Settled as %(state)s. %(note)s"),
    general=_("Settled."),
    state=VALUE,
    note=PERSON,
)
PAUSED = declare("audit.queue_paused", _("Paused."))
PAUSED_BECAUSE = declare(
    "audit.queue_paused_because", _("Paused: %(reason)s"), general=_("Paused."), reason=PERSON
)
PAUSED_UNTIL = declare(
    "audit.queue_paused_until", _("Paused until %(until)s."), general=_("Paused."), until=VALUE
)
PAUSED_UNTIL_BECAUSE = declare(
    "audit.queue_paused_until_because",
    _("Paused until %(until)s: %(reason)s"),
    general=_("Paused."),
    until=VALUE,
    reason=PERSON,
)


def pausing(reason: str, until: datetime | None) -> Notice:
    """What is said of a pause that somebody began."""
    if until and reason:
        return PAUSED_UNTIL_BECAUSE(until=until, reason=reason)
    if until:
        return PAUSED_UNTIL(until=until)
    return PAUSED_BECAUSE(reason=reason) if reason else PAUSED()


PAUSE_CHANGED = declare(
    "audit.queue_pause_changed",
    _("Changed the pause. %(pause)s"),
    general=_("Changed the pause."),
    pause=PERSON,
)
RESUMED = declare("audit.queue_resumed", _("Resumed."))
WORKER_TO_FINISH = declare("audit.worker_to_finish", _("Asked to finish and stop."))
WORKER_TO_FINISH_BECAUSE = declare(
    "audit.worker_to_finish_because",
    _("Asked to finish and stop: %(reason)s"),
    general=_("Asked to finish and stop."),
    reason=PERSON,
)
WORKER_TO_GO_ON = declare("audit.worker_to_go_on", _("Let it go on: it takes jobs again."))

# Of many at once: never of one, which is said as above.
JOBS_RUN_AGAIN = declare(
    "audit.jobs_run_again", _("Ran %(count)s jobs again."), general=_("Ran jobs again."), count=VALUE
)
JOBS_CANCELLED = declare(
    "audit.jobs_cancelled", _("Cancelled %(count)s jobs."), general=_("Cancelled jobs."), count=VALUE
)
JOBS_CANCELLED_BECAUSE = declare(
    "audit.jobs_cancelled_because",
    _("Cancelled %(count)s jobs: %(reason)s"),
    general=_("Cancelled jobs."),
    count=VALUE,
    reason=PERSON,
)
JOBS_SETTLED = declare(
    "audit.jobs_settled",
    _("Settled %(count)s jobs as %(state)s. %(note)s"),
    general=_("Settled jobs."),
    count=VALUE,
    state=VALUE,
    note=PERSON,
)

# --- Commands in a shell ----------------------------------------------------------------------------

CLEANED_UP = declare(
    "audit.cleaned_up",
    _("Removed what is older than its retention: %(count)s rows and files."),
    general=_("Removed what is older than its retention."),
    count=VALUE,
)
RECONCILED = declare(
    "audit.reconciled", _("Did one tick of the clock: jobs made, published and taken back as it finds them.")
)

# --- Batches ----------------------------------------------------------------------------------------

BATCH_BEGUN = declare(
    "audit.batch_begun",
    _("Began a batch of %(count)s jobs: %(what)s"),
    general=_("Began a batch of jobs."),
    count=VALUE,
    what=PERSON,
)
BATCH_STARTED = declare("audit.batch_started", _("Started the batch."))
BATCH_STARTED_INCLUDING = declare(
    "audit.batch_started_including",
    _("Started the batch, with what had been left out (%(classes)s): %(reason)s"),
    general=_("Started the batch, with what had been left out."),
    classes=VALUE,
    reason=PERSON,
)
BATCH_PAUSED = declare("audit.batch_paused", _("Paused the batch."))
BATCH_RESUMED = declare("audit.batch_resumed", _("Had the batch go on."))
BATCH_STOPPED = declare("audit.batch_stopped", _("Stopped the batch."))
BATCH_ITEM_CORRECTED = declare(
    "audit.batch_item_corrected",
    _("Corrected the arguments of the job %(job)s."),
    general=_("Corrected the arguments of one job."),
    job=TECHNICAL,
)
JOBS_EXPORTED = declare(
    "audit.jobs_exported",
    _("Exported %(count)s jobs as %(format)s: %(filter)s."),
    general=_("Exported a list of jobs."),
    count=VALUE,
    format=VALUE,
    filter=PERSON,
)

# --- Schedules --------------------------------------------------------------------------------------

SCHEDULE_ADDED = declare("audit.schedule_added", _("Added. %(rhythm)s"), general=_("Added."), rhythm=VALUE)
SCHEDULE_CHANGED = declare(
    "audit.schedule_changed",
    _("Changed (%(fields)s). %(rhythm)s"),
    general=_("Changed."),
    fields=VALUE,
    rhythm=VALUE,
)
SCHEDULE_DELETED = declare(
    "audit.schedule_deleted", _("Deleted. %(rhythm)s"), general=_("Deleted."), rhythm=VALUE
)
SCHEDULE_ON = declare("audit.schedule_switched_on", _("Switched on."))
SCHEDULE_OFF = declare("audit.schedule_switched_off", _("Switched off."))
SCHEDULE_RUN = declare(
    "audit.schedule_run_now", _("Run now as job %(id)s."), general=_("Run now."), id=TECHNICAL
)
SCHEDULE_RUN_CHANGED = declare(
    "audit.schedule_run_changed",
    _("Run once with other arguments, as job %(id)s."),
    general=_("Run once with other arguments."),
    id=TECHNICAL,
)
SCHEDULE_PAUSED = declare("audit.schedule_paused", "%(pause)s", general=_("Paused."), pause=PERSON)
SCHEDULE_RESUMED = declare("audit.schedule_resumed", _("Resumed."))
FILL_IN_BEGUN = declare(
    "audit.schedule_fill_in_begun",
    _("Began to fill in %(count)s past times, from %(first)s to %(last)s, %(pace)s a minute."),
    general=_("Began to fill in past times."),
    count=VALUE,
    first=VALUE,
    last=VALUE,
    pace=VALUE,
)
FILL_IN_STOPPED = declare(
    "audit.schedule_fill_in_stopped",
    _("Stopped filling in past times, after %(done)s of %(total)s."),
    general=_("Stopped filling in past times."),
    done=VALUE,
    total=VALUE,
)
# Its form is none of Django's. Older rows have SCHEDULE_CHANGED, which names the fields alone.
SCHEDULE_EDITED = declare(
    "audit.schedule_edited",
    _("Changed. %(fields)s %(rhythm)s"),
    general=_("Changed."),
    fields=PERSON,
    rhythm=VALUE,
)
SCHEDULES_RETIMED = declare(
    "audit.schedules_retimed",
    _("Changed the timing of %(count)s schedules. %(rhythm)s"),
    general=_("Changed the timing of schedules."),
    count=VALUE,
    rhythm=VALUE,
)
PROMISE_GIVEN = declare(
    "audit.schedule_promised",
    _("Promised: %(promise)s."),
    general=_("Promised by when it is done."),
    promise=VALUE,
)
PROMISE_TAKEN_BACK = declare("audit.schedule_promise_taken_back", _("Took the promise back."))
HANDED_OVER = declare(
    "audit.schedule_handed_over",
    _("Handed over to %(owner)s."),
    general=_("Handed over."),
    owner=PERSON,
)
GIVEN_TO_THE_SYSTEM = declare("audit.schedule_given_to_the_system", _("Handed over to the system."))
FOLLOWED = declare("audit.schedule_followed", _("Follows it."))
LEFT = declare("audit.schedule_not_followed", _("Follows it no longer."))
FEED_GIVEN = declare("audit.schedule_feed_given", _("Made an address for a calendar of schedules."))
FEED_TAKEN_BACK = declare(
    "audit.schedule_feed_taken_back", _("Took an address for a calendar of schedules back.")
)
SCHEDULES_ON = declare(
    "audit.schedules_switched_on",
    _("Switched %(count)s schedules on."),
    general=_("Switched schedules on."),
    count=VALUE,
)
SCHEDULES_OFF = declare(
    "audit.schedules_switched_off",
    _("Switched %(count)s schedules off."),
    general=_("Switched schedules off."),
    count=VALUE,
)
SCHEDULES_RUN = declare(
    "audit.schedules_run_now",
    _("Ran %(count)s schedules now."),
    general=_("Ran schedules now."),
    count=VALUE,
)
SCHEDULES_PAUSED = declare(
    "audit.schedules_paused",
    _("Paused %(count)s schedules. %(pause)s"),
    general=_("Paused schedules."),
    count=VALUE,
    pause=PERSON,
)
SCHEDULES_RESUMED = declare(
    "audit.schedules_resumed",
    _("Resumed %(count)s schedules."),
    general=_("Resumed schedules."),
    count=VALUE,
)

SCHEDULE_PUT_BACK = declare(
    "audit.schedule_put_back",
    _("Put back version %(number)s. %(rhythm)s"),
    general=_("Put back an earlier version."),
    number=VALUE,
    rhythm=VALUE,
)
SCHEDULE_PUT_BACK_BECAUSE = declare(
    "audit.schedule_put_back_because",
    _("Put back version %(number)s: %(reason)s. %(rhythm)s"),
    general=_("Put back an earlier version."),
    number=VALUE,
    reason=PERSON,
    rhythm=VALUE,
)
SCHEDULE_MADE_UP = declare(
    "audit.schedule_made_up",
    _("Made up for %(count)s of its times."),
    general=_("Made up for times of it."),
    count=VALUE,
)
SCHEDULE_IMPORTED = declare(
    "audit.schedule_imported", _("Imported. %(rhythm)s"), general=_("Imported."), rhythm=VALUE
)
SCHEDULES_IMPORTED = declare(
    "audit.schedules_imported",
    _("Imported %(count)s schedules."),
    general=_("Imported schedules."),
    count=VALUE,
)
SCHEDULES_EXPORTED = declare(
    "audit.schedules_exported",
    _("Exported %(count)s schedules."),
    general=_("Exported schedules."),
    count=VALUE,
)
CALENDAR_IMPORTED = declare("audit.calendar_imported", _("Imported."))

# --- Causes of failures -----------------------------------------------------------------------------


def _of_cause(
    code: str, one: Text, general: Text, many: Text, many_in_general: Text
) -> tuple[Wording, Wording]:
    """What is said of one cause, with its author's note, and of many at once."""
    return (
        declare(f"audit.cause_{code}", one, general=general, note=PERSON),
        declare(f"audit.causes_{code}", many, general=many_in_general, count=VALUE),
    )


CAUSE_KNOWN, CAUSES_KNOWN = _of_cause(
    "known",
    _("Said to be known. %(note)s"),
    _("Said to be known."),
    _("Said of %(count)s causes that they are known."),
    _("Said of causes that they are known."),
)
CAUSE_REPAIRED, CAUSES_REPAIRED = _of_cause(
    "repaired",
    _("Said to be repaired. %(note)s"),
    _("Said to be repaired."),
    _("Said of %(count)s causes that they are repaired."),
    _("Said of causes that they are repaired."),
)
CAUSE_IGNORED, CAUSES_IGNORED = _of_cause(
    "ignored",
    _("Ignored from now on. %(note)s"),
    _("Ignored from now on."),
    _("Ignored %(count)s causes."),
    _("Ignored causes."),
)
CAUSE_OPENED, CAUSES_OPENED = _of_cause(
    "opened",
    _("Opened again. %(note)s"),
    _("Opened again."),
    _("Opened %(count)s causes again."),
    _("Opened causes again."),
)

# --- Alerts -----------------------------------------------------------------------------------------

ALERT_TESTED = declare("audit.alert_tested", _("Sent a test notice."))
