"""Mailings, saved questions, a report on screen, schedules in time: rows to see there, and their pictures."""

from __future__ import annotations

from functools import partial
from typing import Any

from camera import PHONE, Shot

QUESTION = "Emails by template"
SQL = """\
SELECT template, state, count(*) AS emails
FROM emails
WHERE created_at >= :since
GROUP BY template, state
ORDER BY template, emails DESC"""


def add_rows(staff: Any, support: Any, admin: Any) -> None:
    keep_mailings(staff, support)
    keep_questions(staff, admin)


def keep_mailings(author: Any, reviewer: Any) -> None:
    """One that is sent, one that waits for its approval, and a draft."""
    from backoffice.mailings import approving, going
    from backoffice.models import Audience, EmailTemplate, Mailing
    from tasks_app.launching import wait
    from tasks_app.models import Job
    from tasks_app.tasks import launch_sending, launch_take_down

    def make(name: str, template: str, audience: str) -> Mailing:
        return Mailing.objects.create(
            name=name,
            audience=Audience.objects.get(name=audience),
            template=EmailTemplate.objects.get(slug=template),
            created_by=author,
        )

    def worked_on(mailing: Mailing) -> None:
        mailing.refresh_from_db()
        wait(Job.objects.get(pk=mailing.job_id), 240)
        mailing.refresh_from_db()

    make("Maintenance in spring", "planned-maintenance", "Readers of French")
    for name, sent in (("October's maintenance", True), ("November's maintenance", False)):
        mailing = make(name, "planned-maintenance", "Readers of French")
        going.take_down(mailing, partial(launch_take_down, by=author))
        worked_on(mailing)
        if sent:
            approving.approve(mailing, reviewer, mailing.digest)
            going.send(mailing, author, partial(launch_sending, by=author))
            worked_on(mailing)


def keep_questions(author: Any, reviewer: Any) -> None:
    """One that managers may run, asked once; and one that waits for its review."""
    from django.contrib.auth.models import Group

    from backoffice.models import QuestionVersion
    from backoffice.questions import reviewing
    from tasks_app.launching import launch, wait

    managers = Group.objects.filter(name="Managers")
    since = {"name": "since", "type": "day", "label": "Since", "initial": "2026-01-01", "required": True}
    first = QuestionVersion(
        title=QUESTION,
        definition="Emails since a day, security mail left out, by template and by what became of them.",
        sql=SQL,
        parameters=[since],
        totals=["emails"],
        group_by="template",
        author=author,
    )
    reviewing.write(None, first, managers)
    reviewing.approve(first, reviewer, "Read and tried.")
    second = QuestionVersion(
        title="Slowest kinds of job",
        definition="How long the jobs of each kind took.",
        sql="SELECT kind, count(*) AS jobs FROM jobs GROUP BY kind ORDER BY jobs DESC",
        author=author,
    )
    reviewing.write(None, second, managers)
    asked = {"version": first.pk, "parameters": {"since": "2026-01-01"}}
    wait(launch("tasks_app.question_tasks.ask_question", asked, by=reviewer), 120)


def shots() -> list[Shot]:
    from django.urls import reverse

    from backoffice.models import Mailing, MailingState, Question, QuestionAnswer, Report

    def page_of(model: str, row: Any, name: str = "change") -> str:
        return reverse(f"admin:{model}_{name}", args=[row.pk])

    sent = Mailing.objects.get(state=MailingState.DONE)
    mailing = page_of("backoffice_mailing", sent)
    approve = page_of("backoffice_mailing", Mailing.objects.get(state=MailingState.FROZEN))
    waits = page_of("backoffice_question", Question.objects.get(current=None))
    question = Question.objects.get(title=QUESTION)
    job = QuestionAnswer.objects.latest("at").job_id
    answer = f"{page_of('backoffice_question', question, 'answer')}?job={job}"
    report = Report.objects.filter(type="activity", language="en").latest("created_at")
    screen = page_of("backoffice_report", report, "screen")
    timeline = reverse("admin:django_celery_beat_periodictask_timeline")
    return [
        Shot("mailing", "staff", mailing, whole=True),
        Shot("mailing-dark", "staff", mailing, scheme="dark"),
        Shot("mailing-fr", "staff", mailing, locale="fr-FR"),
        Shot("mailing-phone", "staff", mailing, size=PHONE),
        Shot("mailing-to-approve", "support", approve),
        Shot("question", "admin", page_of("backoffice_question", question)),
        Shot("question-to-review", "admin", waits),
        Shot("question-answer", "admin", answer, whole=True),
        Shot("question-answer-dark-fr", "admin", answer, scheme="dark", locale="fr-FR"),
        Shot("question-answer-phone", "admin", answer, size=PHONE),
        Shot("report-screen", "manager", screen),
        Shot("report-screen-dark-fr", "manager", screen, scheme="dark", locale="fr-FR"),
        Shot("report-screen-phone", "manager", screen, size=PHONE),
        Shot("timeline", "staff", timeline),
        Shot("timeline-dark-fr", "staff", timeline, scheme="dark", locale="fr-FR"),
        Shot("timeline-phone", "staff", timeline, size=PHONE),
        Shot("last-night", "support", reverse("admin:django_celery_beat_periodictask_last_night")),
    ]
