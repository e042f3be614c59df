"""Every list with a fortnight in it, and with the longest values that fit: nothing is out of sight at a desk,
nothing is beside a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from playwright.sync_api import Page, ViewportSize, expect

from backoffice.models import EmailTemplate, Message, MessageState, Recipient, Suppression
from tasks_app.models import Job, ScheduleOptions, State
from tests.browser.every_page import COLOUR_RULES, PHONE, barriers, sideways, turn_dark, visit
from tests.browser.office import Office
from tests.browser.walking import sign_in, tab_to
from tests.pages.rows import make_job
from tests.pages.test_lists import lists

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(600)]

LAPTOP = ViewportSize(width=1366, height=768)
LEAST_LINES = 13  # in sight on a laptop, of a list that has as many
LONG = "Ärztekammer-Bezirksstelle " * 9
WORD = "x" * 200
# What of a list lies beyond its frame, in pixels; and the columns whose heads lie there. A row is one line,
# or two where what came of a re-run stands above its cause: both are read whole.
MEASURED = """() => {
    const frame = document.querySelector(".bo-list-frame");
    if (!frame) return {wide: 0, out: [], tall: [], rows: 0, seen: 0};
    const edge = Math.min(frame.getBoundingClientRect().right, innerWidth) + 1;
    const heads = [...frame.querySelectorAll("thead th")];
    const rows = [...frame.querySelectorAll("tbody tr")];
    const lines = (one) => one.querySelector(".bo-pair > .bo-cause") ? 2 : 1;
    const sum = (some) => some.reduce((total, one) => total + lines(one), 0);
    const foot = document.querySelector("[class*=scrollable-top]");
    const bottom = Math.min(innerHeight, foot?.getBoundingClientRect().top ?? innerHeight);
    return {
        wide: frame.querySelector("table").scrollWidth - frame.clientWidth,
        out: heads.filter((one) => one.getBoundingClientRect().right > edge).map((one) => one.className),
        tall: rows.filter((one) => one.offsetHeight > 22 + 20 * lines(one)).map((one) => one.innerText),
        rows: rows.length,
        seen: sum(rows.filter((one) => one.getBoundingClientRect().bottom <= bottom)),
    };
}"""
CARDS = """() => [...document.querySelectorAll(".bo-list tbody tr")].map((row) => {
    const box = row.getBoundingClientRect();
    const shown = [...row.children].filter((cell) => cell.offsetParent);
    const spills = (cell) => cell.matches(".bo-fill.bo-at-detail, .bo-at-problem")
        && getComputedStyle(cell).overflowY === "visible" && cell.scrollHeight > cell.clientHeight + 4;
    return {
        outside: box.left < 0 || box.right > innerWidth,
        beside: shown.filter((at) => at.getBoundingClientRect().right > box.right + 1 || spills(at)).length,
        places: shown.map((cell) => cell.className.match(/bo-at-(\\w+)/)[1]),
    };
})"""


def addresses() -> list[str]:
    return [
        f"/admin/{page.model._meta.app_label}/{page.model._meta.model_name}/"
        for page in lists()
        if page.has_view_permission is not None
    ]


@pytest.fixture
def page(lived_in: Office, watch: Callable[[str], Page]) -> Page:
    """An administrator's, with a fortnight behind it."""
    make_the_longest()
    page = watch("en-US")
    page.goto("/admin/")
    sign_in(page, "admin")
    return page


def make_the_longest() -> None:
    """Rows that nobody's list was drawn with."""
    sentence = f"SendError: {LONG} {WORD} at last: the mailbox is full"
    repaired = {State.SUCCEEDED: timezone.now()}
    for number, name in enumerate((LONG, WORD, "Short")):
        recipient = Recipient.objects.create(
            email=f"{'a' * 60}{number}@{'b' * 60}.example.org", name=name[:200], company=name[:200]
        )
        Message.objects.create(
            recipient=recipient, to=recipient.email, sender="us@example.org", subject=name,
            state=MessageState.FAILED, error=sentence,
        )  # fmt: skip
        make_job(State.FAILED, about=name[:200], error=sentence, cause="", queue="a-queue-with-a-long-name")
        Suppression.objects.create(
            address=recipient.email, reason=Suppression.Reason.COMPLAINED, detail=sentence[:200]
        )
        EmailTemplate.objects.create(name=name[:100], slug=f"{'s' * 40}-{number}", subject="s", text="t")
    for outcome in State:
        make_job(State.FAILED, rerun_state=outcome, repaired_at=repaired.get(outcome))
    make_job(State.FAILED, rerun_state=State.FAILED, error=sentence, cause="")
    schedule = PeriodicTask.objects.first()
    assert schedule is not None
    PeriodicTask.objects.filter(pk=schedule.pk).update(
        name=f"{LONG[:150]} broken", task="tasks_app.tasks.nobody_knows_it"
    )
    ScheduleOptions.objects.update_or_create(
        schedule=schedule,
        defaults={"anchor": timezone.now(), "next_slot": None, "invalid": "unknown.task: nobody knows it"},
    )


def test_each_list_fits_a_desk_whole_and_is_cards_on_a_phone(page: Page) -> None:
    """Each is loaded once, and looked at in both windows."""
    wrong, full = list[str](), 0
    for language in ("en", "fr"):
        page.context.add_cookies([{"name": "django_language", "value": language, "url": page.url}])
        for address in addresses():
            page.set_viewport_size(LAPTOP)
            if not visit(page, address):
                continue
            found: dict[str, Any] = page.evaluate(MEASURED)
            full += found["rows"] >= 20
            wrong += [f"{language} {address}: {one}" for one in (*at_a_desk(page, found), *on_a_phone(page))]
    assert not wrong, "\n".join(wrong)
    assert full >= 8  # lists that have enough to fill a screen


