"""A secret argument is in no version, no page and no file, and goes nowhere it was not meant for."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from tasks_app.models import Made, ScheduleVersion
from tasks_app.schedules.moving.importing import import_file
from tasks_app.schedules.moving.writing import written
from tasks_app.schedules.planning import plan, with_rhythms
from tasks_app.schedules.undoing.putting_back import CannotBePutBack, put_back
from tasks_app.schedules.versions.recording import Stamp
from tasks_app.schedules.versions.wording import changes
from tests.clock.making import as_it_is
from tests.pages.test_schedule_rights import SECRET, a_schedule, connecting, form_of, page

pytestmark = [pytest.mark.django_db, pytest.mark.once]
__all__ = ["connecting"]


def changed_to(row, **arguments):
    row.kwargs = json.dumps(arguments)
    row.save()
    plan(row, timezone.now())
    return ScheduleVersion.objects.latest("number")


def test_no_version_holds_it_and_a_new_one_is_a_change(connecting):
    row = a_schedule(connecting, host="mail.example.org", password=SECRET)
    first = ScheduleVersion.objects.get()
    second = changed_to(row, host="mail.example.org", password="another")
    assert SECRET not in json.dumps(first.definition)
    [change] = changes(first.definition, second.definition)
    assert change.label == "Password"
    assert not {SECRET, "another"} & {change.before, change.after}


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        ({"host": "mail.example.org", "password": SECRET, "again": 1}, SECRET),  # the very same secret
        ({"host": "mail.example.org", "password": "another"}, None),
        ({"host": "elsewhere.example.org"}, None),
    ],
)
def test_put_back_it_is_there_where_it_is_todays(connecting, now, kept):
    row = a_schedule(connecting, host="mail.example.org", password=SECRET)
    changed_to(row, **now)
    put_back(ScheduleVersion.objects.get(number=1), timezone.now(), Stamp(Made.BACK))
    arguments = json.loads(PeriodicTask.objects.get().kwargs)
    assert (arguments["host"], arguments.get("password")) == ("mail.example.org", kept)


def test_what_hid_it_unreadably_is_not_put_back(connecting):
    row = a_schedule(connecting, host="mail.example.org", password=SECRET)
    row.kwargs = f'{{"password": "{SECRET}"'
    as_it_is(row)
    plan(row, timezone.now())
    spoilt = ScheduleVersion.objects.get(number=2)
    assert SECRET not in json.dumps(spoilt.definition)
    with pytest.raises(CannotBePutBack, match="they were not kept"):
        put_back(spoilt, timezone.now(), Stamp(Made.BACK))


def test_no_file_has_it_and_what_is_here_stays(connecting, monkeypatch):
    monkeypatch.setattr("tasks_app.schedules.moving.importing.problem_of", lambda schedule: None)
    row = a_schedule(connecting, host="mail.example.org", password=SECRET)
    text = written(with_rhythms(PeriodicTask.objects.all()))
    assert SECRET not in text
    changed = text.replace("period: days", "period: hours").encode()
    assert not import_file(changed, timezone.now(), None, dry_run=False).refused
    assert json.loads(PeriodicTask.objects.get().kwargs)["password"] == SECRET
    elsewhere = changed.replace(b"mail.example.org", b"elsewhere.example.org")
    [refused] = import_file(elsewhere, timezone.now(), None, dry_run=False).refused
    assert "secret arguments (password)" in refused.reason
    row.delete()
    [refused] = import_file(changed, timezone.now(), None, dry_run=False).refused
    assert "secret arguments (password)" in refused.reason


def test_the_review_asks_for_it_once_more_and_shows_it_to_nobody(admin_client, connecting):
    row = a_schedule(connecting, host="mail.example.org", password=SECRET)
    said = form_of(**{"schedule-number": 2, "host": "mail.example.org", "password": "a-new-one", "look": "1"})
    review = admin_client.post(page(row, "change"), said)
    assert "a-new-one" not in review.content.decode()
    assert [field.name for field in review.context["secret_fields"]] == ["password"]
    answer = dict(review.context["hidden"]) | {"password": "a-new-one"}
    assert admin_client.post(page(row, "change"), answer).status_code == 302
    row.refresh_from_db()
    assert (row.interval.every, json.loads(row.kwargs)["password"]) == (2, "a-new-one")
