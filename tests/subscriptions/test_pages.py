"""The pages of subscriptions: whose they are, what each may do there, and how often in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from backoffice.admin.subscriptions.rhythm import Often, initial_rhythm
from backoffice.models import Subscription
from tasks_app.models import ScheduleOptions
from tests.subscriptions.making import ADD, filled_in, next_moment, page, subscribe

pytestmark = [pytest.mark.django_db, pytest.mark.once]
LIST = "admin:backoffice_subscription_changelist"


@pytest.fixture
def reader(person: Callable[[str], Any]) -> Any:
    return person("Staff")


def other_manager(person: Callable[[str], Any]) -> Any:
    user = User.objects.create_user("other", email="other@example.org", is_staff=True, last_name="Other")
    user.groups.set(person("Managers").groups.all())
    return user


@pytest.mark.parametrize("often", [one for one in Often if one != Often.KEEP])
def test_each_rhythm_has_a_next_time_and_comes_back_into_the_form(
    client: Client, manager: Any, settings: Any, often: Often
) -> None:
    settings.FISCAL_YEAR_START = "04-06"
    made = subscribe(
        client, [manager], **{"rhythm-often": often.value, "rhythm-weekday": "3", "rhythm-day": "15"}
    )
    assert next_moment(made) is not None
    assert ScheduleOptions.objects.get(pk=made.schedule_id).invalid == ""
    found = initial_rhythm(Subscription.objects.select_related("schedule").get(pk=made.pk).schedule)
    assert found["often"] == often
    assert (
        client.post(page(made, "edit"), filled_in([manager], **{"rhythm-often": often.value})).status_code
        == 302
    )


def test_a_rhythm_that_others_gave_it_is_left_as_it_is(client: Client, manager: Any) -> None:
    made = subscribe(client, [manager])
    crontab = made.schedule.crontab
    crontab.minute = "*/7"
    crontab.save()
    assert client.get(page(made, "edit")).context["rhythm_form"]["often"].value() == Often.KEEP
    assert (
        client.post(page(made, "edit"), filled_in([manager], **{"rhythm-often": "keep"})).status_code == 302
    )
    made.schedule.refresh_from_db()
    assert made.schedule.crontab.minute == "*/7"


@pytest.mark.parametrize(
    ("field", "value", "form"),
    [
        ("name", "", "about_form"),
        ("name", "x" * 151, "about_form"),
        ("formats", [], "about_form"),
        ("formats", ["docx"], "about_form"),
        ("readers", [], "about_form"),
        ("readers", ["0"], "about_form"),
        ("readers", ["nobody"], "about_form"),
        ("form", "whispered", "about_form"),
        ("report-period", "custom", "report_form"),
        ("report-period", "last_fortnight", "report_form"),
        ("report-language", "de", "report_form"),
        ("rhythm-often", "keep", "rhythm_form"),
        ("rhythm-time", "25:00", "rhythm_form"),
        ("rhythm-time", "", "rhythm_form"),
        ("rhythm-calendar", "999999", "rhythm_form"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    client: Client, manager: Any, field: str, value: Any, form: str
) -> None:
    answer = client.post(reverse(ADD) + "?report=emails", filled_in([manager]) | {field: value})
    assert answer.status_code == 200
    assert field.rpartition("-")[2] in answer.context[form].errors
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("often", "field", "value"),
    [("month_day", "day", "29"), ("month_day", "day", ""), ("weekly", "weekday", "")],
)
def test_a_rhythm_asks_for_what_it_needs(
    client: Client, manager: Any, often: str, field: str, value: str
) -> None:
    given = filled_in([manager], **{"rhythm-often": often, f"rhythm-{field}": value})
    answer = client.post(reverse(ADD) + "?report=emails", given)
    assert field in answer.context["rhythm_form"].errors


def test_a_reader_who_may_not_see_the_report_is_not_offered(
    client: Client, manager: Any, person: Callable[[str], Any]
) -> None:
    support = person("Support")  # who see no emails report
    answer = client.post(reverse(ADD) + "?report=emails", filled_in([support]))
    assert "readers" in answer.context["about_form"].errors
    assert client.get(reverse(ADD) + "?report=nothing").status_code == 404


def test_one_sees_ones_own_and_what_one_reads_and_a_keeper_all(
    client: Client, manager: Any, reader: Any, person: Callable[[str], Any]
) -> None:
    read, alone = subscribe(client, [manager, reader]), subscribe(client, [manager], name="Mine alone")
    client.force_login(reader)
    listed = client.get(reverse(LIST)).content.decode()
    assert read.name in listed
    assert alone.name not in listed
    assert client.get(page(alone)).status_code == 403
    assert client.get(page(read)).status_code == 200
    for deed in ("edit", "end", "go_on", "keep", "hand_over"):
        assert client.post(page(read, deed)).status_code == 403, deed
    client.force_login(other_manager(person))
    assert client.get(page(read)).status_code == 403
    client.force_login(person("superuser"))
    assert alone.name in client.get(reverse(LIST)).content.decode()


def test_a_reader_leaves_alone(client: Client, manager: Any, reader: Any) -> None:
    made = subscribe(client, [manager, reader])
    client.force_login(reader)
    assert "Get this subscription no more?" in client.get(page(made, "leave")).content.decode()
    client.post(page(made, "leave"))
    assert made.readers.get(user=reader).stopped_at
    assert made.readers.get(user=manager).stopped_at is None
    assert LogEntry.objects.filter(user=reader, object_id=made.pk).exists()


def test_it_ends_and_goes_on_with_its_schedule(client: Client, manager: Any) -> None:
    made = subscribe(client, [manager])
    client.post(page(made, "end"))
    made = Subscription.objects.get(pk=made.pk)
    assert made.ended_at
    assert not made.schedule.enabled
    assert next_moment(made) is None
    assert "Ended by hand." in client.get(page(made)).content.decode()
    client.post(page(made, "go_on"))
    assert Subscription.objects.get(pk=made.pk).ended_at is None
    assert next_moment(made) is not None


def test_without_its_schedule_it_says_so_and_does_not_go_on(client: Client, manager: Any) -> None:
    made = subscribe(client, [manager])
    made.schedule.delete()
    assert "its schedule was deleted" in client.get(page(made)).content.decode()
    client.post(page(made, "end"))
    shown = client.post(page(made, "go_on"), follow=True).content.decode()
    assert "It does not: it was under way already, or its schedule was deleted." in shown
    assert client.get(page(made, "edit")).status_code == 302


def test_who_leaves_hands_over_and_administrators_see_whose_owner_is_gone(
    client: Client, manager: Any, person: Callable[[str], Any]
) -> None:
    made, heir = subscribe(client, [manager]), other_manager(person)
    User.objects.filter(pk=manager.pk).update(is_active=False)
    client.force_login(person("superuser"))
    listed = client.get(reverse(LIST) + "?state=without_owner").content.decode()
    assert made.name in listed
    assert "Its owner is gone" in client.get(page(made)).content.decode()
    assert (
        client.post(page(made, "hand_over"), {"to": person("Support").pk}).status_code == 200
    )  # may not see it
    client.post(page(made, "hand_over"), {"to": heir.pk})
    made.refresh_from_db()
    assert made.owner == heir
    assert made.name not in client.get(reverse(LIST) + "?state=without_owner").content.decode()


def test_an_edit_keeps_who_stays_and_drops_who_is_taken_off(
    client: Client, manager: Any, reader: Any
) -> None:
    made = subscribe(client, [manager, reader])
    kept = made.readers.get(user=reader).pk
    assert client.post(page(made, "edit"), filled_in([reader], name="Renamed")).status_code == 302
    assert [one.pk for one in made.readers.all()] == [kept]
    made.refresh_from_db()
    assert made.name == "Renamed"
    assert made.schedule.name == f"Renamed (#{made.pk})"


def test_whoever_may_not_order_reports_subscribes_to_none(client: Client, manager: Any) -> None:
    manager.groups.get().permissions.remove(Permission.objects.get(codename="order_report"))
    assert client.get(reverse(ADD)).status_code == 403
