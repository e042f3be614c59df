"""Questions as people write and review them."""

from __future__ import annotations

from typing import Any

from celery import current_app
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from backoffice.models import Question, QuestionVersion
from backoffice.questions import reviewing
from tasks_app.models import Job

BY_TEMPLATE = "SELECT template, count(*) AS sent FROM emails WHERE template = :template GROUP BY template"


def page(question: Question, name: str = "change") -> str:
    return reverse(f"admin:backoffice_question_{name}", args=[question.pk])


def user_with(name: str, *codenames: str) -> User:
    user = User.objects.create_user(name, f"{name}@example.org", "pw", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=("view_question", *codenames)))
    return user


def lines(*parameters: dict[str, str]) -> dict[str, str]:
    """The lines of the form for these, as a browser sends them."""
    sent = {"parameters-TOTAL_FORMS": "2", "parameters-INITIAL_FORMS": "0"}
    for number in range(2):
        given = parameters[number] if number < len(parameters) else {}
        for name in ("name", "label", "type", "initial", "choices"):
            sent[f"parameters-{number}-{name}"] = given.get(name, "text" if name == "type" else "")
    return sent


def filled_in(*parameters: dict[str, str], **fields: Any) -> dict[str, Any]:
    return {
        "title": "Emails by template",
        "definition": "Emails of one template, without security mail.",
        "sql": BY_TEMPLATE,
        "groups": [Group.objects.get(name="Managers").pk],
        "totals": "sent",
        "group_by": "",
        "chart": "bars",
        "chart_label": "template",
        "chart_values": "sent",
        **lines(*(parameters or ({"name": "template", "label": "Template", "initial": "welcome"},))),
    } | fields


def write(client: Client, *parameters: dict[str, str], **fields: Any) -> Question:
    answer = client.post(reverse("admin:backoffice_question_add"), filled_in(*parameters, **fields))
    assert answer.status_code == 302, (answer.context["form"].errors, answer.context["lines"].errors)
    return Question.objects.latest("pk")


def approved(
    sql: str, *parameters: dict[str, Any], groups: tuple[str, ...] = ("Managers",), **fields: Any
) -> Question:
    """Written by one person and approved by another."""
    author, _made = User.objects.get_or_create(username="author")
    reviewer, _made = User.objects.get_or_create(username="reviewer", is_superuser=True)
    version = QuestionVersion(
        title="A question",
        definition="What it says.",
        sql=sql,
        parameters=list(parameters),
        author=author,
        **fields,
    )
    reviewing.write(None, version, Group.objects.filter(name__in=groups))
    reviewing.approve(version, User.objects.get(pk=reviewer.pk), "")
    version.question.refresh_from_db()
    return version.question


def run(job: Job) -> Job:
    current_app.tasks[job.name].apply(job.args, job.kwargs, task_id=job.pk, headers=job.message["headers"])
    return Job.objects.get(pk=job.pk)
