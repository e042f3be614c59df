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

# --- Audiences -------------------------------------------------------------------------------------

CHOSEN = declare(
    "audit.audience_chosen",
    _("Added %(count)s recipients to it."),
    general=_("Added recipients to it."),
    count=VALUE,
)
UNCHOSEN = declare(
    "audit.audience_unchosen",
    _("Took %(count)s recipients out of it."),
    general=_("Took recipients out of it."),
    count=VALUE,
)
AUDIENCE_UPLOADED = declare(
    "audit.audience_uploaded",
    _("Made of the file “%(file)s”, with %(count)s people."),
    general=_("Made of a file."),
    file=PERSON,
    count=VALUE,
)

# --- Mailings ---------------------------------------------------------------------------------------

MAILING_TAKEN_DOWN = declare("audit.mailing_taken_down", _("Had its audience taken down."))
MAILING_APPROVED = declare(
    "audit.mailing_approved",
    _("Approved it (%(digest)s)."),
    general=_("Approved it."),
    digest=VALUE,
)
MAILING_APPROVAL_WITHDRAWN = declare("audit.mailing_approval_withdrawn", _("Withdrew its approval."))
MAILING_SENT = declare(
    "audit.mailing_sent",
    _("Had it sent to %(count)s people."),
    general=_("Had it sent."),
    count=VALUE,
)
MAILING_PAUSED = declare("audit.mailing_paused", _("Paused it."))
MAILING_RESUMED = declare("audit.mailing_resumed", _("Resumed it."))
MAILING_STOPPED = declare("audit.mailing_stopped", _("Stopped it for good."))

# --- Reports ----------------------------------------------------------------------------------------

REPORT_DELETED = declare(
    "audit.report_deleted_because", _("Deleted. %(reason)s"), general=_("Deleted."), reason=PERSON
)
# As it was said before a reason was asked for.
REPORT_DELETED_BEFORE = declare("audit.report_deleted", _("Deleted."))
REPORT_HELD = declare(
    "audit.report_held",
    _("Put under legal hold. %(reason)s"),
    general=_("Put under legal hold."),
    reason=PERSON,
)
MADE_AGAIN = declare("audit.report_made_again", _("Had it made again from its snapshot."))
REPORT_RELEASED = declare(
    "audit.report_released",
    _("Released from legal hold. %(reason)s"),
    general=_("Released from legal hold."),
    reason=PERSON,
)
MADE_FAVOURITE = declare("audit.report_favourite", _("Made it a favourite."))
NO_FAVOURITE = declare("audit.report_no_favourite", _("Took it from the favourites."))

# --- Subscriptions ----------------------------------------------------------------------------------

SUBSCRIBED = declare(
    "audit.subscribed",
    _("Subscribed. %(rhythm)s Readers: %(readers)s"),
    general=_("Subscribed."),
    rhythm=VALUE,
    readers=PERSON,
)
SUBSCRIPTION_CHANGED = declare(
    "audit.subscription_changed",
    _("Changed the subscription. %(rhythm)s Readers: %(readers)s"),
    general=_("Changed the subscription."),
    rhythm=VALUE,
    readers=PERSON,
)
SUBSCRIPTION_ENDED = declare("audit.subscription_ended", _("Ended it."))
SUBSCRIPTION_GOES_ON = declare("audit.subscription_goes_on", _("Let it go on."))
SUBSCRIPTION_KEPT = declare("audit.subscription_kept", _("Kept it, though nobody read the last ones."))
SUBSCRIPTION_LEFT = declare("audit.subscription_left", _("Asked to get it no more."))
SUBSCRIPTION_HANDED_OVER = declare(
    "audit.subscription_handed_over",
    _("Handed it over to %(to)s."),
    general=_("Handed it over."),
    to=PERSON,
)

# --- Commands in a shell ----------------------------------------------------------------------------

BACKED_UP = declare(
    "audit.backed_up",
    _("Wrote a backup with everything there is: %(folder)s"),
    general=_("Wrote a backup with everything there is."),
    folder=TECHNICAL,
)
RESTORED = declare(
    "audit.restored",
    _("Restored what version %(version)s had at %(made_at)s, from %(folder)s"),
    general=_("Restored a backup."),
    version=VALUE,
    made_at=VALUE,
    folder=TECHNICAL,
)
RESEALED = declare(
    "audit.resealed",
    _("Sealed the keys of second factors under the first key: %(count)s anew."),
    general=_("Sealed the keys of second factors anew."),
    count=VALUE,
)
SEEDED = declare(
    "audit.seeded", _("Made what was absent: %(names)s"), general=_("Made what was absent."), names=VALUE
)
DEMO_MADE = declare(
    "audit.demo_made", _("Made demo accounts: %(names)s"), general=_("Made demo accounts."), names=PERSON
)
DEMO_REMOVED = declare(
    "audit.demo_removed",
    _("Removed demo accounts: %(names)s"),
    general=_("Removed demo accounts."),
    names=PERSON,
)
FIRST_SUPERUSER = declare("audit.first_superuser", _("Made the first superuser."))
HISTORY_MADE = declare(
    "audit.history_made",
    _("Made an invented past of %(days)s days and %(jobs)s jobs."),
    general=_("Made an invented past."),
    days=VALUE,
    jobs=VALUE,
)

# --- What leaves the house ---------------------------------------------------------------------------

DOWNLOADED = declare(
    "audit.downloaded", _("Downloaded %(file)s."), general=_("Downloaded a file."), file=PERSON
)
READ = declare("audit.downloaded_to_read", _("Opened it to read."))
EXPORTED = declare(
    "audit.exported",
    _("Exported %(count)s rows. Filters: %(filters)s"),
    general=_("Exported rows."),
    count=VALUE,
    filters=TECHNICAL,
)

# --- Saved questions --------------------------------------------------------------------------------

QUESTION_WRITTEN = declare(
    "audit.question_written",
    _("Wrote version %(number)s of the question."),
    general=_("Wrote a version of a question."),
    number=VALUE,
)
QUESTION_APPROVED = declare(
    "audit.question_approved",
    _("Approved version %(number)s, by %(author)s. %(note)s"),
    general=_("Approved a version of a question."),
    number=VALUE,
    author=PERSON,
    note=PERSON,
)
QUESTION_SENT_BACK = declare(
    "audit.question_sent_back",
    _("Sent version %(number)s back, by %(author)s. %(note)s"),
    general=_("Sent a version of a question back."),
    number=VALUE,
    author=PERSON,
    note=PERSON,
)
QUESTION_WITHDRAWN = declare(
    "audit.question_withdrawn",
    _("Withdrew the question. %(reason)s"),
    general=_("Withdrew a question."),
    reason=PERSON,
)
QUESTION_ASKED = declare(
    "audit.question_asked",
    _("Asked version %(number)s on its page."),
    general=_("Asked a question on its page."),
    number=VALUE,
)

# --- Signing in -------------------------------------------------------------------------------------

PASSWORD_CHANGED = declare("audit.password_changed", _("Changed their password."))
PASSWORD_CHOSEN = declare(
    "audit.password_chosen_by_link", _("Chose a new password, by a link that was sent.")
)
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
