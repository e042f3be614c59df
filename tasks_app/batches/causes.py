"""Why a batch stopped, waits or leaves a job out, where it is the batch that says so."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.errors import CodedError
from tasks_app.notices import TECHNICAL, VALUE, declare

# --- What it was made of ------------------------------------------------------------------------------

OF_CAUSE = declare(
    "batch.of_cause",
    _("%(kind)s, failed: %(cause)s"),
    general=_("Failures of one cause"),
    kind=VALUE,
    cause=VALUE,
)
OF_TICKED = declare(
    "batch.of_ticked", _("Ticked in the list: %(count)s"), general=_("Ticked in the list"), count=VALUE
)
OF_LIST = declare(
    "batch.of_list", _("All that match: %(filters)s"), general=_("All that match a list"), filters=VALUE
)
OF_ALL = declare("batch.of_all", _("All jobs"))

# --- Why it stopped or waits ----------------------------------------------------------------------------

SAME_CAUSE_RETURNED = declare(
    "batch.same_cause_returned",
    _(
        "Of the canary's %(launched)s, %(failed)s failed again with the same cause. The rest was not "
        "launched: mend the cause first, then begin a batch of what is left."
    ),
    general=_("The canary failed again with the same cause: the rest was not launched."),
    launched=VALUE,
    failed=VALUE,
)
CANARY_UNKNOWN = declare(
    "batch.canary_unknown",
    _(
        "Of the canary's %(launched)s, nobody knows what became of %(unknown)s. Find out and settle them; "
        "then go on, or stop."
    ),
    general=_("Nobody knows yet what became of the canary."),
    launched=VALUE,
    unknown=VALUE,
)
CANARY_ASKS = declare(
    "batch.canary_asks",
    _("The canary's %(launched)s ended, %(succeeded)s with success. Go on, or stop?"),
    general=_("The canary ended, and waits for a person's word."),
    launched=VALUE,
    succeeded=VALUE,
)
JOB_ENDED = declare(
    "batch.job_ended",
    _("The job that works on it ended: %(why)s Nothing is lost: let it go on when that is mended."),
    general=_("The job that works on it ended before it was done."),
    why=VALUE,
)

# --- Of one job -----------------------------------------------------------------------------------------

SUCCEEDED_ITSELF = declare("batch.item_succeeded", _("It succeeded itself."))
NOT_ENDED = declare("batch.item_not_ended", _("It has not ended."))
NO_FIELD = declare(
    "batch.item_has_no_field",
    _("Its form has no “%(name)s” that could be changed."),
    general=_("Its form does not have the argument that is changed."),
    name=VALUE,
)

CANNOT_BE_LAUNCHED = declare(
    "batch.item_cannot_be_launched",
    _("It cannot be launched (%(error)s)."),
    general=_("It cannot be launched."),
    error=TECHNICAL,
)

# --- The job that works on it -------------------------------------------------------------------------------

GOES_ON = declare("batch.goes_on", _("It gave way to other jobs, and goes on in a moment."))
AWAITS = declare("batch.awaits", _("It waits for the outcome of jobs that it launched."))
SORTING = declare("batch.sorting", _("Sorting"))
LAUNCHING = declare("batch.launching", _("Launching"))


class GivesWay(CodedError):
    """The batch is not done: its job sleeps, so that others have the worker meanwhile."""
