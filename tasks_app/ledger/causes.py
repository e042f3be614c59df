"""Why jobs end or wait, where it is the engine that says so."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.errors import CANCELLED
from tasks_app.notices import PERSON, TECHNICAL, VALUE, declare

STOPPED = CANCELLED

# --- The worker, the database ---------------------------------------------------------------------

WORKER_DIED = declare(
    "worker.died",
    "%(detail)s",
    general=_("The worker's process ended while it ran this job."),
    hint=_("Where it happens again, look for lack of memory on the worker's host."),
    detail=TECHNICAL,
)
WORKER_SILENT = declare(
    "worker.silent",
    _("Its worker %(worker)s stopped answering."),
    general=_("Its worker stopped answering."),
    hint=_("See whether the worker's host runs, and reaches the database."),
    worker=TECHNICAL,
)
WORKER_STOPPED = declare("worker.stopped", _("Its worker was told to stop while it ran."))
WORKER_LOST = declare(
    "worker.lost",
    _("The worker was lost %(count)d times while running this job. %(reason)s"),
    general=_("The worker was lost while running this job, and it is not tried again."),
    hint=_("See what ends workers (memory, the host), then run the job again."),
    count=VALUE,
    reason=TECHNICAL,
)
DATABASE_WENT_AWAY = declare("database.went_away", _("The database went away while it ran."))
NO_ROOM = declare(
    "worker.no_room",
    _(
        "The machine that ran it has no room left for the files that it works with (%(error)s). Ask whoever "
        "runs this site to free some, then run it again."
    ),
    general=_("The machine that ran it had no room left for the files that it works with."),
    hint=_("Ask whoever runs this site to free some room there, then run it again."),
    error=TECHNICAL,
)
TIME_LIMIT = declare(
    "job.time_limit",
    _("The job took longer than its time limit and was stopped."),
    hint=_("Run it again; if it happens again, ask for less at once."),
)

# --- What the job itself, or its message, says ------------------------------------------------------

ASKED_TO_RETRY = declare("job.asked_to_retry", _("It asked to be tried again."))
NOTHING_TO_DO = declare("job.nothing_to_do", _("The job itself said that there is nothing to do."))
PART_FAILED = declare(
    "job.part_failed",
    _("A job that this one waited for failed: %(detail)s"),
    general=_("A job that this one waited for failed."),
    hint=_("Mend what the other job says, then launch both again."),
    detail=TECHNICAL,
)
NOT_KNOWN_YET = declare(
    "job.not_known_yet",
    _("No worker that runs knows this job yet: %(name)s. It waits for one."),
    general=_("No worker that runs knows this job yet."),
    hint=_("Update and restart the workers."),
    name=TECHNICAL,
)
NOT_PUBLISHABLE = declare(
    "job.not_publishable",
    _("Its stored message cannot be published (%(error)s)."),
    general=_("Its stored message cannot be published."),
    hint=_("Cancel it, and launch it anew."),
    error=TECHNICAL,
)

MESSAGE_REFUSED = declare(
    "message.refused",
    _(
        "A message from the queue “%(queue)s” could not become a job: %(reason)s Nothing of it ran. "
        "Whoever sent it should correct it and send it again; what arrived is kept with this job."
    ),
    general=_("A message that arrived could not become a job."),
    hint=_("Whoever sent it should correct it and send it again."),
    queue=TECHNICAL,
    reason=TECHNICAL,
)

# --- Why a job is not run again, or what waits behind it does not go on --------------------------------

ALL_THE_SAME = _("Where it is to be repeated, say so: run it again all the same.")
RERUN_SUCCEEDED = declare(
    "rerun.succeeded",
    _("It was run again already, with success, as %(id)s."),
    general=_("It was run again already, with success."),
    hint=ALL_THE_SAME,
    id=TECHNICAL,
)
RERUN_WAITS = declare(
    "rerun.waits",
    _("It was run again already: %(id)s waits to start."),
    general=_("It was run again already, and that waits to start."),
    hint=ALL_THE_SAME,
    id=TECHNICAL,
)
RERUN_RUNS = declare(
    "rerun.runs",
    _("It was run again already: %(id)s is running."),
    general=_("It was run again already, and that is running."),
    hint=ALL_THE_SAME,
    id=TECHNICAL,
)
RERUN_UNKNOWN = declare(
    "rerun.unknown",
    _("It was run again already: nobody knows yet what became of %(id)s."),
    general=_("It was run again already, and nobody knows yet what became of it."),
    hint=_("Settle that one first."),
    id=TECHNICAL,
)
WENT_ON = declare(
    "rerun.went_on",
    _("What waited behind it went on already, after %(id)s."),
    general=_("What waited behind it went on already."),
    id=TECHNICAL,
)
GOES_ON_LATER = declare(
    "rerun.goes_on_later",
    _("What waited behind it goes on when %(id)s succeeds."),
    general=_("What waited behind it goes on when another re-run succeeds."),
    id=TECHNICAL,
)
STANDS_ALONE = declare(
    "rerun.stands_alone",
    _("What waited behind it is a job of its own, %(id)s, which has ended: run that again afterwards."),
    general=_("What waited behind it is a job of its own, which has ended."),
    id=TECHNICAL,
)
PARTS_RUN = declare(
    "rerun.parts_run",
    _(
        "It is a part of a chord whose other parts have not all ended. Run it again once they have, for "
        "what waits to go on."
    ),
)
PARTS_FORGOTTEN = declare(
    "rerun.parts_forgotten",
    _(
        "It is a part of a chord whose other results are no longer kept: what waited for them cannot go on. "
        "Launch the whole anew."
    ),
)

# --- Messages that can become no job ----------------------------------------------------------------

NO_TASK_OF_THAT_NAME = declare(
    "message.task_unknown",
    _("No worker here knows a task called “%(name)s”. Once one does, it can be run again."),
    general=_("No worker here knows a task of that name."),
    name=TECHNICAL,
)
NAMES_NO_TASK = declare("message.names_no_task", _("It names no task."))
ID_OF_ANOTHER = declare(
    "message.id_of_another",
    _("Its id, %(id)s, is that of another job. Each needs its own."),
    general=_("Its id is that of another job."),
    id=TECHNICAL,
)
AMONG_THE_NOTES = declare(
    "message.among_the_notes", _("It lay among the broker's notes of messages that workers have taken.")
)
BODY_ENDS_EARLY = declare("message.body_ends_early", _("Its compressed body ends before its time."))
NO_MESSAGE = declare(
    "message.no_message",
    _("It is not built as Celery builds a message, of headers, properties and a body (%(error)s)."),
    general=_("It is not built as Celery builds a message."),
    error=TECHNICAL,
)

# --- What no row keeps as it is ---------------------------------------------------------------------

KEEP_IT_ELSEWHERE = _("Keep what is large in a file or a row, and hand over where it is.")
ARGUMENTS_UNSTORABLE = declare(
    "value.arguments_unstorable",
    _("%(job)s, its arguments: %(problem)s"),
    general=_("The arguments of a job cannot be kept as they are."),
    hint=_("Correct what launches it."),
    job=TECHNICAL,
    problem=VALUE,
)
MESSAGE_UNSTORABLE = declare(
    "value.message_unstorable",
    _("%(job)s, its message: %(problem)s"),
    general=_("The message of a job cannot be kept as it is."),
    hint=_("Correct what launches it."),
    job=TECHNICAL,
    problem=VALUE,
)
BODY_TOO_LARGE = declare(
    "value.body_too_large",
    _("Its body is larger than %(limit)s."),
    general=_("The body of a message is larger than what is kept."),
    hint=KEEP_IT_ELSEWHERE,
    limit=VALUE,
)
RESULT_TOO_LARGE = declare(
    "value.result_too_large",
    _(
        "Its result takes %(size)s, and what follows can be handed at most %(most)s (JOB_VALUE_MAX_KB). "
        "Keep it in a file or a row, and return where it is."
    ),
    general=_("Its result is larger than what can be handed to what follows."),
    hint=KEEP_IT_ELSEWHERE,
    size=VALUE,
    most=VALUE,
)
TOO_LARGE = declare(
    "value.too_large",
    _(
        "It takes %(size)s as JSON, and at most %(most)s are kept (JOB_VALUE_MAX_KB). Keep what is "
        "large in a file or a row, and hand over where it is."
    ),
    general=_("A value is larger than what is kept (JOB_VALUE_MAX_KB)."),
    hint=KEEP_IT_ELSEWHERE,
    size=VALUE,
    most=VALUE,
)
TOO_DEEP = declare(
    "value.too_deep",
    _("It is nested more than %(most)d levels deep. Hand over what it is about, not all of it."),
    general=_("A value is nested too deep."),
    hint=_("Hand over what it is about, not all of it."),
    most=VALUE,
)
KEY_IS_NO_TEXT = declare(
    "value.key_is_no_text",
    _(
        "A dictionary has the key %(key)s, and the keys of JSON are texts: it would come "
        "back as another. Write it as a text."
    ),
    general=_("A dictionary has a key that is no text."),
    hint=_("Write it as a text."),
    key=VALUE,
)
TAG_UNREADABLE = declare(
    "value.tag_unreadable",
    _("A dictionary of “__type__” and “__value__” stands for a date, a UUID …, and this one cannot be read."),
    hint=_("Correct what launches it."),
)
HOLDS_NUL = declare(
    "value.holds_nul",
    _("%(where)s holds the character NUL, which no database keeps. Leave it out."),
    general=_("A text holds the character NUL, which no database keeps."),
    hint=_("Leave it out."),
    where=TECHNICAL,
)
HOLDS_HALF = declare(
    "value.holds_half_a_character",
    _(
        "%(where)s holds half a character (a lone surrogate, as of an emoji that was cut in two): "
        "surrogates not allowed. Cut between characters."
    ),
    general=_("A text holds half a character."),
    hint=_("Cut between characters."),
    where=TECHNICAL,
)
NOT_FINITE = declare(
    "value.not_finite",
    _("%(where)s is not a finite number, and not JSON compliant. Hand over a number, or nothing."),
    general=_("A number is not finite."),
    hint=_("Hand over a number, or nothing."),
    where=TECHNICAL,
)
LONG_NUMBER = declare(
    "value.long_number",
    _("%(where)s is a number of more than 4,000 digits. Hand it over as a text."),
    general=_("A number has more than 4,000 digits."),
    hint=_("Hand it over as a text."),
    where=TECHNICAL,
)
NO_JSON = declare(
    "value.no_json",
    _("It cannot be kept as JSON: %(error)s"),
    general=_("A value cannot be kept as JSON."),
    hint=_("Correct what launches it."),
    error=TECHNICAL,
)
NOT_JSON = declare(
    "job.serializer_unsupported",
    _("%(name)s: jobs are kept as JSON; serializer=%(serializer)s cannot be used."),
    general=_("A job was published in another form than JSON."),
    hint=_("Publish it as JSON."),
    name=TECHNICAL,
    serializer=TECHNICAL,
)
NO_MOMENT = declare(
    "job.moment_unreadable",
    _("“%(value)s” is no moment in ISO 8601, such as 2026-03-29T02:30:00+01:00."),
    general=_("A job was published for a moment that cannot be read."),
    hint=_("Write the moment as ISO 8601 has it, with its zone."),
    value=VALUE,
)

# --- What people did ------------------------------------------------------------------------------

CANCELLED_WAITING = declare(
    "job.cancelled_before_start",
    _("Cancelled by %(person)s before it started."),
    general=_("Cancelled by a person before it started."),
    person=PERSON,
)
CANCELLED_WAITING_BY_CODE = declare(
    "job.cancelled_before_start_by_code", _("Cancelled by a program before it started.")
)
CANCELLED_WAITING_BECAUSE = declare(
    "job.cancelled_before_start_because",
    _("Cancelled by %(person)s before it started: %(reason)s"),
    general=_("Cancelled by a person before it started."),
    person=PERSON,
    reason=PERSON,
)
# Of a job that runs, and then of its end where it stopped.
ASKED_TO_STOP = declare(
    "job.asked_to_stop",
    _("%(person)s asked it to stop."),
    general=_("A person asked it to stop."),
    person=PERSON,
)
ASKED_TO_STOP_BECAUSE = declare(
    "job.asked_to_stop_because",
    _("%(person)s asked it to stop: %(reason)s"),
    general=_("A person asked it to stop."),
    person=PERSON,
    reason=PERSON,
)
# Of a run of a schedule whose policy is that the next one stops it.
MAKES_WAY = declare(
    "job.makes_way",
    _("It made way for the next run of its schedule, which stops what is still going."),
    hint=_("Where that is a mistake, change what the schedule does if its last run is still going."),
)
STOPPED_BY_FORCE = declare(
    "job.stopped_by_force", _("It was asked to stop, did not, and was stopped by force.")
)
STOPPED_BY_FORCE_AS_ASKED = declare(
    "job.stopped_by_force_as_asked",
    _("It did not stop when it was asked to, and was stopped by force. %(asked)s"),
    general=_("It was asked to stop, did not, and was stopped by force."),
    asked=PERSON,
)
EXPIRED = declare("job.expired", _("It expired before it could start."))
REVOKED = declare(
    "job.revoked",
    _("It was revoked: %(reason)s"),
    general=_("It was revoked."),
    reason=TECHNICAL,
)
REVOKED_WITHOUT_REASON = declare("job.revoked_without_reason", _("It was revoked."))
SETTLED = declare(
    "job.settled",
    _("Settled by %(person)s."),
    general=_("A person said what became of it."),
    person=PERSON,
)
SETTLED_BY_CODE = declare("job.settled_by_code", _("Settled by a program."))
SETTLED_WITH_A_NOTE = declare(
    "job.settled_with_note",
    "%(note)s",
    general=_("A person said what became of it."),
    note=PERSON,
)

# --- Schedules ------------------------------------------------------------------------------------------

RAN_LONG = declare(
    "slot.ran_long",
    _("It ran for %(minutes)s minutes: longer than the %(most)s that its schedule allows."),
    general=_("It ran longer than its schedule allows."),
    minutes=VALUE,
    most=VALUE,
)
PAUSED_AFTER_FAILURES = declare(
    "schedule.paused_after_failures",
    _("Paused by itself: its last %(count)s runs failed. Mend what fails, then resume it."),
    general=_("Paused by itself: its last runs failed."),
    hint=_("Mend what fails, then resume it."),
    count=VALUE,
)
