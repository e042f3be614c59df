"""What only instances have: a message that a channel took, the request of a page, an open workbook."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker.request import Request
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.http import HttpRequest
from kombu import Consumer, Queue
from kombu.asynchronous.timer import Entry, Timer
from openpyxl import Workbook, load_workbook
from weasyprint import HTML
from weasyprint.pdf.stream import Stream

from projet.celery import app, debug_task
from tasks_app.models import Job
from tests.servers import RedisServer
from tests.upstream.tables import ALL

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]

QUEUE = settings.CELERY_TASK_DEFAULT_QUEUE


def taken_message(channel: Any) -> Any:
    """A job of ours, taken and not acknowledged."""
    taken: list[Any] = []
    debug_task.delay()
    with Consumer(channel, [Queue(QUEUE, routing_key=QUEUE)], on_message=taken.append, accept=["json"]):
        channel.connection.client.drain_events(timeout=5)
    return taken[0]


def asked_request() -> HttpRequest:
    """Whose user somebody has asked for."""
    request: Any = HttpRequest()
    request.session = {}
    AuthenticationMiddleware(lambda request: SimpleNamespace())(request)
    assert not request.user.is_authenticated
    return request


def opened_workbook() -> Any:
    """As it is read row by row."""
    file = io.BytesIO()
    Workbook().save(file)
    return load_workbook(file, read_only=True)


def laid_out() -> Any:
    return HTML(string="<p>x").render()


def test_each_has_what_we_ask_it_for(broker: RedisServer) -> None:
    book = opened_workbook()
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        message = taken_message(channel)
        made = {
            "celery.worker.request:Request": Request(message, app=app),
            "celery.app.task:Task": debug_task,
            "django.contrib.auth.middleware:HttpRequest": asked_request(),
            "django.db.models:QuerySet": Job.objects.all(),
            "kombu.asynchronous.timer:Entry": Entry(print),
            "kombu.asynchronous.timer:Timer": Timer(),
            "kombu.transport.redis:Channel": channel,
            "kombu.transport.redis:Message": message,
            "kombu.transport.redis:QoS": channel.qos,
            "openpyxl.workbook.workbook:Workbook": book,
            "weasyprint.document:Page": laid_out().pages[0],
            "weasyprint.pdf.stream:Stream": Stream({}, (0, 0, 0, 0), {}, {}, None, {}, None),
        }
        asked = [lean.theirs.split("().") for lean in ALL if "()" in lean.theirs]
        assert [f"{whose}().{name}" for whose, name in asked if not hasattr(made[whose], name)] == []
        assert channel.qos._delivered == {message.delivery_tag: message}
        message.ack()
        assert message.delivery_tag in channel.qos._dirty


def test_the_channel_has_our_options_and_the_connection_the_others(broker: RedisServer) -> None:
    """kombu says nothing of an option that it does not know."""
    given = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    with app.connection_for_read() as connection:
        known = connection.default_channel.from_transport_options
        channel = {name: getattr(connection.default_channel, name) for name in given if name in known}
        assert channel | connection._extract_failover_opts() == given | {
            "timeout": connection.connect_timeout
        }
