"""What is wrong with a whole file."""

from __future__ import annotations

from django.utils.translation import gettext as _


class UnreadableList(ValueError):
    """The file is no list of people that can be read to its end; `str()` says why and what to do."""


class Damaged(UnreadableList):
    """A workbook that breaks off, or says what no workbook can."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This workbook is damaged: it cannot be read to its end. Open it in a spreadsheet, save it "
                "again, then upload that."
            )
        )
