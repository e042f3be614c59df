"""What Celery, the admin and the libraries around it call of ours in a web process."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from importlib import reload
from pathlib import Path

import pytest
from django import forms
from django.contrib.admin import ModelAdmin, register
from django.contrib.admin.exceptions import AlreadyRegistered
from django.contrib.admin.sites import DefaultAdminSite
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import clear_url_caches, reverse
from django.utils import timezone
from django_celery_results.models import TaskResult
from weasyprint import HTML

from backoffice.admin.questions.forms import parameter_lines
from backoffice.audiences.fields import clear
from backoffice.emails.errors import Refused
from backoffice.emails.html_checks import html_problems
from backoffice.emails.render import Source, render_part
from backoffice.models import Recipient, RecipientField
from backoffice.reports import xlsx
from backoffice.reports.assets import BASE_URL, OwnAssets
from backoffice.reports.sections import Sheet
from projet import urls
from projet.admin_site.lists import kept
from projet.celery import app, debug_task
from projet.observability.logs import Json
from tasks_app.admin.dressing import dress
from tasks_app.admin.moments import MomentField
from tasks_app.admin.schedules.timings.kinds import ZoneField
from tests.people_lists.looking import workbook
from tests.people_lists.test_pages import CONFIRM, MIXED, hidden_fields, upload
from tests.questions.making import lines
from tests.upstream.leaning import HERE, PRODUCT, every_module, overrides
from tests.upstream.tables import called_in
from tests.upstream.tap import tap

pytestmark = pytest.mark.once


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """What libraries call of ours from now on."""
    found: set[str] = set()
    with monkeypatch.context() as patch:
        tap(overrides(every_module(*PRODUCT)), found.add, patch.setattr)
        patch.setattr(kept, "_pieces", {})  # what pages before this test have written is written again
        make_addresses_anew()
        yield found
    make_addresses_anew()


def make_addresses_anew() -> None:
    """They hold the views that were there when they were made."""
    reload(urls)
    clear_url_caches()


def publish_and_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(vars(app), "amqp", raising=False)
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    debug_task.delay()


def open_pages(browser: Client) -> None:
    DefaultAdminSite()._setup()
    Client().post(reverse("admin:login"), {"username": "nobody", "password": "wrong"})
    TaskResult.objects.create(task_id="a result", task_name=debug_task.name)
    Recipient.objects.bulk_create(Recipient(email=f"one-of-{n}@example.org") for n in range(51))
    for page in (
        "index",
        "tasks_app_job_changelist",
        "django_celery_results_taskresult_changelist",
        "backoffice_recipient_changelist",
        "password_change",
        "search",
    ):
        assert browser.get(reverse(f"admin:{page}")).status_code == 200
    assert browser.get(reverse("admin:tasks_app_job_changelist"), {"q": "word"}).status_code == 200
    assert browser.get(reverse("admin:autocomplete")).status_code == 403


def register_a_page() -> None:
    with pytest.raises(AlreadyRegistered):
        register(Recipient)(ModelAdmin)


def import_and_export_a_list(browser: Client) -> None:
    upload(browser, workbook([["email"], ["ann@example.org"]]))
    page = upload(browser, MIXED.encode()).content.decode()
    browser.post(CONFIRM, hidden_fields(page))
    chosen = {"format": "0", "resource": "0", "recipientresource_email": "on"}
    assert b"new@example.org" in browser.post(reverse("admin:backoffice_recipient_export"), chosen).content


def show_a_form() -> None:
    class Form(forms.Form):
        person = forms.ModelChoiceField(User.objects.all())
        day = forms.DateField(initial=timezone.now, widget=forms.DateInput)

    User.objects.bulk_create(User(username=f"one of many {number}") for number in range(31))
    assert 'type="date"' in dress(Form(), lambda name: f"/{name}/").as_p()


def send_a_form() -> None:
    class Form(forms.Form):
        moment = MomentField()

    assert Form({"moment": "2026-11-29T12:00"}).is_valid()


def keep_what_the_house_wants_of_a_recipient(browser: Client) -> None:
    own = RecipientField.objects.create(name="balance", label="Balance", type="number")
    kept = {
        "email": "kim@example.org",
        "name": "Kim",
        "language": "en",
        "tagged": "b, a",
        "own_balance": "12",
    }
    page = reverse("admin:backoffice_recipient_add")
    assert browser.post(page, kept).status_code == 302
    kim = Recipient.objects.get(email=kept["email"])
    assert kim.own == {"balance": 12}
    page = reverse("admin:backoffice_recipient_change", args=[kim.pk])
    assert b'value="12"' in browser.get(page).content
    assert browser.post(page, kept | {"own_balance": "13"}).status_code == 302
    assert clear(own.name) == 1


def build_an_index_and_drop_it() -> None:
    for options in ([], ["--backwards"]):
        call_command("sqlmigrate", "tasks_app", "0004", *options)
        call_command("sqlmigrate", "backoffice", "0022", *options)


def send_lines_of_a_form() -> None:
    assert parameter_lines(lines({"name": "n", "label": "N", "initial": "x"}), []).is_valid()


def name_a_zone() -> None:
    assert str(ZoneField(choices=[]).clean("Asia/Kathmandu")) == "Asia/Kathmandu"


def write_a_workbook() -> None:
    assert xlsx.write(Sheet(["N"], [[1]]), io.BytesIO()) == 1


def lay_out_a_page() -> None:
    HTML(string='<img src="asset:///no.png">', base_url=BASE_URL, url_fetcher=OwnAssets()).render()


def write_a_letter() -> None:
    asked = (
        "{% if a == 9 and a != 8 and a < 10 and a > 8 and a <= 9 and a >= 9 and a contains 9 %}yes{% endif %}"
    )
    loop = "{% assign b = 3 | plus: 1 %}{% for i in (1..b) limit: 1 %}{{ i }}{% endfor %}"
    text = asked + loop + "{% case a %}{% when 9 %}nine{% endcase %}"
    assert render_part(Source("", text, ""), "text", {"a": "9"}) == "yes1nine"
    with pytest.raises(Refused, match="something is missing"):
        render_part(Source("", "{{ }}", ""), "text", {})
    assert html_problems("<p>a</b>")


def write_a_log_line() -> None:
    Json().format(logging.makeLogRecord({"msg": "hello"}))


def test_each_override_of_ours_is_called(
    transactional_db: None,
    seen: set[str],
    monkeypatch: pytest.MonkeyPatch,
    admin_client: Client,
    data_dir: Path,
) -> None:
    Recipient.objects.create(email="zoe@example.org")
    publish_and_run(monkeypatch)
    open_pages(admin_client)
    import_and_export_a_list(admin_client)
    register_a_page()
    show_a_form()
    send_a_form()
    keep_what_the_house_wants_of_a_recipient(admin_client)
    build_an_index_and_drop_it()
    send_lines_of_a_form()
    name_a_zone()
    write_a_workbook()
    lay_out_a_page()
    write_a_letter()
    write_a_log_line()
    admin_client.post(reverse("admin:logout"))
    missing = called_in(HERE) - seen
    assert not missing, f"No library called what is ours of {sorted(missing)}."
