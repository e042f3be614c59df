"""Files that lists of people leave by: all recipients, rejected lines, an example to fill in."""

from __future__ import annotations

import io
from collections.abc import Iterable

from django.utils.translation import gettext as _

from backoffice.people_lists.labels import labels
from backoffice.people_lists.preview import reason, rejected_in
from tasks_app.spreadsheets import harmless, lines_of, meant

# Rows of the example: address, name, company, language, and whether they get emails.
EXAMPLE = (
    ("camille@example.org", "Camille Exemple", "Boulangerie Exemple", "fr"),
    ("robin@example.org", "Robin Example", "Example Ltd", "en"),
)


def csv_of(rows: Iterable[Iterable[str]]) -> bytes:
    """Lines that come back as they are when the file is imported."""
    file = io.BytesIO()
    with lines_of(file) as lines:
        for row in rows:
            lines.writerow([harmless(cell) for cell in row])
    return file.getvalue()


def example() -> bytes:
    """A list of two people, its columns named in the reader's language."""
    return csv_of([labels(), *([*cells, _("yes")] for cells in EXAMPLE)])


def rejected(content: bytes) -> bytes:
    """The rejected lines as they came, behind two columns that no import reads: which line, what is wrong.

    Raises UnreadableList.
    """
    columns, verdicts = rejected_in(content)
    header = [_("Line"), _("What is wrong"), *columns.headers]
    lines = (
        [str(one.row.line), reason(one.reasons, columns.own), *map(meant, one.row.cells)] for one in verdicts
    )
    return csv_of([header, *lines])
