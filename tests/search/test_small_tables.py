"""Names and titles of the tables that stay small: found by their parts as soon as they are written."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from backoffice.demo import make_demo
from backoffice.models import EmailTemplate, Recipient, Report, Suppression
from backoffice.models.emails import RECIPIENT_INDEX
from backoffice.seeds import seed_groups
from tasks_app.admin import searching
from tasks_app.search.refolding import refold
from tests.people_lists.test_pages import CONFIRM, hidden_fields, upload
from tests.search.making import found, said
from tests.search.test_lists import ODD

pytestmark = pytest.mark.django_db

PAGES = (
    "backoffice_recipient",
    "backoffice_report",
    "backoffice_emailtemplate",
    "backoffice_suppression",
    "django_celery_beat_periodictask",
    "auth_user",
)


def a_report(title: str, **values: object) -> Report:
    return Report.objects.create(
        **{"type": "activity", "title": title, "format": "pdf", "language": "fr", "file": title, "size": 1}
        | {"file_name": title, "sha256": ""}
        | values
    )


def an_hourly(name: str) -> PeriodicTask:
    every, _made = IntervalSchedule.objects.get_or_create(every=1, period=IntervalSchedule.HOURS)
    return PeriodicTask.objects.create(name=name, task="projet.celery.debug_task", interval=every)


def make_one_of_each() -> dict[str, Model]:
    return {
        "backoffice_recipient": Recipient.objects.create(
            email="zoe.l@example.org", name="Zoë Lefèvre-Straße", company="İzmir Ltd"
        ),
        "backoffice_report": a_report("Activité – février 2026"),
        "backoffice_emailtemplate": EmailTemplate.objects.create(
            slug="rappel", name="Dernière relance", subject="Votre échéance", text="x"
        ),
        "backoffice_suppression": Suppression.objects.create(
            address="exämple.person@example.org", reason=Suppression.Reason.BOUNCED
        ),
        "django_celery_beat_periodictask": an_hourly("Clôture du matin"),
        "auth_user": User.objects.create_user("jsmith", "j@example.org", first_name="Jörg", last_name="Šmíd"),
    }


@pytest.mark.parametrize(
    ("page", "terms"),
    [
        (
            "backoffice_recipient",
            ["ZOE", "lefevre", "LEFÈVRE strasse", "izmir", "l@example", "zoe izmir", "zo"],
        ),
        ("backoffice_report", ["fevrier", "FÉVRIER 2026", "activite", "2026", "ac"]),
        ("backoffice_emailtemplate", ["derniere", "relance", "echeance", "RAPPEL", "re"]),
        ("backoffice_suppression", ["person", "example.person", "ample.org"]),
        ("django_celery_beat_periodictask", ["cloture", "MATIN", "clôture matin", "du"]),
        ("auth_user", ["jorg", "Smid", "jsmith", "j@example", "jorg smid"]),
    ],
)
def test_a_part_of_a_name_is_found_without_accents(page: str, terms: list[str], admin_client: Client) -> None:
    row = make_one_of_each()[page]
    for term in terms:
        assert found(admin_client, page, term) == [row.pk], term
    assert found(admin_client, page, "nobody of this name") == []


@pytest.mark.parametrize("page", PAGES)
def test_whatever_is_typed_is_answered(page: str, admin_client: Client) -> None:
    make_one_of_each()
    for term in ODD:
        assert isinstance(found(admin_client, page, term), list), term


@pytest.mark.parametrize("page", PAGES)
def test_a_short_word_begins_a_word_and_the_page_says_so(page: str, admin_client: Client) -> None:
    assert "begins with it" in said(admin_client, page, "xy")[0]


def test_somebody_is_found_by_a_new_name_whoever_wrote_it(admin_client: Client) -> None:
    one = Recipient.objects.create(email="ann@example.org", name="Ann Old")
    one.name = "Ann Néw"
    one.save()
    assert found(admin_client, "backoffice_recipient", "new") == [one.pk]
    one.company = "By a single column"
    one.save(update_fields=["company", "folded"])
    assert found(admin_client, "backoffice_recipient", "single") == [one.pk]
    form = {"email": one.email, "name": "By Fòrm", "company": "", "language": "en", "active": "on"}
    admin_client.post(reverse("admin:backoffice_recipient_change", args=[one.pk]), form)
    assert found(admin_client, "backoffice_recipient", "form") == [one.pk]
    two, three = Recipient.objects.bulk_create(
        [Recipient(email="two@example.org", name="Bulk"), Recipient(email="three@example.org", name="Bülk")]
    )
    assert found(admin_client, "backoffice_recipient", "bulk") == [three.pk, two.pk]


def test_what_wrote_past_the_field_is_mended(admin_client: Client) -> None:
    one, other = (Recipient.objects.create(email=f"{name}@example.org", name=name) for name in ("ann", "ben"))
    Recipient.objects.filter(pk=one.pk).update(name="Änne")
    assert found(admin_client, "backoffice_recipient", "anne") == []
    assert refold() == 1
    assert found(admin_client, "backoffice_recipient", "anne") == [one.pk]
    assert refold() == 0
    assert found(admin_client, "backoffice_recipient", "ben") == [other.pk]


def test_an_import_is_found_at_once(admin_client: Client) -> None:
    Recipient.objects.create(email="ann@example.org", name="Ann")
    page = upload(admin_client, "email,name\nann@example.org,Ännchen\nnew@example.org,Nouvèau\n".encode())
    admin_client.post(CONFIRM, hidden_fields(page.content.decode()))
    assert len(found(admin_client, "backoffice_recipient", "annchen")) == 1
    assert len(found(admin_client, "backoffice_recipient", "nouveau")) == 1


def test_a_demo_recipient_is_found() -> None:
    seed_groups()
    make_demo()
    assert not Recipient.objects.filter(folded="").exists()
    assert refold() == 0


def test_a_table_that_grew_too_large_to_be_read_is_compared_by_the_database(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST", 2)
    rows = [an_hourly(f"Hourly {name}") for name in ("ann", "ben", "cat")]
    assert found(admin_client, "django_celery_beat_periodictask", "HOURLY be") == [rows[1].pk]


def test_a_report_is_found_by_the_id_of_its_job(admin_client: Client) -> None:
    report = a_report("Emails – May 2026", job_id="3f2a1b4c-0000-4000-8000-000000000001")
    assert found(admin_client, "backoffice_report", report.job_id) == [report.pk]


def test_the_select_of_a_form_finds_recipients_so_too(admin_client: Client) -> None:
    one = Recipient.objects.create(email="zl@example.org", name="Zoë Lefèvre")
    url = reverse("admin:launch_choices", args=["envoi_email", "destinataire_id"])
    answer = admin_client.get(url, {"term": "lefevre"}).json()
    assert [row["id"] for row in answer["results"]] == [str(one.pk)]


def test_the_index_of_recipients_is_there() -> None:
    assert RECIPIENT_INDEX.is_there()
    assert "all there is" in build()


def build(*arguments: str) -> str:
    out = StringIO()
    call_command("build_search", *arguments, stdout=out)
    return out.getvalue()
