"""What list and page both say of a question: its state."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from backoffice.models import Question, QuestionVersion, VersionState
from tasks_app.display import badge

# Versions that nobody has reviewed, and nothing newer was written.
LATER = QuestionVersion.objects.filter(question=OuterRef("question"), number__gt=OuterRef("number"))
TO_REVIEW = Exists(
    QuestionVersion.objects.filter(~Exists(LATER), question=OuterRef("pk"), state=VersionState.WAITING)
)
RUNS = Q(current__isnull=False, withdrawn_at=None)

STATES: dict[str, tuple[Any, Any]] = {
    "runs": (_("Runs"), RUNS),
    "waiting": (_("To be reviewed"), Q(TO_REVIEW)),
    "withdrawn": (_("Withdrawn"), Q(withdrawn_at__isnull=False)),
}
VERSION_LOOKS = {
    VersionState.WAITING: ("warning", "rate_review"),
    VersionState.APPROVED: ("success", "verified"),
    VersionState.REFUSED: ("danger", "undo"),
}


def state_badge(question: Question) -> str:
    """What runs; what is to be reviewed besides, its page and the list's filter say."""
    if question.withdrawn_at:
        return badge(_("Withdrawn"), "", "stop_circle")
    if question.current_id is None:
        return badge(_("Not approved yet"), "warning", "rate_review")
    return badge(_("Runs"), "success", "verified")


def version_badge(version: QuestionVersion) -> str:
    state = VersionState(version.state)
    return badge(state.label, *VERSION_LOOKS[state])
