"""What is asked in vain is one line of the log; a fault of ours keeps its traceback."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client

from projet.observability import logs

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(params=["text", "json"])
def log(request: Any) -> Iterator[io.StringIO]:
    """What the console would show, by the settings' own handler."""
    config = logs.logging_config(request.param, "INFO")["handlers"]["console"]
    assert "refusals" in config["filters"]
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter({"text": logs.Text, "json": logs.Json}[request.param]())
    for one in (logs.Context(), logs.Refusals()):
        handler.addFilter(one)
    logging.getLogger().addHandler(handler)
    yield handler.stream
    logging.getLogger().removeHandler(handler)


def lines(log: io.StringIO) -> list[str]:
    return log.getvalue().splitlines()


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/admin/auth/user/", 403),
        ("get", "/admin/auth/user/1/change/?a=%0Aroot%20logged%20in", 403),
        ("get", "/admin/tasks_app/job/add/", 403),
        ("post", "/admin/tasks_app/job/1%0A2/cancel/", 404),
        ("get", "/admin/no%0Asuch%E2%80%A8page/", 404),
        ("get", "/admin/backoffice/recipient/export/?_to_field=a%0Ab", 200),
        ("put", "/i18n/setlang/", 302),
    ],
)
def test_a_refusal_is_one_line(
    method: str, address: str, status: int, log: io.StringIO, signed_in: Callable[[str], Client]
) -> None:
    assert getattr(signed_in("Staff"), method)(address).status_code == status
    told = [line for line in lines(log) if "django." in line]
    assert len(told) == (status >= 400), told
    assert "Traceback" not in log.getvalue()
    assert "PermissionDenied" not in log.getvalue()


@pytest.mark.parametrize("host", ["evil.example.org", "a b", "[::1"])
def test_a_strange_host_is_one_line(host: str, log: io.StringIO, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    assert Client(headers={"host": host}).get("/admin/").status_code == 400
    assert len(lines(log)) == 1
    assert "Traceback" not in log.getvalue()


def test_a_form_of_too_many_fields_is_one_line(log: io.StringIO) -> None:
    limit = configured.DATA_UPLOAD_MAX_NUMBER_FIELDS
    assert Client().post("/admin/login/", {f"f{n}": "1" for n in range(limit + 1)}).status_code == 400
    assert len(lines(log)) == 1
    assert "Traceback" not in log.getvalue()


def test_a_fault_of_ours_keeps_its_traceback(log: io.StringIO) -> None:
    logger = logging.getLogger("django.request")
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logger.error("Internal Server Error: %s", "/", exc_info=True, extra={"status_code": 500})
    assert "ZeroDivisionError" in log.getvalue()
