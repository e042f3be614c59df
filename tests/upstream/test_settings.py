"""Each setting that we give a library is one that it reads: none says anything of a name that it lost."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from celery.app.defaults import SETTING_KEYS
from celery.fixups.django import DjangoWorkerFixup
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.module_loading import import_string
from gunicorn.config import make_settings  # type: ignore[import-untyped]  # it brings no types
from unfold import sites
from unfold.settings import CONFIG_DEFAULTS

from projet.admin_site.theme import UNFOLD_SETTINGS
from projet.celery import app
from tests.pages.test_theme import dotted_paths
from tests.servers import ROOT
from tests.upstream.leaning import PRODUCT

pytestmark = pytest.mark.once


def test_celery_knows_each_of_its_settings() -> None:
    ours = {name.removeprefix("CELERY_").lower() for name in dir(settings) if name.startswith("CELERY_")}
    assert ours - SETTING_KEYS == {"db_reuse_max"}  # which its Django fixup reads under its whole name
    assert DjangoWorkerFixup(app).db_reuse_max == settings.CELERY_DB_REUSE_MAX


@pytest.mark.parametrize("name", UNFOLD_SETTINGS)
def test_unfold_knows_each_of_its_settings(name: str) -> None:
    default = CONFIG_DEFAULTS.get(name)
    assert name in CONFIG_DEFAULTS or f'"{name}"' in inspect.getsource(sites)
    if isinstance(default, dict):
        assert UNFOLD_SETTINGS[name].keys() <= default.keys()


@pytest.mark.parametrize(
    ("package", "prefix"),
    [
        ("axes", "AXES_"),
        ("csp", "CONTENT_SECURITY_POLICY"),
        ("django_celery_beat", "DJANGO_CELERY_BEAT_"),
        ("django_otp", "OTP_"),
    ],
)
def test_a_library_of_the_admin_reads_each_of_its_settings(package: str, prefix: str) -> None:
    folder = Path(str(import_module(package).__file__)).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    ours = [name for name in dir(settings) if name.startswith(prefix)]
    assert ours
    assert [name for name in ours if name not in source] == []


def test_gunicorn_knows_each_line_of_its_file() -> None:
    """It passes over a name that it does not know."""
    body = ast.parse((ROOT / "gunicorn.conf.py").read_text(encoding="utf-8")).body
    hooks = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    values = {ast.unparse(target) for node in body if isinstance(node, ast.Assign) for target in node.targets}
    assert len(values) >= 5
    assert sorted((hooks | values) - make_settings().keys()) == []


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The callbacks of the theme that Unfold has called."""
    found: set[str] = set()

    def listen(path: str, callback: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if str(sys._getframe(1).f_globals["__name__"]).split(".")[0] not in PRODUCT:
                found.add(path)
            return callback(*args)

        return call

    for path in dotted_paths(settings.UNFOLD):
        monkeypatch.setattr(path, listen(path, import_string(path)))
    return found


@pytest.fixture
def no_answers_of_other_tests() -> Iterator[None]:
    """Unfold keeps what a search found."""
    cache.clear()
    yield
    cache.clear()


def test_unfold_calls_each_callback_of_the_theme(
    heard: set[str], admin_client: Client, no_answers_of_other_tests: None
) -> None:
    assert admin_client.get(reverse("admin:index")).status_code == 200
    assert admin_client.get(reverse("admin:search"), {"s": "dashboard"}).status_code == 200
    assert sorted(set(dotted_paths(settings.UNFOLD)) - heard) == []


def test_unfolds_pages_have_ours_among_them_and_no_colours_of_their_own(admin_client: Client) -> None:
    """By `extra_urls` and `each_context`."""
    assert admin_client.get(reverse("admin:launch")).status_code == 200
    page = admin_client.get(reverse("admin:index")).content.decode()
    assert "--color-primary-600:" not in page


def test_unfold_knows_a_list_that_is_not_counted_by_its_paginators_name(admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:tasks_app_job_changelist"), {"q": "nothing has this name"})
    paginator = page.context["cl"].paginator
    assert type(paginator).__name__ == "InfinitePaginator"
    assert f"{paginator.count} result" not in page.content.decode()
