"""Every address and every action of a list that changes something leaves an entry in the audit log.

They are the URLconf's and the admin site's, not a list of ours: a new one that changes nothing says here why,
and one that needs more than its own form holds says here what.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from backoffice.audiences import choosing
from backoffice.emails import hold, service_causes
from backoffice.emails.errors import HoldAll
from backoffice.mailings import approving
from backoffice.models import (
    Audience,
    AudienceKind,
    Mailing,
    MailingState,
    Message,
    MessageState,
    Reader,
    Subscription,
)
from backoffice.people_lists import importing
from backoffice.questions import reviewing
from backoffice.shelf import holding
from backoffice.subscriptions import causes as of_subscriptions
from backoffice.subscriptions import ending
from tasks_app import control
from tasks_app.models import (
    Batch,
    BatchState,
    CalendarFeed,
    FailureGroup,
    FillIn,
    QueueState,
    SavedSearch,
    ScheduleOptions,
    SchedulePause,
    SchedulePromise,
)
from tasks_app.models.failure_group import FailureStatus
from tests.audit.routes import Walk
from tests.pages.things import make_things
from tests.questions.making import filled_in
from tests.sign_in.apps import an_app

pytestmark = [pytest.mark.django_db, pytest.mark.sweep, pytest.mark.once]

FILE = Path(__file__).parents[1] / "versions" / "one.yaml"
PASSWORD = "rather-long-and-unusual"
TWICE = {"password1": PASSWORD, "password2": PASSWORD}

# Tables whose rows are no state of the office.
NO_STATE = {
    "django_session": "who is signed in, in which browser",
    "django_admin_log": "the log itself",
    "tasks_app_audititem": "the log itself",
    "backoffice_signin": "the record of signing in, itself",
    "backoffice_lastlook": "what one person has seen; it is theirs alone",
    "axes_accessattempt": "counts of failed sign-ins, by the lockout",
    "axes_accesslog": "the lockout's own",
}
# How many jobs a search finds, renewed as a list of jobs is shown.
FIGURES = {"tasks_app_savedsearch": frozenset({"count", "counted_at", "broken"})}

# What takes a POST and changes nothing of the office.
CHANGES_NOTHING = {
    "first_page": "it leads to somebody's first page",
    "<path:object_id>/": "it leads to the page of the object",
    "admin:django_celery_beat_periodictask_slot": "it leads to the page of its job",
    "set_language": "a cookie of the browser",
    "admin:logout": "this browser's session alone",
    "second_factor_leave": "this browser's session alone",
    "admin:tasks_app_batchitem_change": "it leads to the page of its job",
    "admin:dashboard_seen": "what one person has seen; it is theirs alone",
    "admin:backoffice_emailtemplate_preview": "it shows what was typed",
    "admin:backoffice_reportlook_preview": "it shows what was chosen",
    "admin:backoffice_audience_count": "it counts whom the conditions of a form find",
    "admin:backoffice_audience_file": "it shows what was uploaded; the next page keeps it",
    "admin:backoffice_recipient_import": "it shows what was uploaded; the next page imports it",
    "admin_password_reset": "nobody is signed in: the job that it launches is the record",
    "admin:login": "signing in has a table of its own",
}

# What takes a code or a link that no page holds, and where its entry is held instead.
ELSEWHERE = {
    "second_factor_set_up": "tests/audit/test_signing_in.py",
    "second_factor_verify": "tests/audit/test_signing_in.py",
    "second_factor_new_codes": "tests/audit/test_signing_in.py",
    "second_factor_off": "tests/audit/test_signing_in.py",
}


def question_filled_in(walk: Walk) -> dict[str, Any]:
    Group.objects.get_or_create(name="Managers")
    return filled_in()


# What a form asks for that it does not hold.
GIVEN: dict[str, Callable[[Walk], dict[str, Any]]] = {
    **dict.fromkeys(
        (f"admin:backoffice_report_{name}" for name in ("hold", "release", "delete")),
        lambda walk: {"reason": "Case"},
    ),
    "admin:backoffice_question_approve": lambda walk: {"note": "Read."},
    "admin:backoffice_question_withdraw": lambda walk: {"reason": "Counted twice"},
    "admin:backoffice_question_add": question_filled_in,
    "admin:backoffice_question_edit": question_filled_in,
    "admin:backoffice_subscription_hand_over": lambda walk: {"to": User.objects.get(username="superuser").pk},
    "admin:backoffice_subscription_edit": lambda walk: {
        "readers": [User.objects.get(username="superuser").pk]
    },
    "admin:queue_change": lambda walk: {"seen": QueueState.objects.get().changed_at.isoformat()},
    "admin:auth_group_add": lambda walk: {"name": "Day shift"},
    "admin:auth_user_add": lambda walk: {"username": "newcomer", **TWICE},
    "admin:auth_user_password_change": lambda walk: TWICE,
    "admin:password_change": lambda walk: {
        "old_password": PASSWORD,
        "new_password1": f"new-{PASSWORD}",
        "new_password2": f"new-{PASSWORD}",
    },
    "admin:backoffice_emailtemplate_add": lambda walk: {
        "name": "Another",
        "slug": "another",
        "subject": "Hello",
        "text": "Hello.",
    },
    "admin:backoffice_mailing_add": lambda walk: {
        "name": "Another",
        "audience": walk.things["backoffice_mailing"].audience_id,
        "template": walk.things["backoffice_emailtemplate"].pk,
    },
    "admin:backoffice_audience_add": lambda walk: {"name": "Everybody"},
    "admin:backoffice_recipient_changelist add_to_audience": lambda walk: {
        "audience": "",
        "name": "Those chosen",
    },
    "admin:backoffice_audience_keep": lambda walk: {"name": "Of a file", **a_list(walk)},
    "admin:backoffice_audience_refused": lambda walk: a_list(walk),
    "admin:backoffice_audience_remove": lambda walk: {"recipient": walk.things["backoffice_recipient"].pk},
    "admin:backoffice_recipientfield_add": lambda walk: {
        "label": "Amount due",
        "name": "amount_due",
        "type": "text",
    },
    "admin:backoffice_tag_add": lambda walk: {"name": "Regulars"},
    "admin:backoffice_recipient_add": lambda walk: {"email": "new@example.org", "name": "New Example"},
    "admin:backoffice_recipient_process_import": lambda walk: a_list(walk),
    "admin:backoffice_recipient_rejected": lambda walk: a_list(walk),
    "admin:tasks_app_alertrule_add": lambda walk: {
        "name": "Nights",
        "on": "new_cause",
        "threshold": "0",
        "mail_to": "desk@example.org",
    },
    "admin:django_celery_beat_periodictask_promise": lambda walk: {
        "done_by": "07:00",
        "days": "working",
        "zone": "Europe/Paris",
    },
    "admin:django_celery_beat_periodictask_hand_over": lambda walk: {"owner": "superuser", "is_system": ""},
    "admin:tasks_app_calendar_add": lambda walk: {"name": "The other house"},
    "admin:django_celery_beat_crontabschedule_add": lambda walk: {"minute": "41"},
    "admin:django_celery_beat_intervalschedule_add": lambda walk: {"every": "41"},
    "admin:django_celery_beat_solarschedule_add": lambda walk: {"latitude": "41", "longitude": "2"},
    "admin:django_celery_beat_clockedschedule_add": lambda walk: {"clocked_time": "2041-01-01T00:00"},
    "admin:django_celery_beat_intervalschedule_change": lambda walk: {"every": "41", "all_of_them": "on"},
    "admin:django_celery_beat_periodictask_import": lambda walk: {"text": FILE.read_text()},
    "admin:tasks_app_quietperiod_add": lambda walk: {
        "name": "Nights",
        "from_time": "22:00",
        "until_time": "06:00",
    },
    "admin:django_celery_beat_periodictask_fill_in": lambda walk: past_span(),
    "admin:tasks_app_savedsearch_add": lambda walk: {"name": "Low", "query": "queue=low"},
    "admin:launch_form": lambda walk: {
        "destinataire_id": walk.things["backoffice_recipient"].pk,
        "modele_id": walk.things["backoffice_emailtemplate"].pk,
    },
}

# What must be there for something to change.
BEFORE: dict[str, Callable[[Walk], object]] = {
    "admin:backoffice_audience_remove": lambda walk: a_choice(walk),
    "admin:backoffice_mailing_take_down": lambda walk: Mailing.objects.update(state=MailingState.DRAFT),
    "admin:backoffice_mailing_withdraw": lambda walk: approving.approve(
        walk.things["backoffice_mailing"],
        User.objects.get(username="superuser"),
        walk.things["backoffice_mailing"].digest,
    ),
    "admin:backoffice_mailing_pause": lambda walk: Mailing.objects.update(state=MailingState.SENDING),
    "admin:backoffice_mailing_resume": lambda walk: Mailing.objects.update(state=MailingState.PAUSED),
    "admin:backoffice_report_release": lambda walk: holding.hold(
        walk.things["backoffice_report"], by=None, reason="Case"
    ),
    "admin:backoffice_subscription_go_on": lambda walk: ending.end(
        walk.things["backoffice_subscription"], of_subscriptions.ENDED_BY_PERSON()
    ),
    "admin:backoffice_question_withdraw": lambda walk: approve_question(walk),
    "admin:backoffice_subscription_keep": lambda walk: Subscription.objects.update(question_open=True),
    "admin:backoffice_subscription_leave": lambda walk: Reader.objects.create(
        subscription=walk.things["backoffice_subscription"], user=User.objects.get(username="superuser")
    ),
    "admin:queue_resume": lambda walk: control.pause("high", by=None),
    "admin:queue_change": lambda walk: control.pause("high", by=None),
    "admin:django_celery_beat_periodictask_resume": lambda walk: SchedulePause.objects.create(
        schedule=walk.things["django_celery_beat_periodictask"], begins_at=timezone.now()
    ),
    "admin:django_celery_beat_periodictask_changelist resume_selected": lambda walk: (
        SchedulePause.objects.create(
            schedule=walk.things["django_celery_beat_periodictask"], begins_at=timezone.now()
        )
    ),
    "admin:django_celery_beat_periodictask_fill_in": lambda walk: a_past(walk),
    "admin:django_celery_beat_intervalschedule_delete": lambda walk: PeriodicTask.objects.filter(
        interval=walk.things["django_celery_beat_intervalschedule"]
    ).delete(),
    "admin:tasks_app_batch_start": lambda walk: Batch.objects.update(counts={"nothing": {"pending": 1}}),
    "admin:tasks_app_batch_pause": lambda walk: Batch.objects.update(state=BatchState.RUNNING),
    "admin:tasks_app_batch_go_on": lambda walk: Batch.objects.update(state=BatchState.PAUSED),
    "admin:tasks_app_failuregroup_changelist open_again": lambda walk: FailureGroup.objects.update(
        status=FailureStatus.IGNORED
    ),
    **dict.fromkeys(
        (
            "admin:tasks_app_savedsearch_change",
            "admin:tasks_app_savedsearch_delete",
            "admin:tasks_app_savedsearch_changelist delete_selected",
        ),
        lambda walk: SavedSearch.objects.update(owner=User.objects.get(username="superuser")),
    ),
    "admin:django_celery_beat_periodictask_promise_back": lambda walk: SchedulePromise.objects.create(
        schedule=walk.things["django_celery_beat_periodictask"],
        done_by=time(7),
        zone="Europe/Paris",
        since=timezone.now(),
    ),
    "admin:django_celery_beat_periodictask_feed_back": lambda walk: CalendarFeed.objects.update(
        user=User.objects.get(username="superuser")
    ),
    "admin:worker_go_on": lambda walk: control.ask_to_finish("worker1@here", by=None),
    "admin:sending_hold_probe": lambda walk: hold.begin(HoldAll(service_causes.HELD(detail="Paused."))),
    "admin:auth_user_reset_second_factor": lambda walk: an_app(walk.things["auth_user"]),
    "admin:backoffice_message_send_again": lambda walk: Message.objects.filter(
        pk=walk.things["backoffice_message"].pk
    ).update(state=MessageState.UNKNOWN),
    "admin:django_celery_beat_periodictask_changelist switch_on": lambda walk: PeriodicTask.objects.update(
        enabled=False
    ),
}


def approve_question(walk: Walk) -> None:
    version = reviewing.waiting(walk.things["backoffice_question"])
    if version is not None:
        reviewing.approve(version, User.objects.get(username="superuser"), "")


def past_span() -> dict[str, str]:
    first, last = (timezone.localtime(timezone.now() - timedelta(hours=hours)) for hours in (9, 3))
    return {"first": f"{first:%Y-%m-%d %H:%M}", "last": f"{last:%Y-%m-%d %H:%M}"}


def a_past(walk: Walk) -> None:
    FillIn.objects.all().delete()
    ScheduleOptions.objects.update(anchor=timezone.now() - timedelta(days=1))


def a_choice(walk: Walk) -> None:
    Audience.objects.update(kind=AudienceKind.CHOSEN)
    choosing.add(walk.things["backoffice_audience"], [walk.things["backoffice_recipient"].pk])


def a_list(walk: Walk) -> dict[str, str]:
    content = b"email,name\nlea@example.org,Lea Example\nno address,Nobody\n"
    return {"list": str(importing.keep(content, "list.csv", User.objects.get(username="superuser")).pk)}


@pytest.fixture
def walk(person: Callable[[str], User], data_dir: Any) -> Walk:
    user, client = person("superuser"), Client(raise_request_exception=False)
    user.set_password(PASSWORD)
    user.save()
    client.force_login(user)
    return Walk(client, make_things(), GIVEN, BEFORE, NO_STATE, FIGURES).everywhere()


def test_whatever_changes_something_leaves_an_entry(walk: Walk) -> None:
    unlogged = {str(step): sorted(found.unlogged) for step, found in walk.found.items() if found.unlogged}
    assert unlogged == {}, "These change rows and leave no entry (log_action, log_together)"
    silent = {str(step) for step, found in walk.found.items() if found.is_silent and step not in walk.reading}
    explained = CHANGES_NOTHING.keys() | ELSEWHERE.keys()
    assert sorted(silent - explained) == [], (
        "Nothing came of what was sent to these: CHANGES_NOTHING says why, or GIVEN and BEFORE what it takes"
    )
    assert sorted(explained - silent) == [], "Something came of these, or they are gone"
    for route, place in ELSEWHERE.items():
        assert route in Path(place).read_text()
