"""What the audit log keeps of an action: a notice, said to each reader in their language.

Django keeps JSON of its own forms ("Changed Name.") in the same column, and says "No fields changed." of any
other. So its LogEntry asks here first, on every page that shows one: ours, and each object's history.
"""

from __future__ import annotations

import json

from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _

from tasks_app.notices import PERSON, TECHNICAL, VALUE, Notice, declare

KEY = "notice"

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
RESUMED = declare("audit.queue_resumed", _("Resumed."))

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


def written(what: Notice) -> str:
    """As the column keeps it: a list, as Django's own, to which others may add."""
    return json.dumps([{KEY: {"code": what.code, "params": dict(what.params)}}])


def read(change_message: str) -> list[Notice]:
    """The notices of an entry; none of one that Django or an older version wrote."""
    if not change_message.startswith("["):
        return []
    try:
        kept = [one[KEY] for one in json.loads(change_message) if KEY in one]
        return [Notice(str(one["code"]), dict(one["params"])) for one in kept]
    except (ValueError, TypeError, KeyError):
        return []


_as_django_says = LogEntry.get_change_message


def get_change_message(self: LogEntry) -> str:
    """What was done, in the reader's language."""
    notices = read(self.change_message)
    return " ".join(str(one) or one.in_general for one in notices) or _as_django_says(self)


LogEntry.get_change_message = get_change_message  # type: ignore[method-assign]  # see above
