"""`{% load batches %}`, then `{% proofs_of_cause kind cause %}`: what came of a cause that was run again."""

from typing import Any

from django import template

from tasks_app.batches import proof

register = template.Library()


@register.inclusion_tag("tasks_app/proofs.html")
def proofs_of_cause(kind: str, cause: str) -> dict[str, Any]:
    """The latest batches of this cause of this kind: those that wait for a start, and what came of others."""
    proofs, waiting = proof.of_cause(kind, cause)
    return {"proofs": proofs, "waiting": waiting}
