"""Rows that say why: a notice beside the sentence that rows had before there were notices."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks_app.notices import Notice, hint, say


class Caused(models.Model):
    """A row whose cause is a code with parameters, said in its reader's language.

    `sentence_column` names the column that says it in its writer's language: all there is of a row that an
    older version wrote, and what plain SQL reads. Where that is empty there is no cause, whatever the other
    two columns say: what succeeds clears the sentence alone.
    """

    sentence_column: ClassVar[str] = "error"

    # NULL costs a row nothing: what goes well writes neither.
    cause = models.CharField(_("cause"), max_length=255, null=True, editable=False)
    cause_params = models.JSONField(null=True, editable=False, encoder=DjangoJSONEncoder)

    class Meta:
        abstract = True

    @property
    def notice(self) -> Notice | None:
        """None where nothing is wrong, and for a row from before there were notices."""
        if not self.cause or not getattr(self, self.sentence_column):
            return None
        return Notice(self.cause, self.cause_params or {})

    @property
    def said(self) -> str:
        """Why, in the reader's language; "" where there is nothing to say."""
        notice = self.notice
        return (str(notice) if notice else "") or str(getattr(self, self.sentence_column))

    @property
    def advice(self) -> str:
        """What to do, where the sentence itself does not say it already."""
        todo = hint(self.cause) if self.cause else ""
        return "" if not self.said or todo.casefold() in self.said.casefold() else todo

    @property
    def technical(self) -> list[tuple[str, str]]:
        """The code, and what is only for those who mend, by name, where the sentence does not quote it."""
        notice = self.notice
        if notice is None:
            return []
        unsaid = [(name, value) for name, value in notice.technical.items() if str(value) not in self.said]
        return [("cause", notice.code), *unsaid]


def said_of(cause: str | None, params: Any, sentence: str) -> str:
    """`Caused.said` of columns that were read without their row."""
    return (say(cause, params or {}) if cause and sentence else "") or sentence


def columns_of(notice: Notice | None) -> dict[str, Any]:
    """What an UPDATE writes beside the sentence."""
    if notice is None:
        return {"cause": None, "cause_params": None}
    return {"cause": notice.code, "cause_params": dict(notice.params)}
