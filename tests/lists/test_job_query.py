"""What each qualifier of the search of jobs finds, what is suggested, and what a mistake looks like."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from tasks_app.admin.jobs.query import qualifiers
from tasks_app.admin.jobs.query.qualifiers import JOBS
from tasks_app.catalogue import JobKind, describe
from tasks_app.models import Job, JobArgument, Slot, State
from tasks_app.search import finding
from tasks_app.search.arguments import LONGEST, stored
from tests.pages.work import DEBUG, EMAIL, a_job, person
from tests.search.making import fill_all

pytestmark = pytest.mark.django_db

LIST = "/admin/tasks_app/job/"
REPORT = "tasks_app.tasks.rapport_pdf"


@pytest.fixture
def client(signed_in: Callable[[str], Client]) -> Client:
    return signed_in("superuser")


def found(client: Client, text: str, **filters: str) -> set[str]:
    answer = client.get(LIST, {"q": text} | filters)
    assert answer.status_code == 200
    assert answer.context["cl"].search_mistake is None, answer.context["cl"].search_mistake
    return {job.pk for job in answer.context["cl"].result_list}


def mistake(client: Client, text: str) -> Any:
    answer = client.get(LIST, {"q": text})
    assert answer.status_code == 200
    assert list(answer.context["cl"].result_list) == []
    shown = answer.context["cl"].search_mistake
    assert shown is not None
    assert shown.before + shown.wrong + shown.after == text
    page = unescape(answer.content.decode())
    assert f"<mark>{shown.wrong}</mark>" in page
    assert shown.sentence in page
    return shown


# --- State, kind, queue ------------------------------------------------------------------------


def test_by_state_alone_or_several_or_none_of_them(client: Client) -> None:
    jobs = {state: a_job(state).pk for state in State}
    repaired = a_job(State.FAILED, repaired_at=timezone.now()).pk
    assert found(client, "state:failed") == {jobs[State.FAILED], repaired}
    assert found(client, "state:FAILED,unknown") == {jobs[State.FAILED], jobs[State.UNKNOWN], repaired}
    assert found(client, "-state:failed,unknown,succeeded") == {
        jobs[state] for state in (State.WAITING, State.RUNNING, State.CANCELLED)
    }
    assert found(client, "state:repaired") == {repaired}
    assert found(client, "state:failed -state:repaired") == {jobs[State.FAILED]}
    assert found(client, "state:failed state:unknown") == set()


def test_a_french_reader_types_the_same_words_or_the_labels(client: Client) -> None:
    failed = a_job(State.FAILED).pk
    a_job(State.SUCCEEDED)
    client.cookies["django_language"] = "fr"
    assert found(client, "state:failed") == {failed}
    with override("fr"):
        label = str(State.FAILED.label)
    assert label != "Failed"
    assert found(client, f'state:"{label.upper()}"') == {failed}
    assert "Il n’" in mistake(client, "state:fayled").sentence


def test_by_kind_its_short_name_its_whole_one_or_its_label(client: Client) -> None:
    email, report, gone = a_job(name=EMAIL).pk, a_job(name=REPORT).pk, a_job(name="old.tasks.gone").pk
    assert found(client, "kind:envoi_email") == {email}
    assert found(client, f"kind:{EMAIL},rapport_pdf") == {email, report}
    assert found(client, 'kind:"send an email"') == {email}
    assert found(client, "kind:old.tasks.gone") == {gone}
    assert found(client, "-kind:envoi_email") == {report, gone}
    assert mistake(client, "kind:envoi_emial").mended == "kind:envoi_email"


def test_by_queue(client: Client) -> None:
    high, other = a_job(queue="high").pk, a_job(queue="an odd one").pk
    assert found(client, "queue:high") == {high}
    assert found(client, 'queue:"an odd one",high') == {high, other}
    assert mistake(client, "queue:hihg").mended == "queue:high"


# --- Cause, schedule, person, id ---------------------------------------------------------------


def test_by_cause_its_beginning_or_what_it_says(client: Client) -> None:
    job = a_job(State.FAILED, cause="mail.refused.whole", error="Refused.").pk
    a_job(State.FAILED, cause="other", error="Other.")
    assert found(client, "cause:mail.refused.whole") == {job}
    assert found(client, "cause:mail.") == {job}


def test_what_nobody_knows_the_outcome_of_is_found_by_its_cause_to_be_settled_together(
    client: Client,
) -> None:
    alike = {a_job(State.UNKNOWN, cause="mail.no_answer").pk for _ in range(3)}
    a_job(State.UNKNOWN, cause="worker.died")
    failed = a_job(State.FAILED, cause="mail.no_answer", error="No.").pk
    a_job(State.SUCCEEDED)
    assert found(client, "cause:mail.no_answer state:unknown") == alike
    assert found(client, "cause:mail.no_answer") == {*alike, failed}


def test_by_schedule_its_name_or_number(client: Client) -> None:
    rhythm = IntervalSchedule.objects.create(every=1, period="hours")
    nightly = PeriodicTask.objects.create(name="Nightly overview", task=DEBUG, interval=rhythm)
    job, _other = a_job().pk, a_job().pk
    now = timezone.now()
    Slot.objects.create(
        schedule=nightly, schedule_name="Nightly overview", moment=now, job_id=job, decided_at=now
    )
    assert found(client, 'schedule:"nightly OVERVIEW"') == {job}
    assert found(client, f"schedule:{nightly.pk}") == {job}
    assert "Nightly overview" in mistake(client, 'schedule:"nightly overvew"').mended


def test_by_person_me_a_name_or_the_beginning_of_one(client: Client) -> None:
    me = User.objects.get(is_superuser=True)
    zoe = User.objects.create_user("zoe", "z.l@example.org", first_name="Zoë", last_name="Lefèvre")
    mine, hers, _other = a_job(created_by=me).pk, a_job(created_by=zoe).pk, a_job().pk
    assert found(client, "user:me") == {mine}
    for typed in ("zoe", "z.l@example.org", "lefevre", "LEF"):
        assert found(client, f"user:{typed}") == {hers}, typed
    assert found(client, "-user:me,zoe") == {_other}
    assert "nobodyelse" in mistake(client, "user:nobodyelse").sentence


def test_by_the_beginning_of_an_id(client: Client) -> None:
    job = a_job(id="3f2a1b4c-0000-4000-8000-000000000001").pk
    a_job()
    assert found(client, "id:3F2A1b") == {job}
    assert "at least 3" in mistake(client, "id:3f").sentence


# --- Time --------------------------------------------------------------------------------------


def test_by_age(client: Client) -> None:
    now = timezone.now()
    new, old = a_job(created_at=now - timedelta(hours=2)).pk, a_job(created_at=now - timedelta(days=3)).pk
    assert found(client, "last:24h") == {new}
    assert found(client, "-last:24h") == {old}
    assert found(client, "last:1h,7d") == {new, old}
    assert "90s" in mistake(client, "last:soon").sentence


def test_by_how_long_it_ran_or_has_run(client: Client) -> None:
    now = timezone.now()
    quick = a_job(started_at=now - timedelta(hours=1, seconds=2), ended_at=now - timedelta(hours=1)).pk
    slow = a_job(started_at=now - timedelta(hours=2), ended_at=now - timedelta(hours=1)).pk
    running = a_job(State.RUNNING, started_at=now - timedelta(minutes=20)).pk
    waiting = a_job(State.WAITING).pk
    assert found(client, ">5m") == {slow, running}
    assert found(client, "<5m") == {quick}
    assert found(client, "->5m") == {quick, waiting}
    assert found(client, ">5m -state:running") == {slow}


def test_spans_are_looked_for_among_the_newest_of_what_else_is_asked(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    for number in range(4):
        a_job(created_at=now - timedelta(minutes=number))
    slow = {"started_at": now - timedelta(hours=2), "ended_at": now - timedelta(hours=1)}
    old = a_job(State.FAILED, created_at=now - timedelta(days=1), **slow).pk
    monkeypatch.setattr("tasks_app.admin.jobs.query.finding.MOST", 3)
    answer = client.get(LIST, {"q": ">5m"})
    assert list(answer.context["cl"].result_list) == []
    assert "newest 3" in answer.content.decode()
    assert found(client, ">5m state:failed") == {old}


# --- Words -------------------------------------------------------------------------------------


def test_words_quotations_and_what_is_not_to_be_there(client: Client) -> None:
    one = a_job(about="lea martin at work", name=EMAIL).pk
    two = a_job(about="martin lea", name=EMAIL).pk
    three = a_job(about="leo", name=DEBUG).pk
    fill_all()
    assert found(client, "lea martin") == {one, two}
    assert found(client, '"lea martin"') == {one}
    assert found(client, 'lea -"lea martin"') == {two}
    assert found(client, "-lea") == {three}
    assert found(client, "lea kind:envoi_email -work") == {two}
    assert found(client, "lea", state="failed") == set()


def test_a_search_that_cannot_be_read_does_nothing_to_anything(client: Client) -> None:
    job = a_job(State.WAITING)
    client.post(
        f"{LIST}?q=stat:waiting",
        {"action": "cancel_selected", "select_across": "1", "_selected_action": job.pk, "confirmed": "yes"},
    )
    job.refresh_from_db()
    assert job.state == State.WAITING


def test_the_most_likely_search_is_a_link(client: Client) -> None:
    shown = mistake(client, "a stat:failed b")
    assert shown.mended == "a state:failed b"
    page = unescape(client.get(LIST, {"q": "a stat:failed b"}).content.decode())
    assert 'href="?q=a+state%3Afailed+b"' in page


def test_each_example_beside_the_box_can_be_pressed(client: Client) -> None:
    page = client.get(LIST)
    for example in page.context["cl"].model_admin.search_examples:
        found(client, example)
        assert example in unescape(page.content.decode())


# --- Arguments ---------------------------------------------------------------------------------


@pytest.mark.parametrize("filled", [True, False], ids=["filled", "fresh"])
def test_by_an_argument_whole(filled: bool, client: Client) -> None:
    one = a_job(name=EMAIL, kwargs={"destinataire_id": 42, "modele_id": 7}).pk
    two = a_job(name=EMAIL, args=[421]).pk
    report = a_job(name=REPORT, kwargs={"type": "Overview"}).pk
    if filled:
        fill_all()
        assert JobArgument.objects.count() == 4
    assert found(client, "arg.destinataire:42") == {one}
    assert found(client, "arg.destinataire_id:42,421") == {one, two}
    assert found(client, "-arg.destinataire:42") == {two, report}
    assert found(client, "arg.type:overview") == {report}
    assert found(client, "arg.modele:42") == set()


def test_an_argument_that_is_not_declared_is_none(client: Client) -> None:
    a_job(name=REPORT, kwargs={"format": "pdf", "type": "overview"})
    fill_all()
    assert set(JobArgument.objects.values_list("name", flat=True)) == {"type"}
    assert "arg.type" in mistake(client, "arg.typ:x").sentence
    assert mistake(client, "a arg.format:pdf").wrong == "arg.format"


def test_a_secret_argument_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="what is secret is not searched: token"):
        describe(JobKind(name="x", label="X", form=Any, secret=("token",), searchable=("token", "a")))  # type: ignore[arg-type]  # it is not asked


def test_what_is_forgotten_is_found_no_more(client: Client) -> None:
    job = a_job(name=EMAIL, kwargs={"destinataire_id": 42})
    fill_all()
    Job.objects.filter(pk=job.pk).delete()
    from tasks_app.models import SearchProgress

    SearchProgress.objects.update(sweep_began_at=None)
    fill_all()
    assert not JobArgument.objects.exists()


def test_a_past_from_before_is_found_after_the_next_comparison(client: Client) -> None:
    job = a_job(name=EMAIL, kwargs={"destinataire_id": 42})
    fill_all()
    JobArgument.objects.all().delete()
    from tasks_app.models import SearchProgress

    SearchProgress.objects.update(sweep_began_at=None)
    fill_all()
    assert found(client, "arg.destinataire:42") == {job.pk}


def test_values_are_kept_short_and_compared_whole() -> None:
    long = "x" * (LONGEST + 1)
    assert len(stored(long)) <= LONGEST
    assert stored(long) != stored(long + "y")
    assert [stored(value) for value in (True, 42, "Zoë ", 1.5)] == ["true", "42", "zoe", "1.5"]


def test_arguments_that_nobody_can_read_stop_no_other(client: Client) -> None:
    a_job(name=EMAIL, kwargs={"destinataire_id": {"__type__": "no such", "__value__": 1}})
    a_job(name=EMAIL, kwargs={"destinataire_id": [1, 2, None, {"a": 1}]})
    job = a_job(name=EMAIL, kwargs={"destinataire_id": 42}).pk
    fill_all()
    assert found(client, "arg.destinataire:42") == {job}
    assert len(found(client, "arg.destinataire:2")) == 1


def test_many_jobs_of_one_argument_are_the_newest(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    jobs = [
        a_job(name=EMAIL, kwargs={"destinataire_id": 42}, created_at=now - timedelta(minutes=number)).pk
        for number in range(5)
    ]
    fill_all()
    monkeypatch.setattr("tasks_app.admin.jobs.query.arguments.MOST", 2)
    assert found(client, "arg.destinataire:42") == set(jobs[:2])
    assert "newest 2" in client.get(LIST, {"q": "arg.destinataire:42"}).content.decode()


# --- Suggestions -------------------------------------------------------------------------------


def suggested(client: Client, text: str) -> dict[str, str]:
    answer = client.get(f"{LIST}suggest/", {"q": text})
    assert answer.status_code == 200
    return {one["text"]: one["label"] for one in answer.json()["suggestions"]}


def test_names_are_suggested_then_values_then_others(client: Client) -> None:
    assert suggested(client, "st") == {"state:": "State"}
    assert suggested(client, "lea -st") == {"lea -state:": "State"}
    assert suggested(client, "state:fa") == {
        "state:failed": "Failed",
        "state:repaired": "Failed, repaired by a re-run",
    }
    assert "state:failed,unknown" in suggested(client, "state:failed,unk")
    assert suggested(client, "kind:envoi") == {"kind:envoi_email": "Send an email"}
    assert suggested(client, "kind:email") == {"kind:envoi_email": "Send an email"} | {
        text: label for text, label in suggested(client, "kind:email").items() if text != "kind:envoi_email"
    }
    assert suggested(client, "arg.dest") == {
        "arg.destinataire:": "Argument, whole",
        "arg.destinataire_id:": "Argument, whole",
    }
    assert "last:24h" in suggested(client, "last:")
    assert {"state:", "kind:", "arg.", ">5m"} <= suggested(client, "").keys()
    assert suggested(client, "nothing that begins so") == {}


def test_a_value_with_blanks_is_suggested_in_quotation_marks(client: Client) -> None:
    rhythm = IntervalSchedule.objects.create(every=1, period="hours")
    PeriodicTask.objects.create(name="Nightly overview", task=DEBUG, interval=rhythm)
    assert 'schedule:"Nightly overview"' in suggested(client, "schedule:night")
    assert 'schedule:"Nightly overview"' in suggested(client, 'schedule:"Nightly ov')


@pytest.mark.parametrize(
    "text", ["\0", '"', "state:", "a:b:c", "arg.:", ">", "-", "x" * 5000, "state:é,", "«"]
)
def test_whatever_is_typed_is_answered(text: str, client: Client) -> None:
    suggested(client, text)


def test_whoever_sees_no_jobs_is_suggested_none() -> None:
    assert person(name="eve").get(f"{LIST}suggest/?q=user:").status_code == 403


def test_each_qualifier_says_what_it_is_by_an_example_that_can_be_read() -> None:
    for one in JOBS.qualifiers:
        [term] = JOBS.read(one.example)
        assert JOBS.qualifier_of(term) is one
        assert bool(one.condition) != bool(one.among)
        assert str(one.label)
    assert finding.MOST == qualifiers.MOST
