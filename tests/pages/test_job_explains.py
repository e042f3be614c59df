"""A job's page explains: what helps stands first, what a re-run does, what was changed, and whether others
fail alike."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from backoffice.admin import job_mends
from backoffice.emails import causes
from backoffice.models import EmailTemplate, Message, MessageState, Recipient, Suppression
from backoffice.reports import causes as report_causes
from tasks_app.admin.jobs.mending import ways
from tasks_app.launching import rerun
from tasks_app.ledger.failure import because
from tasks_app.ledger.reruns import tell_family
from tasks_app.models import Job, JobAttempt, State
from tasks_app.notices import Notice, wordings
from tests.pages.test_jobs_actions import LAUNCH, RERUN, VIEW
from tests.pages.work import EMAIL, a_job, person

REPORT = "tasks_app.tasks.rapport_pdf"
DOMAIN = (
    "backoffice.view_recipient",
    "backoffice.view_emailtemplate",
    "backoffice.view_suppression",
    "backoffice.view_message",
    "backoffice.order_report",
)

NO_PARTS = {"variables-TOTAL_FORMS": "0", "variables-INITIAL_FORMS": "0"}

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def client(broker: Any) -> Client:
    return person(VIEW, LAUNCH, RERUN, *DOMAIN)


@pytest.fixture
def lea() -> Recipient:
    return Recipient.objects.create(email="lea@example.org", name="Lea Example")


@pytest.fixture
def template() -> EmailTemplate:
    return EmailTemplate.objects.create(name="Welcome", slug="welcome", subject="Hello", text="Hello")


def failed(why: Notice, name: str = EMAIL, **values: Any) -> Job:
    return a_job(State.FAILED, name=name, **because(why, "Refused").as_columns(), **values)


def page(client: Client, job: Job, route: str = "change", **query: Any) -> str:
    return " ".join(
        unescape(client.get(f"/admin/tasks_app/job/{job.pk}/{route}/", query).content.decode()).split()
    )


def primary(shown: str) -> list[str]:
    """What the buttons say that catch the eye."""
    top = shown.partition("<dl")[0]
    found = re.findall(r"<(?:a|button)[^>]*bg-primary-600[^>]*>(.*?)</(?:a|button)>", top)
    return [re.sub(r"<span.*?</span>|<[^>]*>", "", one).strip() for one in found]


def test_whatever_a_cause_names_has_a_way_there() -> None:
    assert {word for one in wordings() for word in one.mends} <= ways.keys()
    assert job_mends.ways is ways


def test_what_fails_again_as_it_is_offers_what_helps_first(
    client: Client, lea: Recipient, template: EmailTemplate
) -> None:
    arguments = {"destinataire_id": lea.pk, "modele_id": template.pk}
    EmailTemplate.objects.update(active=False)
    job = failed(causes.TEMPLATE_OFF(template="Welcome"), kwargs=arguments)
    shown = page(client, job)
    assert primary(shown) == ["Open the template"]
    assert f"/admin/backoffice/emailtemplate/{template.pk}/change/" in shown
    assert "Run again as it is, it would fail the same way" in shown
    assert "Run again" in shown  # offered all the same

    Recipient.objects.update(active=False)
    job = failed(causes.RECIPIENT_OPTED_OUT(recipient="Lea"), kwargs=arguments)
    assert primary(page(client, job)) == ["Open the recipient"]


def test_what_is_saved_there_leads_back(lea: Recipient, template: EmailTemplate) -> None:
    rights = [f"backoffice.change_{name}" for name in ("recipient", "emailtemplate")]
    client = person(VIEW, LAUNCH, RERUN, *DOMAIN, *rights)
    arguments = {"destinataire_id": lea.pk, "modele_id": template.pk}
    saved = {
        "Open the template": {
            "name": "Welcome",
            "active": "on",
            "subject": "Hello",
            "text": "Hello",
            **NO_PARTS,
        },
        "Open the recipient": {"email": lea.email, "name": "Lea", "language": "en", "active": "on"},
    }
    for why in (causes.TEMPLATE_OFF(template="Welcome"), causes.RECIPIENT_OPTED_OUT(recipient="Lea")):
        EmailTemplate.objects.update(active=False)
        Recipient.objects.update(active=False)
        job = failed(why, kwargs=arguments)
        [(way, label)] = re.findall(
            r'href="(/admin/backoffice[^"]+mends=[^"]+)".*?</span> (Open the \w+)', page(client, job)
        )
        back = f"/admin/tasks_app/job/{job.pk}/change/"
        on = client.post(way, saved[label] | {"_continue": "1"}, follow=True)  # once saved, and on with it
        [there] = re.findall(r'href="([^"]+)">Back to what failed', unescape(on.content.decode()))
        assert there == back
        assert on.redirect_chain[-1][0] == way
        assert client.post(way, saved[label])["Location"] == back
        for nothing in ("job:gone", "cause:1e9", "nonsense", "//evil.example.org", "https:evil.example.org"):
            elsewhere = f"{way.partition('?')[0]}?mends={nothing}"
            assert client.post(elsewhere, saved[label])["Location"].startswith("/admin/backoffice/")
            assert "Back to what failed" not in client.get(elsewhere).content.decode()


def test_a_suppressed_address_is_found_by_its_job(client: Client, lea: Recipient) -> None:
    Suppression.objects.create(address="lea@example.org", reason=Suppression.Reason.COMPLAINED)
    job = failed(causes.ADDRESS_COMPLAINED(address="lea@example.org"), kwargs={"destinataire_id": lea.pk})
    assert primary(page(client, job)) == ["Open the suppressed address"]


def test_who_may_lift_it_does_so_on_the_jobs_page_and_runs_it_again(broker: Any, lea: Recipient) -> None:
    suppressed = Suppression.objects.create(address=lea.email, reason=Suppression.Reason.COMPLAINED)
    job = failed(causes.ADDRESS_COMPLAINED(address=lea.email), kwargs={"destinataire_id": lea.pk})
    client = person(VIEW, LAUNCH, RERUN, *DOMAIN, "backoffice.lift_suppression", name="lifts")
    shown = page(client, job)
    assert primary(shown) == ["Let the address get emails"]
    assert "it would fail the same way" in shown
    address = f"/admin/backoffice/suppression/{suppressed.pk}/lift/?job={job.pk}"
    assert address in shown
    assert client.post(address)["Location"] == f"/admin/tasks_app/job/{job.pk}/change/"
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("job_id", ["", "no such job", "\0", "9" * 300])
def test_whoever_lifts_it_elsewhere_is_led_back_to_the_list(broker: Any, job_id: str) -> None:
    suppressed = Suppression.objects.create(address="a@example.org", reason=Suppression.Reason.BOUNCED)
    client = person("backoffice.view_suppression", "backoffice.lift_suppression", name="lifts")
    answer = client.post(f"/admin/backoffice/suppression/{suppressed.pk}/lift/", query_params={"job": job_id})
    assert answer["Location"] == "/admin/backoffice/suppression/"


def template_off(lea: Recipient, template: EmailTemplate) -> Notice:
    EmailTemplate.objects.filter(pk=template.pk).update(active=False)
    return causes.TEMPLATE_OFF(template=template.name)


def word_missing(lea: Recipient, template: EmailTemplate) -> Notice:
    EmailTemplate.objects.filter(pk=template.pk).update(text="Dear {{ nobody }}")
    return causes.VALUE_MISSING(part="text", line=1, detail="nobody")


def opted_out(lea: Recipient, template: EmailTemplate) -> Notice:
    Recipient.objects.filter(pk=lea.pk).update(active=False)
    return causes.RECIPIENT_OPTED_OUT(recipient=lea.name)


def bounced(lea: Recipient, template: EmailTemplate) -> Notice:
    Suppression.objects.create(address=lea.email, reason=Suppression.Reason.BOUNCED)
    return causes.ADDRESS_BOUNCED(address=lea.email)


def bounced_before_it_was_corrected(lea: Recipient, template: EmailTemplate) -> Notice:
    Recipient.objects.filter(pk=lea.pk).update(email="gone@example.org")
    Suppression.objects.create(address="gone@example.org", reason=Suppression.Reason.BOUNCED)
    return causes.ADDRESS_BOUNCED(address="gone@example.org")


def mend(lea: Recipient, template: EmailTemplate) -> None:
    """All of it at once: the recipient and the template are as they were at first."""
    lea.save()
    template.save()
    Suppression.objects.filter(address=lea.email).delete()


def says_so_until_it_is_mended(client: Client, job: Job, lea: Recipient, template: EmailTemplate) -> None:
    assert "it would fail the same way" in page(client, job)
    mend(lea, template)
    shown = page(client, job)
    assert "it would fail the same way" not in shown
    assert "This was mended since: run again, it may succeed." in shown
    assert primary(shown) == ["Run again"]


@pytest.mark.parametrize(
    "break_it", [template_off, word_missing, opted_out, bounced, bounced_before_it_was_corrected]
)
def test_what_was_mended_is_not_said_to_fail_again(
    break_it: Any, client: Client, lea: Recipient, template: EmailTemplate
) -> None:
    arguments = {"destinataire_id": lea.pk, "modele_id": template.pk}
    job = failed(break_it(lea, template), kwargs=arguments)
    says_so_until_it_is_mended(client, job, lea, template)


@pytest.mark.parametrize("break_it", [opted_out, bounced])
def test_nor_is_the_delivery_of_what_was_written_already(
    break_it: Any, client: Client, lea: Recipient, template: EmailTemplate
) -> None:
    message = Message.objects.create(to=lea.email, recipient=lea, state=MessageState.SUPPRESSED)
    given = {"message_id": str(message.pk)}
    job = failed(break_it(lea, template), name="tasks_app.tasks.deliver_message", kwargs=given)
    says_so_until_it_is_mended(client, job, lea, template)


def test_a_message_that_is_delivered_by_another_job_leads_to_its_own_recipient(
    client: Client, lea: Recipient
) -> None:
    message = Message.objects.create(to="lea", recipient=lea, state=MessageState.FAILED)
    job = failed(
        causes.NOT_AN_ADDRESS(address="lea"),
        name="tasks_app.tasks.deliver_message",
        kwargs={"message_id": str(message.pk)},
    )
    assert primary(page(client, job)) == ["Open the recipient"]


def test_wrong_arguments_are_corrected_first(admin_client: Client) -> None:
    reversed_ = {"type": "activity", "period": "custom", "start": "2026-03-02", "end": "2026-03-01"}
    job = failed(report_causes.ENDS_BEFORE_IT_STARTS(), name=REPORT, kwargs=reversed_)
    assert primary(page(admin_client, job)) == ["Correct and run again"]


def test_who_may_not_go_there_is_not_led_there_and_still_told(broker: Any, lea: Recipient) -> None:
    job = failed(causes.RECIPIENT_OPTED_OUT(recipient="Lea"), kwargs={"destinataire_id": lea.pk})
    shown = page(person(VIEW, LAUNCH, RERUN, name="no domain"), job)
    assert primary(shown) == []
    assert "it would fail the same way" in shown


def test_what_may_succeed_now_is_run_again(client: Client) -> None:
    job = failed(causes.OUTBOX_CLOSED(error="full"), kwargs={"destinataire_id": 1})
    shown = page(client, job)
    assert primary(shown) == ["Run again"]
    assert "it would fail the same way" not in shown
    assert "Run again: The email is written anew" in shown


def test_what_was_repaired_or_is_gone_needs_nothing(client: Client, lea: Recipient) -> None:
    why = causes.RECIPIENT_OPTED_OUT(recipient="Lea")
    repaired = failed(why, kwargs={"destinataire_id": lea.pk}, repaired_at=timezone.now())
    gone = failed(why, kwargs={"destinataire_id": 0})
    for job in (repaired, gone):
        assert primary(page(client, job)) == []


# --- What was tried ----------------------------------------------------------------------------


def test_how_often_it_was_tried_and_when_it_is_tried_again(client: Client) -> None:
    due = timezone.localtime() + timedelta(minutes=7)
    job = a_job(State.WAITING, available_at=due, runs=3, retries=2, deaths=1)
    assert re.search(r"Tried 3 times; the next try is at .*\d\d:\d\d\.", page(client, job))
    assert "It is not due yet." in page(client, a_job(State.WAITING, available_at=due))


def test_the_time_line_says_how_long_it_waited_and_ran(client: Client) -> None:
    made = timezone.now() - timedelta(hours=1)
    job = a_job(State.WAITING, created_at=made, runs=3)
    for number, begun in ((1, 10), (2, 70), (4, 200)):
        JobAttempt.objects.create(
            job=job,
            number=number,
            outcome=JobAttempt.Outcome.RETRIED,
            started_at=made + timedelta(seconds=begun),
            ended_at=made + timedelta(seconds=begun + 20),
        )
    shown = page(client, job)
    assert "Waited 10 s, ran 20 s." in shown
    assert "Waited 40 s, ran 20 s." in shown
    assert "> Ran 20 s." in shown or ">Ran 20 s." in shown  # the third run left no attempt


# --- Run again ---------------------------------------------------------------------------------


def test_a_family_is_a_tree_that_says_what_was_changed(
    client: Client, lea: Recipient, template: EmailTemplate
) -> None:
    other = EmailTemplate.objects.create(name="Goodbye", slug="goodbye", subject="Bye", text="Bye")
    arguments = {"destinataire_id": lea.pk, "modele_id": template.pk}
    first = a_job(State.FAILED, name=EMAIL, kwargs=arguments)
    same = rerun(first)
    Job.objects.filter(pk=same.pk).update(state=State.FAILED, ended_at=timezone.now())
    tell_family(same.pk)
    corrected = rerun(same, arguments=arguments | {"modele_id": other.pk})
    for job in (first, same, corrected):
        shown = page(client, job)
        assert re.findall(r"<li class=\"bo-tree-(\d)\"", shown) == ["0", "1", "2"]
        assert "Template: Welcome → Goodbye." in shown
        assert shown.count("→") == 1
    assert "bo-tree" not in page(client, a_job(State.FAILED))


def test_a_correction_is_in_the_audit_log_from_what_to_what(
    client: Client, lea: Recipient, template: EmailTemplate
) -> None:
    max_ = Recipient.objects.create(email="max@example.org", name="Max Example")
    job = a_job(State.FAILED, name=EMAIL, kwargs={"destinataire_id": lea.pk, "modele_id": template.pk})
    address = f"/admin/tasks_app/job/{job.pk}/correct/"
    form = client.get(address)
    given = {"destinataire_id": max_.pk, "modele_id": template.pk, "do": "launch"}
    client.post(address, given | {"launch_key": form.context["key"]})
    new = Job.objects.get(rerun_of=job)
    [entry] = LogEntry.objects.filter(object_id=job.pk)
    said = entry.get_change_message()
    assert said == (
        f"Corrected and run again as {new.pk}. "
        "Recipient: Lea Example <lea@example.org> → Max Example <max@example.org>."
    )


def test_what_no_longer_fits_is_shown_with_why(client: Client, lea: Recipient) -> None:
    job = a_job(
        State.FAILED,
        name=EMAIL,
        kwargs={"destinataire_id": lea.pk, "modele_id": 4711, "copie": "max@example.org"},
    )
    shown = page(client, job, "correct")
    assert "Template: 4711 (does not exist) " in shown
    assert "copie: max@example.org It is not asked for any more, and is left out." in shown
    fits = a_job(State.FAILED, name=EMAIL, kwargs={"destinataire_id": lea.pk})
    assert "does not fit any more" not in page(client, fits, "correct")


def test_a_moving_period_stays_moving(admin_client: Client) -> None:
    job = a_job(State.FAILED, name=REPORT, kwargs={"type": "activity", "period": "last_month"})
    shown = page(admin_client, job, "correct")
    assert "does not fit any more" not in shown
    assert re.search(r'value="last_month"[^>]*(selected|checked)', shown)


# --- Others ------------------------------------------------------------------------------------


def test_others_that_failed_today_for_the_same_cause_are_named(client: Client) -> None:
    why = causes.TEMPLATE_OFF(template="Welcome")
    job = failed(why, about="lea@example.org")
    assert "Similar failures today" not in page(client, job)
    alike = [failed(why, about=f"max{number}@example.org") for number in range(7)]
    failed(causes.TEMPLATE_DELETED(id=3), about="other-cause@example.org")
    failed(why, name=REPORT, about="other-kind@example.org")
    long_ago = failed(why, about="long-ago@example.org", ended_at=timezone.now() - timedelta(days=2))
    shown = page(client, job)
    assert "7 other jobs failed today for the same cause." in shown
    assert sum(one.about in shown for one in alike) == 5
    assert "other-cause@" not in shown
    assert "other-kind@" not in shown
    assert long_ago.about not in shown
    [way] = set(re.findall(r'href="([^"]+)"[^>]*>All that failed for this cause<', shown))
    every = client.get(way).content.decode()
    assert [one for one in (job, long_ago, *alike) if one.about not in every] == []


def test_a_failed_job_leads_to_its_cause_and_no_other_does(client: Client) -> None:
    ways = []
    for columns in ({"cause": "a.cause"}, {"error_class": "shop.Broken"}, {}):
        shown = page(client, a_job(State.FAILED, error="no", **columns))
        ways += re.findall(r'href="([^"]+)"[^>]*>All that failed for this cause<', shown)
    assert [client.get(way).status_code for way in ways] == [200, 200, 200]
    for state in (State.SUCCEEDED, State.WAITING, State.CANCELLED):
        assert "All that failed for this cause" not in page(client, a_job(state, error="no"))


def test_the_trace_is_shown_and_leads_to_all_of_it(client: Client) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    job, other = a_job(trace_id=trace), a_job(trace_id=trace)
    a_job()
    shown = page(client, job)
    [way] = re.findall(rf'href="([^"]+)"[^>]*title="All jobs of this trace">{trace}<', shown)
    listed = client.get(way).content.decode()
    assert set(re.findall(r"/job/([0-9a-f-]{36})/change/", listed)) == {job.pk, other.pk}
