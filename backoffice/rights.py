"""What a group may do, in words people choose from: each right stands for the permissions it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Permission
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Text = str | Promise

RHYTHMS = ("crontabschedule", "intervalschedule", "clockedschedule", "solarschedule")


@dataclass(frozen=True)
class Right:
    key: str
    label: Text
    permissions: frozenset[str]  # "app.codename"


def _all_of(app: str, verbs: str, *models: str) -> list[str]:
    return [f"{app}.{verb}_{model}" for model in models for verb in verbs.split()]


def _right(key: str, label: Text, *permissions: str) -> Right:
    return Right(key, label, frozenset(permissions))


SECTIONS: list[tuple[Text, list[Right]]] = [
    (
        _("Work"),
        [
            _right(
                "see-jobs",
                _("See jobs and their attempts"),
                "tasks_app.view_job",
                "tasks_app.view_jobattempt",
            ),
            _right("launch", _("Launch jobs and send emails"), "tasks_app.launch_job"),
            _right("rerun", _("Run jobs again"), "tasks_app.rerun_job"),
            _right("see-batches", _("See batches"), "tasks_app.view_batch"),
            _right(
                "batch",
                _("Run many jobs again as a batch"),
                *_all_of("tasks_app", "view add", "batch"),
                "tasks_app.rerun_job",
                "tasks_app.view_job",
            ),
            _right("cancel", _("Cancel jobs"), "tasks_app.cancel_job"),
            _right("settle", _("Settle jobs of unknown outcome"), "tasks_app.settle_job"),
            _right("export-jobs", _("Export lists of jobs"), "tasks_app.export_job"),
            _right("share-searches", _("Share saved searches of jobs"), "tasks_app.share_search"),
            _right(
                "see-results",
                _("See results"),
                *_all_of("django_celery_results", "view", "taskresult", "groupresult"),
            ),
            _right(
                "see-queues",
                _("See queues and workers"),
                *_all_of("tasks_app", "view", "queuestate", "node"),
            ),
            _right("pause", _("Pause and resume queues"), "tasks_app.pause_queue"),
            _right("stop-workers", _("Ask workers to finish and stop"), "tasks_app.stop_worker"),
        ],
    ),
    (
        _("Schedules"),
        [
            _right(
                "see-schedules",
                _("See schedules and what came of them"),
                *_all_of("django_celery_beat", "view", "periodictask", *RHYTHMS),
                *_all_of("tasks_app", "view", "scheduleoptions", "slot", "calendar", "quietperiod"),
            ),
            _right(
                "edit-schedules",
                _("Add, change and delete schedules"),
                *_all_of("django_celery_beat", "view add change delete", "periodictask"),
                *_all_of("django_celery_beat", "view add change", *RHYTHMS),
                *_all_of("tasks_app", "view add change", "scheduleoptions"),
            ),
            _right(
                "keep-calendars",
                _("Keep the calendars of working days"),
                *_all_of("tasks_app", "view add change delete", "calendar"),
            ),
            _right(
                "keep-quiet-periods",
                _("Keep the quiet periods, in which schedules make no jobs"),
                *_all_of("tasks_app", "view add change delete", "quietperiod"),
            ),
            _right("run-schedules", _("Run schedules now"), "tasks_app.run_schedule"),
            _right("pause-schedules", _("Pause and resume schedules"), "tasks_app.pause_schedule"),
            _right("fill-in-schedules", _("Fill in past times of schedules"), "tasks_app.fill_in_schedule"),
        ],
    ),
    (
        _("Emails"),
        [
            _right(
                "see-messages",
                _("See messages"),
                *_all_of("backoffice", "view", "message", "attachment"),
            ),
            _right("settle-messages", _("Settle messages of unknown outcome"), "backoffice.settle_message"),
            _right(
                "probe-held-emails",
                _("Try held emails again at once"),
                "backoffice.probe_sendinghold",
            ),
            _right("see-suppressions", _("See suppressed addresses"), "backoffice.view_suppression"),
            _right(
                "lift-suppressions",
                _("Let suppressed addresses get emails again"),
                *("backoffice.view_suppression", "backoffice.lift_suppression"),
            ),
            _right(
                "see-recipients",
                _("See recipients"),
                *_all_of("backoffice", "view", "recipient", "recipientfield", "tag"),
            ),
            _right(
                "edit-recipients",
                _("Add, change, import and delete recipients"),
                *_all_of("backoffice", "view add change delete", "recipient"),
            ),
            _right(
                "edit-recipient-fields",
                _("Keep the fields and tags of recipients"),
                *_all_of("backoffice", "view add change delete", "recipientfield", "tag"),
            ),
            _right("see-audiences", _("See audiences and who is in them"), "backoffice.view_audience"),
            _right(
                "edit-audiences",
                _("Add, change and delete audiences"),
                *_all_of("backoffice", "view add change delete", "audience"),
            ),
            _right(
                "see-mailings", _("See mailings and what became of each person"), "backoffice.view_mailing"
            ),
            _right(
                "compose-mailings",
                _("Make mailings and take down their audiences"),
                *_all_of("backoffice", "view add change", "mailing"),
                "backoffice.view_audience",
            ),
            _right(
                "approve-mailings",
                _("Approve mailings of others"),
                *("backoffice.view_mailing", "backoffice.approve_mailing"),
            ),
            _right(
                "send-mailings",
                _("Send mailings, pause, resume and stop them"),
                *("backoffice.view_mailing", "backoffice.send_mailing"),
            ),
            _right(
                "see-templates",
                _("See email templates"),
                *_all_of("backoffice", "view", "emailtemplate", "templatevariable"),
            ),
            _right(
                "edit-templates",
                _("Add, change and delete email templates"),
                *_all_of("backoffice", "view add change delete", "emailtemplate", "templatevariable"),
            ),
        ],
    ),
    (
        _("Reports"),
        [
            _right("see-reports", _("See and download reports"), "backoffice.view_report"),
            _right("order-reports", _("Order reports"), "backoffice.order_report"),
            _right("see-subscriptions", _("See one’s subscriptions"), "backoffice.view_subscription"),
            _right(
                "subscribe",
                _("Subscribe to reports, for oneself and others"),
                *_all_of("backoffice", "view add", "subscription"),
                "backoffice.order_report",
                "backoffice.view_report",
            ),
            _right(
                "share-reports",
                _("Have reports sent to addresses outside"),
                "backoffice.share_report",
                "backoffice.view_subscription",
            ),
            _right(
                "keep-subscriptions",
                _("Change, end and hand over the subscriptions of others"),
                "backoffice.keep_subscription",
                "backoffice.view_subscription",
            ),
            _right(
                "run-questions",
                _("Run saved questions"),
                "backoffice.view_question",
                "backoffice.run_question",
                "backoffice.order_report",
                "backoffice.view_report",
            ),
            _right(
                "write-questions",
                _("Write saved questions in SQL"),
                "backoffice.view_question",
                "backoffice.add_question",
            ),
            _right(
                "review-questions",
                _("Review the saved questions of others"),
                "backoffice.view_question",
                "backoffice.review_question",
            ),
            _right("hold-reports", _("Put reports under legal hold"), "backoffice.hold_report"),
        ],
    ),
    (
        _("Administration"),
        [
            _right(
                "set-alerts",
                _("See and set alert rules"),
                *_all_of("tasks_app", "view add change delete", "alertrule"),
            ),
            _right("see-log", _("See the audit log"), "admin.view_logentry"),
            _right("see-sign-ins", _("See sign-ins"), "backoffice.view_signin"),
            _right(
                "lift-locks",
                _("See and lift sign-in locks"),
                "backoffice.view_signinlock",
                "backoffice.lift_signinlock",
            ),
            _right("choose-look", _("Choose how reports look"), "backoffice.change_reportlook"),
            _right("see-settings", _("See settings and retention"), "backoffice.view_installation"),
            _right("see-users", _("See users and groups"), *_all_of("auth", "view", "user", "group")),
            _right(
                "edit-users",
                _("Add and change users and groups"),
                *_all_of("auth", "view add change", "user", "group"),
            ),
        ],
    ),
]
RIGHTS: list[Right] = [right for _section, rights in SECTIONS for right in rights]
_KNOWN = frozenset().union(*(right.permissions for right in RIGHTS))


def rights_among(permissions: Iterable[Permission]) -> list[Right]:
    """The rights whose every permission is among these (their content types are read)."""
    held = {_dotted(permission) for permission in permissions}
    return [right for right in RIGHTS if right.permissions <= held]


def permissions_for(keys: Iterable[str], held: Iterable[Permission] = ()) -> list[Permission]:
    """The permissions of these rights, and those of `held` that belong to no right on the list.

    Such a permission was given by other means than this list: the list does not take it away.
    """
    chosen = set(keys)
    wanted = frozenset().union(*(right.permissions for right in RIGHTS if right.key in chosen))
    return find_permissions(wanted) + [one for one in held if _dotted(one) not in _KNOWN]


def find_permissions(names: Iterable[str]) -> list[Permission]:
    """Permissions by "app.codename"; names that no model declares are left out."""
    condition = Q(pk=None)
    for name in names:
        app, codename = name.split(".")
        condition |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.select_related("content_type").filter(condition))


def _dotted(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"
