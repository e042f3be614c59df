"""The job that asks a saved question for a page. As a document it is a report, made by that job.

Apart from `tasks.py`, which has all other jobs, and found through it.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.questions import causes, trying
from backoffice.questions.reviewing import VIEW
from tasks_app.catalogue import job
from tasks_app.subject import seen_from

ASK = "tasks_app.question_tasks.ask_question"


class AskForm(forms.Form):
    version = forms.IntegerField(label=_("Version"), min_value=1)
    parameters = forms.JSONField(label=_("Parameters"), required=False)


@job(
    name=ASK,
    label=_("Ask a saved question"),
    description=_("Asks the reporting database, and keeps the first rows of the answer for who asked."),
    form=AskForm,
    icon="database_search",
    queue="default",
    permission=VIEW,
    listed=False,
    about=lambda arguments: trying.title_of(arguments.get("version")),
    rerun_note=_("It is asked again, of the data as they are now."),
    stop_by_force=True,  # nothing is kept before its end; the process that asks ends with this one
    soft_time_limit=6 * 60,
    time_limit=7 * 60,
)
def ask_question(self: Any, version: int, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
    self.progress(10, causes.ASKING())
    answer = trying.ask(
        version,
        parameters or {},
        by=self.job.created_by,
        moment=seen_from(self.job),
        job_id=self.request.id,
    )
    self.at_end(answer.save)
    return {"status": "ok", "answer": str(answer.pk), "rows": answer.row_count}
