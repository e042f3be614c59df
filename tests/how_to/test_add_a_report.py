"""docs/how-to/add-a-report.md, followed to the letter: its file, then its command."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backoffice.models import Recipient, Report
from backoffice.reports import registry, types
from tests.how_to.guides import Guide

GUIDE = Guide("add-a-report.md")


@pytest.fixture
def file_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The guide's file beside the others, as Python sees it; forgotten afterwards."""
    named = re.search(r"Save it as `backoffice/reports/types/(\w+)\.py`", GUIDE.text)
    assert named
    registry.report_types()  # those of the house are found first, and stay
    (tmp_path / f"{named[1]}.py").write_text(GUIDE.block("python"))
    monkeypatch.setattr(types, "__path__", [*types.__path__, str(tmp_path)])
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    registry._discover.cache_clear()
    yield
    registry._discover.cache_clear()
    sys.modules.pop(f"{types.__name__}.{named[1]}", None)


def test_the_guides_report_is_ordered_and_made(
    db: None, file_in_place: None, eager: None, person: Any
) -> None:
    Recipient.objects.create(email="ann@example.org", name="Ann Example")
    GUIDE.run_its_command()
    GUIDE.run_its_command("format=csv")
    for report in Report.objects.all():
        assert report.type == "newcomers"
        assert report.title.startswith("Newcomers – ")
        assert report.rows == 1
    assert set(Report.objects.values_list("format", flat=True)) == {"pdf", "csv"}
    assert "newcomers" in {one.slug for one in registry.visible_types(person("Staff"))}
    assert "newcomers" not in {one.slug for one in registry.visible_types(person("Support"))}


def test_a_report_that_is_taken_away_is_gone(db: None) -> None:
    assert [one.slug for one in registry.report_types()] == ["activity", "emails", "overview", "promises"]


def test_two_reports_cannot_share_a_slug() -> None:
    taken = type("Other", (type(registry.find("activity")),), {"slug": "activity"})
    with pytest.raises(ValueError, match="Two reports are called 'activity'"):
        registry.register(taken)
