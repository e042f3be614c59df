"""What the audit log says of the engine's things; of a form's fields tasks_app/audit/changes.py does."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.audit.entries import read as read
from tasks_app.audit.entries import written as written
from tasks_app.notices import PERSON, TECHNICAL, VALUE, Notice, declare

# --- Jobs and queues --------------------------------------------------------------------------------

LAUNCHED = declare("audit.job_launched", _("Launched."))
RUN_AGAIN = declare("audit.job_run_again", _("Run again as %(id)s."), general=_("Run again."), id=TECHNICAL)
RUN_AGAIN_ALL_THE_SAME = declare(
    "audit.job_run_again_all_the_same",
    _("Run again all the same, as %(id)s."),
    general=_("Run again all the same."),
    id=TECHNICAL,
)
CANCELLED = declare("audit.job_cancelled", _("Cancelled."))
ASKED_TO_STOP = declare("audit.job_asked_to_stop", _("Asked to stop."))
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


def paused(reason: str) -> Notice:
    return PAUSED_BECAUSE(reason=reason) if reason else PAUSED()


RESUMED = declare("audit.queue_resumed", _("Resumed."))

# Of many at once: never of one, which is said as above.
JOBS_RUN_AGAIN = declare(
    "audit.jobs_run_again", _("Ran %(count)s jobs again."), general=_("Ran jobs again."), count=VALUE
)
JOBS_CANCELLED = declare(
    "audit.jobs_cancelled", _("Cancelled %(count)s jobs."), general=_("Cancelled jobs."), count=VALUE
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
# Its form is none of Django's. Older rows have SCHEDULE_CHANGED, which names the fields alone.
SCHEDULE_EDITED = declare(
    "audit.schedule_edited",
    _("Changed. %(fields)s %(rhythm)s"),
    general=_("Changed."),
    fields=PERSON,
    rhythm=VALUE,
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
