"""What can be wrong with a schedule, in a sentence for its followers; and why nothing ran."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.notices import VALUE, declare

CANNOT_RUN = declare(
    "trouble.cannot_run", _("It cannot run: %(why)s"), general=_("It cannot run as it is."), why=VALUE
)
NOT_TAKEN = declare(
    "trouble.not_taken",
    _("No clock has taken its run of %(moment)s."),
    general=_("No clock has taken a run of it."),
    moment=VALUE,
)
FAILED = declare(
    "trouble.failed",
    _("Its run of %(moment)s failed: %(why)s"),
    general=_("Its last run failed."),
    moment=VALUE,
    why=VALUE,
)
PASSED_OVER = declare(
    "trouble.passed_over",
    _("Its run of %(moment)s did not take place: %(why)s"),
    general=_("Its last run did not take place."),
    moment=VALUE,
    why=VALUE,
)
WAITS = declare(
    "trouble.waits",
    _("Its run of %(moment)s waits for a worker."),
    general=_("Its run has waited long for a worker."),
    moment=VALUE,
)
LATE = declare(
    "trouble.late",
    _("Its run of %(moment)s was late."),
    general=_("Its last run was late."),
    moment=VALUE,
)
BROKEN = declare(
    "trouble.promise_broken",
    _("Its promise of %(day)s was broken: %(why)s"),
    general=_("Its promise was broken on the last day of it."),
    day=VALUE,
    why=VALUE,
)
NOBODY_TAKES = declare("night.not_taken", _("No clock has taken it: see whether one is running."))
STILL_GOES_ON = declare("night.goes_on", _("Its job has not ended yet."))
IS_OFF = declare("night.switched_off", _("It is switched off."))