def at_a_desk(page: Page, found: dict[str, Any]) -> Iterator[str]:
    """What is out of sight there, in sentences."""
    if found["wide"] > 0 or found["out"] or found["tall"] or sideways(page):
        yield f"{found}"
    if found["rows"] >= 20 and found["seen"] < LEAST_LINES:
        yield f"{found['seen']} lines in sight"


def on_a_phone(page: Page) -> Iterator[str]:
    page.set_viewport_size(PHONE)
    if pixels := sideways(page):
        yield f"scrolls sideways by {pixels}"
    for card in page.evaluate(CARDS):
        if card["outside"] or card["beside"]:
            yield f"{card}"
        if "title" not in card["places"]:
            yield f"no title: {card}"


def test_a_card_of_a_failed_job_says_state_time_problem_and_is_chosen_with_the_thumb(page: Page) -> None:
    page.set_viewport_size(PHONE)
    visit(page, "/admin/tasks_app/job/?state=failed&repaired=any")
    card = page.locator(".bo-list tbody tr").first
    for place in ("state", "time", "title", "problem"):
        expect(card.locator(f".bo-at-{place}")).to_be_visible()
    thumb = card.locator(".bo-at-tick label").bounding_box()
    assert thumb is not None
    assert thumb["height"] >= 44
    assert thumb["width"] >= 30
    assert not barriers(page)
    card.locator(".bo-at-tick label").click()
    expect(card.get_by_role("checkbox")).to_be_checked()
    boxes = page.locator(".bo-list tbody").get_by_role("checkbox")
    expect(page.locator(".action-counter")).to_have_text(f"1 of {boxes.count()} selected")
    page.get_by_text("Select all", exact=True).click()
    expect(page.locator(".action-counter")).to_have_text(f"{boxes.count()} of {boxes.count()} selected")
    page.get_by_role("combobox", name="Action").select_option("run_selected_again")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_in_viewport()
    assert sideways(page) == 0
    assert not barriers(page)
    turn_dark(page)
    assert not barriers(page, *COLOUR_RULES)


def test_the_whole_card_leads_to_its_page(page: Page) -> None:
    page.set_viewport_size(PHONE)
    visit(page, "/admin/tasks_app/job/?state=failed")
    card = page.locator(".bo-list tbody tr").first
    box = card.bounding_box()
    assert box is not None
    card.click(position={"x": box["width"] / 2, "y": box["height"] - 4})
    page.wait_for_url("**/change/**")
    page.get_by_role("link", name="Jobs", exact=True).last.click()
    page.wait_for_url("**/tasks_app/job/?state=failed")


def test_a_broken_schedule_looks_broken_and_knobs_sit_in_their_tracks(page: Page) -> None:
    page.set_viewport_size(LAPTOP)
    visit(page, "/admin/django_celery_beat/periodictask/")
    problem = page.locator(".bo-list tbody .bo-at-problem:not(.bo-none)").first
    expect(problem).to_be_in_viewport()
    knobs = page.evaluate("""() => [...document.querySelectorAll(".bo-switch")].map((track) => {
        const [out, knob] = [track, track.firstElementChild].map((one) => one.getBoundingClientRect());
        return knob.left >= out.left && knob.right <= out.right
            && knob.top >= out.top && knob.bottom <= out.bottom
            && (track.ariaChecked === "true") === (knob.left + knob.right > out.left + out.right);
    })""")
    assert knobs
    assert all(knobs)


def test_the_end_of_a_long_cause_is_in_sight(page: Page) -> None:
    page.set_viewport_size(LAPTOP)
    visit(page, "/admin/tasks_app/job/?state=failed")
    tail = page.locator(".bo-cause > :last-child").filter(has_text="the mailbox is full").first
    box, cell = tail.bounding_box(), tail.locator("xpath=ancestor::td").bounding_box()
    assert box is not None
    assert cell is not None
    assert box["x"] + box["width"] <= cell["x"] + cell["width"] + 1
    assert tail.evaluate("(one) => one.scrollWidth <= one.clientWidth + 1")


def test_the_keyboard_reaches_chips_and_sees_a_moment_whole(page: Page) -> None:
    visit(page, "/admin/tasks_app/job/?state=failed&created_at_from=2020-01-01")
    filters = page.get_by_role("navigation", name="Active filters")
    expect(filters.get_by_role("listitem")).to_have_count(2)
    assert not barriers(page)
    turn_dark(page)
    assert not barriers(page)
    tab_to(page, "Remove the filter State: Failed, not repaired")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "state=" not in url and "created_at_from=2020-01-01" in url)
    link = page.locator(".bo-list tbody .bo-at-title a").first
    whole = page.locator(".bo-list tbody tr").first.locator(".bo-at-time .bo-read")
    narrow = whole.bounding_box()
    page.keyboard.press("Tab")  # the browser shows where the focus is once a key moved it
    link.focus()
    shown = whole.bounding_box()
    assert narrow is not None
    assert shown is not None
    assert narrow["width"] <= 1 < 100 < shown["width"]


def test_the_fortnight_has_what_lists_are_judged_by(page: Page) -> None:
    assert Job.objects.filter(state=State.FAILED).count() > 3
    assert Message.objects.count() > 100
