"""Why jobs fail, on the first page: by cause, for who has not seen it, adding up to the figure above it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.admin import failures
from backoffice.admin.failures import Failing
from backoffice.models import LastLook
from tasks_app.models import QueueState, State
from tests.pages.rows import dashboard, make_job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("everything_reports")]

OPTED_OUT: dict[str, Any] = {
    "cause": "email.recipient_opted_out",
    "cause_params": {"recipient": "sam@example.org"},
    "error": "no",
}
FOREIGN: dict[str, Any] = {
    "cause": "KeyError@backoffice.emails.compose:submit",
    "error_class": "builtins.KeyError",
    "error": "'x'",
}


def seen(client: Client) -> Failing | None:
    found: Failing | None = client.get(reverse("admin:index")).context["failing"]
    return found


def times(found: Failing) -> list[str]:
    return [cause.times for cause in found.causes]


def test_each_cause_is_said_without_a_person_and_opens_its_page(
    signed_in: Callable[[str], Client],
) -> None:
    for ago in (9, 3, 6):
        make_job(State.FAILED, ago=timedelta(minutes=ago), **OPTED_OUT)
    make_job(State.FAILED, **FOREIGN)
    found = seen(signed_in("Support"))
    assert found
    assert times(found) == ["3 times", "1 time"]
    query = {"kind": "tasks_app.tasks.envoi_email", "cause": OPTED_OUT["cause"]}
    assert found.causes[0].url == reverse("admin:tasks_app_failuregroup_cause", query=query)
    assert found.causes[0].why == "The recipient asked for no more emails."
    assert "sam@example.org" not in "".join(cause.why for cause in found.causes)


def test_kinds_are_told_apart_and_rows_of_before_causes_are_grouped_by_their_class(
    signed_in: Callable[[str], Client],
) -> None:
    for name in ("tasks_app.tasks.envoi_email", "tasks_app.tasks.rapport_pdf", "gone.kind"):
        make_job(
            State.FAILED, name=name, error_class="elsewhere.errors.Broken", error="sam@example.org is broken"
        )
    make_job(State.FAILED)
    found = seen(signed_in("Support"))
    assert found
    assert sorted(cause.why for cause in found.causes) == [
        "An error without a name",
        "Broken",
        "Broken",
        "Broken",
    ]


@pytest.mark.parametrize(("causes", "each"), [(1, 1), (6, 2), (7, 3), (9, 11), (9, 12), (3, 50)])
def test_what_is_shown_and_the_others_add_up_to_the_figure_above(
    causes: int, each: int, signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    for n in range(causes * each):
        make_job(State.FAILED, ago=timedelta(minutes=n), error_class=f"a.Error{n % causes}", error="no")
    client = signed_in("Support")
    found = seen(client)
    assert found
    shown = sum(int(cause.times.split()[0]) for cause in found.causes)
    others = int(found.others.split()[0]) if " more" in found.others else 0
    assert shown + others == len(failures.unseen_failures(person("Support")).jobs)
    assert shown + others == min(causes * each, 100)
    assert ("These are the latest 100." in found.others) == (causes * each > 99)
    listed = client.get(found.others_url).context["cl"]
    assert not listed.address  # nothing of the link was left out
    assert listed.total == str(others if causes > failures.CAUSES else min(causes * each, 100))


def test_the_same_cause_of_another_kind_is_among_the_others(signed_in: Callable[[str], Client]) -> None:
    for n in range(failures.CAUSES):
        make_job(State.FAILED, **OPTED_OUT | {"cause": f"shop.cause_{n}"})
        make_job(State.FAILED, **OPTED_OUT | {"cause": f"shop.cause_{n}"})
    make_job(State.FAILED, name="gone.kind", **OPTED_OUT | {"cause": "shop.cause_0"})
    client = signed_in("Support")
    found = seen(client)
    assert found
    assert found.others == "1 more, of another cause."
    rows = client.get(found.others_url).context["cl"].result_list
    assert [job.name for job in rows] == ["gone.kind"]


def test_what_somebody_has_seen_is_said_no_more_and_nothing_else_is_said_of_it(
    signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    make_job(State.FAILED, ago=timedelta(hours=5))
    looked = timezone.now() - timedelta(hours=2)
    LastLook.objects.create(user=person("Support"), failures_until=looked)
    text = dashboard(signed_in("Support"))
    assert "Nothing needs you" in text
    assert "No job that failed since you looked" in text
    assert "last 24 hours." not in text
    assert "Failing, by cause" not in text


def test_who_never_looked_is_told_of_the_last_day(signed_in: Callable[[str], Client]) -> None:
    make_job(State.FAILED, ago=timedelta(hours=25))
    assert "No job that failed in the last 24 hours needs somebody." in dashboard(signed_in("Support"))


def test_all_is_well_is_said_of_nothing_that_was_not_asked_for_this_person(
    signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    group = person("Managers").groups.get()
    group.permissions.add(*person("Staff").groups.get().permissions.filter(codename="view_message"))
    make_job(State.FAILED)
    text = dashboard(signed_in("Managers"))
    assert "Nothing needs you" in text
    assert "No job that failed" not in text
    assert "Workers and clock" not in text


def test_it_comes_after_what_needs_somebody_and_before_the_charts(signed_in: Callable[[str], Client]) -> None:
    QueueState.objects.create(name="low", paused=True)
    make_job(State.FAILED)
    for role in ("Support", "Staff"):
        text = dashboard(signed_in(role))
        places = [text.index(f'id="{name}-title"') for name in ("needs", "failing")]
        places += [text.index('id="chart-day"'), text.index('id="running-title"')]
        assert places == sorted(places)


def test_the_first_page_begins_with_what_each_role_came_for(signed_in: Callable[[str], Client]) -> None:
    expected = {
        "Support": ["needs", "running", "started", "next", "reports", "launch"],
        "Staff": ["launch", "started", "reports", "needs", "running", "next"],
        "Managers": ["launch", "reports", "started"],
    }
    for role, order in expected.items():
        text = dashboard(signed_in(role))
        places = [text.index(f'id="{name}-title"') for name in order]
        assert places == sorted(places), role
