"""Why a promise was broken on a day, and what kept it where that is not plain."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.notices import VALUE, declare

LATE = declare(
    "promise.late",
    _("Its run of %(moment)s was done at %(done)s."),
    general=_("Its run was done too late."),
    moment=VALUE,
    done=VALUE,
)
UNFINISHED = declare(
    "promise.unfinished",
    _("Its run of %(moment)s had not ended by then."),
    general=_("Its run had not ended by then."),
    moment=VALUE,
)
FAILED = declare(
    "promise.failed",
    _("Its run of %(moment)s failed: %(why)s"),
    general=_("Its run failed."),
    moment=VALUE,
    why=VALUE,
)
PASSED_OVER = declare(
    "promise.passed_over",
    _("Its run of %(moment)s did not take place: %(why)s"),
    general=_("Its run did not take place."),
    moment=VALUE,
    why=VALUE,
)
SWITCHED_OFF = declare("promise.switched_off", _("It was switched off, so that nothing ran."))
CANNOT_RUN = declare("promise.cannot_run", _("It cannot run as it is, so that nothing ran."))
NOT_TAKEN = declare(
    "promise.not_taken",
    _("No clock had taken its run of %(moment)s by then."),
    general=_("No clock had taken its run by then."),
    moment=VALUE,
)
NOTHING_DUE = declare(
    "promise.nothing_due", _("No run of it was due by then: its rhythm does not reach each of these days.")
)
RUN_AGAIN = declare(
    "promise.run_again",
    _("Its run of %(moment)s failed, and was run again in time."),
    general=_("A run failed, and was run again in time."),
    moment=VALUE,
)
