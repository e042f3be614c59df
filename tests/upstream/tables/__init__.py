"""The tables, one for each library or two that belong together."""

from tests.upstream.leaning import Lean
from tests.upstream.tables import beat, celery, django, kombu, liquid, others, unfold

ALL: tuple[Lean, ...] = (
    *celery.LEANS,
    *beat.LEANS,
    *kombu.LEANS,
    *django.LEANS,
    *unfold.LEANS,
    *liquid.LEANS,
    *others.LEANS,
)


def called_in(place: str) -> set[str]:
    """What is to be seen called there."""
    return {lean.theirs for lean in ALL if lean.called == place}
