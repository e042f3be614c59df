"""All checks of an installation: the engine's, and what the domain needs of the world outside."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice import storage as files
from backoffice.demo import demo_users
from backoffice.emails import hold, quota
from backoffice.emails.errors import HoldAll, SendError
from backoffice.emails.ses_errors import advice
from backoffice.encryption import NoKeys
from backoffice.models import Message
from backoffice.questions.asking import runner
from backoffice.questions.errors import NotAnswered
from backoffice.reports import scripts
from backoffice.sign_in import sealed_keys
from backoffice.sign_in.factor import superusers_by_password_alone
from tasks_app.display import capped, count_up_to, first_of
from tasks_app.monitor import health
from tasks_app.monitor.health.checks import Check, Cost, Finding, Guide, degraded, failed, noted, ok
from tasks_app.monitor.health.work import LIMIT
from tasks_app.notices import hint

# Beyond this part of the daily quota, somebody should ask for more.
NEARLY_USED = 0.9
# The audiences of checks. Where somebody could break in is told to who keeps accounts alone.
KEEPS_ACCOUNTS = "auth.view_user"
SEES_MESSAGES = "backoffice.view_message"
SEES_REPORTS = "backoffice.view_report"
SEES_QUESTIONS = "backoffice.review_question"
COMING_IN = Guide("security.md", "Coming in")


def storage(now: datetime) -> Iterator[Finding]:
    """Really write, read and delete a small file where reports go: a folder, or a bucket."""
    try:
        files.probe()
    except files.StorageRefused as error:
        if isinstance(error.__cause__, OSError):
            yield _unwritable(error.__cause__)
        else:
            yield failed(
                _("The storage gave back another file than was written."),
                _("Reports cannot be trusted to it. See the disk or the bucket that holds them."),
            )
    except OSError as error:
        yield _unwritable(error)
    else:
        yield ok(_("Files can be written, read and deleted."))


def _unwritable(error: OSError) -> Finding:
    sentence = _("Files cannot be written: %s.") % (error.strerror or str(error)).rstrip(".")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return failed(
            _("The disk is full: reports and emails cannot be written."),
            _(
                "Free some room, or keep files for a shorter time (RETENTION_REPORTS_DAYS); failed reports "
                "can be run again."
            ),
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return failed(sentence, _("Give the user of the back office the right to write to DATA_DIR."))
    return failed(sentence, _("See the disk, or the bucket, STORAGE_URL and its keys, that hold reports."))


def email(now: datetime) -> Iterator[Finding]:
    """Whether the mail service takes emails, and how much of its daily quota is left."""
    if settings.EMAIL_TRANSPORT == "local":
        sentence = _("Emails are written to the folder %s: nobody receives them.") % settings.OUTBOX_DIR
        if settings.PRODUCTION:
            yield degraded(sentence, _("Set EMAIL_TRANSPORT to ses to send them."))
        else:
            yield noted(sentence)
        return
    try:
        account = quota.ask()
    except HoldAll as error:
        yield failed(
            _("AWS SES takes no emails from us: %s") % error,
            advice(error.provider_code, error.detail),
            "backoffice/message/?state=queued",
        )
        return
    except SendError as error:
        yield failed(
            _("AWS SES cannot be asked: %s") % error,
            _(
                "Emails wait and are tried again. See the network of this host, AWS_REGION and "
                "AWS_ENDPOINT_URL."
            ),
        )
        return
    yield from _quota(account)


def _quota(account: quota.Account) -> Iterator[Finding]:
    if not account.may_send:
        yield failed(
            _("AWS has paused sending for this account."),
            _(
                "AWS wrote to its owner why, mostly for bounces or complaints. Answer them in the AWS "
                "console."
            ),
        )
    elif account.in_sandbox:
        yield degraded(
            _("The SES account is in its sandbox: only verified addresses receive emails."),
            _("Ask for production access in the AWS console."),
        )
    values = {"sent": round(account.sent), "most": round(account.most)}
    sentence = _("AWS SES answers: %(sent)d of %(most)d emails sent in the last 24 hours.") % values
    if account.sent >= account.most * NEARLY_USED:
        yield degraded(sentence, _("The rest of today's emails will wait. Ask AWS for a higher quota."))
    else:
        yield ok(sentence)


def held_emails(now: datetime) -> Iterator[Finding]:
    held = hold.current()
    if held is None:
        yield ok(_("Emails are not held."))
        return
    yield failed(
        _("All emails wait since %(since)s: %(reason)s")
        % {"since": date_format(timezone.localtime(held.since), "Y-m-d H:i"), "reason": hold.told(held)},
        advice(held.error_code, held.reason),
        "backoffice/message/?state=queued",
    )


def unknown_messages(now: datetime) -> Iterator[Finding]:
    count = count_up_to(LIMIT, Message.objects.unknown())
    if not count:
        yield ok(_("No email has an unknown outcome."))
        return
    yield degraded(
        ngettext("%(count)s email may have been sent.", "%(count)s emails may have been sent.", count)
        % {"count": capped(count, LIMIT)},
        _("The provider's answer was lost. Ask the recipient or the provider, then settle it on its page."),
        "backoffice/message/?state=unknown",
    )


def demo_accounts(now: datetime) -> Iterator[Finding]:
    names = ", ".join(user.username for user in demo_users())
    if not names:
        yield ok(_("There are no demo accounts."))
    elif settings.PRODUCTION:
        yield failed(
            _("Demo accounts exist, and their passwords are public: %s.") % names,
            _("Remove them: manage.py demo --remove"),
        )
    else:
        yield noted(_("There are demo accounts (%s), which production must not have.") % names)


def second_factors(now: datetime) -> Iterator[Finding]:
    """Whether a stolen password alone opens everything."""
    names = ", ".join(user.get_username() for user in superusers_by_password_alone())
    sentence = _("A password alone opens the account of these superusers: %s.") % names
    if not names:
        yield ok(_("No password alone opens a superuser's account."))
    elif settings.PRODUCTION:
        remedy = _(
            "They set up a second factor in the menu under their name; a group that asks for it makes them."
        )
        yield degraded(sentence, remedy, "auth/user/?is_superuser__exact=1")
    else:
        yield noted(sentence)


def encryption_keys(now: datetime) -> Iterator[Finding]:
    """Whether second factors can be checked: without the key they are sealed under, nobody passes."""
    try:
        state = sealed_keys.state()
    except NoKeys as error:
        yield failed(
            _("No second factor can be set up or checked, and no link to a new password be sent."), str(error)
        )
        return
    if state.unreadable:
        yield failed(
            _("No key of FIELD_ENCRYPTION_KEYS opens the second factor of: %s.") % first_of(state.unreadable),
            _(
                "They sign in with recovery codes alone. Add the key that was used before behind the first; "
                "where it is lost, reset their second factor on each person’s page."
            ),
            "auth/user/",
        )
    if state.older:
        yield degraded(
            ngettext(
                "%(count)d second factor is sealed under an older key.",
                "%(count)d second factors are sealed under an older key.",
                state.older,
            )
            % {"count": state.older},
            _("Seal them under the first: manage.py reencrypt. Then the older key can go."),
        )
    if not state.unreadable and not state.older:
        yield ok(_("The keys that secrets are sealed under are there."))


def settings_file(now: datetime) -> Iterator[Finding]:
    """It holds passwords and the key that signs sessions. What systemd read for a process, it cannot ask."""
    path = settings.ENV_FILE
    if path.is_file() and path.stat().st_mode & stat.S_IRWXO:
        yield degraded(
            _("Everybody on this machine may read the passwords in %s.") % path,
            _("Take the right from them: chmod o= on that file, and change the passwords in it."),
        )
    else:
        yield ok(_("Passwords lie in no file that everybody on this machine may read."))


def saved_questions(now: datetime) -> Iterator[Finding]:
    """Whether the reporting database answers, by a role that may only read the views, which are there."""
    if not runner.is_on():
        yield noted(_("Nobody can run saved questions: there is no REPORTING_DATABASE_URL."))
        return
    try:
        missing = runner.probe()
    except NotAnswered as error:
        remedy = _("Nobody can run a saved question until that is mended; see saved-questions.md.")
        yield failed(str(error), f"{hint(error.code)} {remedy}".strip())
        return
    if missing:
        yield degraded(
            _("Views that are listed cannot be asked: %s.") % first_of(missing),
            _("Run manage.py reporting_role again, or correct the list (REPORTING_VIEWS_FILE)."),
        )
    else:
        yield ok(_("Saved questions can be asked, by a role that may only read the listed views."))


def letters(now: datetime) -> Iterator[Finding]:
    """Which scripts reports can be printed in by the fonts of this machine; the others come out as boxes."""
    try:
        can, cannot = scripts.printable()
    except OSError:
        yield degraded(
            _("fontconfig is not installed on this machine: a worker here can print no report."),
            _("Install Pango as README.md says, on each host with a worker."),
        )
        return
    said = {"scripts": get_text_list([str(one.name) for one in can], _("and"))}
    if not cannot:
        yield ok(_("Reports can be printed in %(scripts)s.") % said)
        return
    said["others"] = get_text_list([str(one.name) for one in cannot], _("and"))
    said["packages"] = " ".join(scripts.packages_for(cannot))
    yield noted(
        _(
            "Reports can be printed in %(scripts)s; what is written in %(others)s is printed as boxes. On "
            "Debian these have fonts for it: %(packages)s."
        )
        % said
    )


CHECKS = [
    *health.CHECKS,
    Check(
        "held_emails",
        gettext_lazy("Held emails"),
        held_emails,
        SEES_MESSAGES,
        Guide("emails.md", "When the account takes nothing"),
    ),
    Check(
        "unknown_emails",
        gettext_lazy("Emails of unknown outcome"),
        unknown_messages,
        SEES_MESSAGES,
        Guide("emails.md", "What each state means"),
    ),
    Check("demo", gettext_lazy("Demo accounts"), demo_accounts, KEEPS_ACCOUNTS, COMING_IN),
    Check("factors", gettext_lazy("Second factors"), second_factors, KEEPS_ACCOUNTS, COMING_IN),
    Check(
        "encryption_keys",
        gettext_lazy("Encryption keys"),
        encryption_keys,
        KEEPS_ACCOUNTS,
        Guide("backup.md", "Back up"),
    ),
    Check(
        "settings_file",
        gettext_lazy("The file of settings"),
        settings_file,
        KEEPS_ACCOUNTS,
        Guide("security.md", "Files and secrets"),
    ),
    Check(
        "letters",
        gettext_lazy("Letters of reports"),
        letters,
        SEES_REPORTS,
        Guide("operations.md", "With systemd"),
    ),
    Check(
        "saved_questions",
        gettext_lazy("Saved questions"),
        saved_questions,
        SEES_QUESTIONS,
        Guide("saved-questions.md", "Switch them on"),
        Cost.OUTSIDE,
    ),
    Check(
        "storage",
        gettext_lazy("Storage"),
        storage,
        SEES_REPORTS,
        Guide("operations.md", "Several hosts"),
        Cost.OUTSIDE,
    ),
    Check(
        "email",
        gettext_lazy("Sending emails"),
        email,
        SEES_MESSAGES,
        Guide("emails.md", "Setting up SES"),
        Cost.OUTSIDE,
    ),
]
