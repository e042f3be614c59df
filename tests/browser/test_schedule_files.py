"""Schedules moved between installations as files, walked in Chromium with the real clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from django_celery_beat.models import PeriodicTask
from playwright.sync_api import Page, expect

from tasks_app.models import SlotState
from tests.browser.office import Office
from tests.browser.scheduling import CLEANUP, every_two_seconds, times
from tests.browser.walking import go
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

type SitDown = Callable[[str], Page]


def test_schedules_leave_as_a_file_and_come_back_changed_after_a_look(
    office: Office, sit_down: SitDown
) -> None:
    every_two_seconds("Here and there")
    page = sit_down("staff")
    go(page, "Schedules")
    with page.expect_download() as started:
        page.get_by_role("link", name="Export all").click()
    text = Path(started.value.path()).read_text()
    file = yaml.safe_load(text)
    [ours] = [one for one in file["schedules"] if one["name"] == "Here and there"]
    assert ours["timing"] == {"interval": {"every": 2, "period": "seconds"}}

    ours["timing"]["interval"]["every"] = 3
    for name, task in (("Only there", CLEANUP), ("Of no job", "no.such.job")):
        timing = {"interval": {"every": 2, "period": "seconds"}}
        file["schedules"].append({"name": name, "task": task, "timing": timing})
    look_at(page, yaml.safe_dump(file))
    expect(page.get_by_role("region", name="Refused")).to_contain_text("“Of no job”: There is no job named")
    expect(page.get_by_role("region", name="New").get_by_role("listitem")).to_have_text(["Only there"])
    changed = page.get_by_role("region", name="Changed").get_by_role("listitem").first
    expect(changed).to_contain_text("Here and there")
    expect(changed).to_contain_text("Every 3 seconds")
    expect(changed).to_contain_text("In the coming year:")
    assert not PeriodicTask.objects.filter(name="Only there").exists()

    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("2 schedules were imported.")).to_be_visible()
    expect(page.get_by_text("“Of no job”: There is no job named")).to_be_visible()
    assert PeriodicTask.objects.get(name="Here and there").interval.every == 3
    there = PeriodicTask.objects.get(name="Only there")
    assert there.ownership.owner.username == "staff@example.org"  # who brought it in
    wait_until(times(there, SlotState.DONE).exists, what="a time of a schedule that came in a file")


def look_at(page: Page, text: str) -> None:
    page.get_by_role("link", name="Import", exact=True).click()
    file = page.get_by_label("File of schedules (YAML)")
    file.set_input_files({"name": "schedules.yaml", "mimeType": "text/yaml", "buffer": text.encode()})
    page.get_by_role("button", name="Look at what would change").click()
