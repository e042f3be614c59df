"""What the audit log says of the domain's things, and of people who sign in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks_app.notices import PERSON, TECHNICAL, VALUE, declare

# --- Emails -----------------------------------------------------------------------------------------

MESSAGE_ARRIVED = declare("audit.message_arrived", _("Settled: it arrived."))
MESSAGE_LEFT_UNSENT = declare(
    "audit.message_left_unsent", _("Settled: it did not arrive and is left unsent.")
)
MESSAGE_SENT_AGAIN = declare(
    "audit.message_sent_again",
    _("Settled: sent again as %(id)s."),
    general=_("Settled: sent again."),
    id=TECHNICAL,
)
SUPPRESSION_LIFTED = declare("audit.suppression_lifted", _("Lifted: the address gets emails again."))
HOLD_PROBED = declare("audit.hold_probed", _("Tried held emails again."))

# --- Reports ----------------------------------------------------------------------------------------

REPORT_DELETED = declare("audit.report_deleted", _("Deleted."))

# --- Signing in -------------------------------------------------------------------------------------

FACTOR_RESET = declare("audit.second_factor_reset", _("Reset the second factor."))
FACTOR_SET_UP = declare("audit.second_factor_set_up", _("Set up their second factor."))
FACTOR_SWITCHED_OFF = declare("audit.second_factor_off", _("Switched off their second factor."))
CODES_MADE = declare("audit.recovery_codes_made", _("Made new recovery codes."))
LOCK_LIFTED = declare(
    "audit.sign_in_lock_lifted",
    _("Lifted the lock of “%(name)s” from %(address)s."),
    general=_("Lifted a sign-in lock."),
    name=PERSON,
    address=PERSON,
)
GROUPS_CHANGED = declare(
    "audit.groups_by_single_sign_on",
    _("Groups by single sign-on: %(changes)s"),
    general=_("Groups by single sign-on."),
    changes=VALUE,
)
