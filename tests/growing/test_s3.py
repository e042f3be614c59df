"""Report files and attachments in S3, against moto's HTTP server."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice import prunables, s3, storage
from backoffice.emails.attachments import content_of, files_of
from backoffice.emails.errors import Refused, TryAgain
from backoffice.emails.settle import send_again
from backoffice.models import Attachment, Download, Message, MessageState, Report
from backoffice.reports import making
from backoffice.shelf import holding
from backoffice.sizes import files
from backoffice.sizes.keeping import keep_sizes
from backoffice.storage import StorageRefused
from tasks_app.launching import launch, wait
from tasks_app.models import State
from tasks_app.tasks import rapport_pdf
from tests.growing.conftest import BUCKET, environment, keep_files_in
from tests.servers import ROOT

# No database decides any of it.
pytestmark = pytest.mark.once

ADDRESS = f"s3://{BUCKET}/office"


def keys(bucket: Any) -> list[str]:
    return sorted(one.key for one in bucket.objects.all())


# --- The whole road ----------------------------------------------------------------------------------


@pytest.mark.stack
def test_a_worker_makes_a_report_into_the_bucket_and_the_web_gives_it_out(
    processes: Any, bucket: Any, moto_endpoint: str, person: Callable[[str], Any]
) -> None:
    outside = environment(ADDRESS, moto_endpoint)
    processes.start_worker(**outside)
    web = processes.start_web(**outside)
    order = launch(rapport_pdf.name, {"type": "overview", "language": "en"}, by=person("Managers"))
    assert wait(order, 90).state == State.SUCCEEDED, order.error

    report = Report.objects.get(job_id=order.pk)
    assert keys(bucket) == [f"office/{report.file}"]
    stored = bucket.Object(f"office/{report.file}")
    assert all(grant["Grantee"]["Type"] == "CanonicalUser" for grant in stored.Acl().grants), "public"

    got = downloaded(processes.url, report, person("Managers"))
    assert got.startswith(b"%PDF-")
    assert hashlib.sha256(got).hexdigest() == report.sha256
    assert Download.objects.get().report == report
    assert web.running


def downloaded(url: str, report: Report, user: Any) -> bytes:
    """The file over HTTP, as a browser that is signed in gets it; nobody else does."""
    page = url + reverse("admin:backoffice_report_download", args=[report.pk])
    with urllib.request.urlopen(page) as answer:
        assert "/login/" in answer.url
    client = Client()
    client.force_login(user)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    with urllib.request.urlopen(urllib.request.Request(page, headers={"Cookie": cookie})) as answer:
        return bytes(answer.read())


# --- Attachments -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_attachment_lies_in_the_bucket_and_travels_from_there(files_in_the_bucket: Any) -> None:
    mail = EmailMessage("Subject", "Text", to=["ada@example.org"])
    mail.attach("péage.txt", "12 €", "text/plain")
    mail.send()
    message = Message.objects.get()
    [attachment] = message.attachments.all()
    assert keys(files_in_the_bucket) == [f"office/{attachment.file}"]
    assert bytes(attachment.content) == b""
    [file] = files_of(message)
    assert (file.name, file.content.decode()) == ("péage.txt", "12 €")

    Message.objects.update(state=MessageState.UNKNOWN)
    message.refresh_from_db()
    again = send_again(message)
    assert files_of(again) == [file]
    assert len(keys(files_in_the_bucket)) == 2, "each message has its own: one may be pruned before the other"


@pytest.mark.django_db
def test_an_attachment_from_before_is_read_from_its_row() -> None:
    message = Message.objects.create(to="ada@example.org", sender="us@example.org", subject="Old")
    old = Attachment.objects.create(message=message, name="a", content_type="text/plain", content=b"kept")
    assert content_of(old) == b"kept"


@pytest.mark.django_db
def test_an_attachment_that_is_gone_is_refused_and_one_out_of_reach_is_tried_again(
    files_in_the_bucket: Any, admin_client: Client, settings: Any, moto_endpoint: str
) -> None:
    mail = EmailMessage("Subject", "Text", to=["ada@example.org"])
    mail.attach("a.txt", "a", "text/plain")
    mail.send()
    message = Message.objects.get()
    attachment = message.attachments.get()
    page = reverse("admin:backoffice_message_attachment", args=[message.pk, attachment.pk])
    assert admin_client.get(page).content == b"a"

    keep_files_in(settings, "s3://nobody-made-this", moto_endpoint)
    storage.discard(attachment.file)
    with pytest.raises(Refused, match=r"“a\.txt” is not in the storage any more"):
        content_of(attachment)
    assert admin_client.get(page).status_code == 410

    keep_files_in(settings, ADDRESS, "http://127.0.0.1:1")
    with pytest.raises(TryAgain, match="does not answer"):
        content_of(attachment)
    answer = admin_client.get(page)
    assert answer.status_code == 503
    assert "does not answer" in answer.content.decode()


# --- Cleanup -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_cleanup_deletes_reports_attachments_and_strays_from_the_bucket(files_in_the_bucket: Any) -> None:
    making.make("overview", {}).record()
    mail = EmailMessage("Subject", "Text", to=["ada@example.org"])
    mail.attach("a.txt", "a", "text/plain")
    mail.send()
    making.make("overview", {})  # its run was lost: no row knows the file
    assert len(keys(files_in_the_bucket)) == 3

    tomorrow = timezone.now() + timedelta(hours=1)
    assert [name for name in storage.strays(tomorrow) if storage.discard(name)]
    assert len(keys(files_in_the_bucket)) == 2
    prunables.remove_bodies([Message.objects.get().pk])
    assert keys(files_in_the_bucket) == [f"office/{Report.objects.get().file}"]
    holding.remove(Report.objects.get())
    assert keys(files_in_the_bucket) == []


# --- What goes wrong ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_bucket_s_files_are_measured_by_its_listing(
    files_in_the_bucket: Any, moto_endpoint: str, settings: Any
) -> None:
    for key, size in (("office/reports/2026/11/a.pdf", 300), ("office/reports/2026/12/b.csv", 20)):
        files_in_the_bucket.put_object(Key=key, Body=b"x" * size)
    for elsewhere in ("office/reportsbook/c.pdf", "reports/2026/11/d.pdf", "office/attachments/e"):
        files_in_the_bucket.put_object(Key=elsewhere, Body=b"y" * 7)
    found = files.measured("reports")
    assert (found.count, found.bytes) == (2, 320)
    assert files.measured("lists").count == 0
    keep_files_in(settings, "s3://nobody-made-this", moto_endpoint)
    assert keep_sizes(timezone.now()).keys() == {"reports", "attachments", "lists"}


@pytest.mark.parametrize(
    ("url", "endpoint", "words"),
    [
        ("s3://nobody-made-this", None, "There is no bucket “nobody-made-this”"),
        (ADDRESS, "http://127.0.0.1:1", "does not answer"),
    ],
)
def test_a_bucket_that_is_none_is_said_by_the_job_the_page_and_the_check(
    files_in_the_bucket: Any,
    settings: Any,
    moto_endpoint: str,
    admin_client: Client,
    url: str,
    endpoint: str | None,
    words: str,
) -> None:
    made = making.make("overview", {})
    made.record()
    keep_files_in(settings, url, endpoint or moto_endpoint)
    with pytest.raises(StorageRefused, match=words):
        making.make("overview", {})
    with pytest.raises(SystemCheckError, match=words):
        call_command("check", "--tag", "files", "--deploy")
    if endpoint:  # of another bucket it can only be said that the file is not there
        for page in ("change", "download"):
            answer = admin_client.get(reverse(f"admin:backoffice_report_{page}", args=[made.report.pk]))
            assert words in answer.content.decode()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "wrong or have expired"),
        ("InvalidAccessKeyId", "wrong or have expired"),
        ("SignatureDoesNotMatch", "wrong or have expired"),
        ("AccessDenied", "does not allow it"),
        ("403", "does not allow it"),
        ("PermanentRedirect", "another region"),
        ("NoSuchBucket", "There is no bucket"),
        ("SlowDown", "does not answer"),
        ("InvalidStorageClass", r"refused it \(Said by S3\)"),
    ],
)
def test_each_answer_of_s3_is_a_sentence(code: str, words: str) -> None:
    refused = ClientError({"Error": {"Code": code, "Message": "Said by S3"}}, "PutObject")
    assert words.replace("\\", "") in str(s3.problem(refused, "b"))


def test_missing_keys_are_a_sentence() -> None:
    missing: BotoCoreError = NoCredentialsError()
    assert "AWS_ACCESS_KEY_ID" in str(s3.problem(missing, "b"))


@pytest.mark.django_db
def test_expired_keys_are_said_while_the_report_is_made(
    files_in_the_bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def expired(*args: Any, **kwargs: Any) -> None:
        raise ClientError({"Error": {"Code": "ExpiredToken", "Message": "expired"}}, "PutObject")

    monkeypatch.setattr(s3.S3Storage, "_save", expired)
    with pytest.raises(StorageRefused, match="The keys for the bucket “back-office-files” are wrong or have"):
        making.make("overview", {})


@pytest.mark.django_db
def test_a_bucket_that_gives_back_something_else_is_not_believed(
    files_in_the_bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = s3.S3Storage._save

    def cut_short(self: Any, name: str, content: Any) -> Any:
        kept = original(self, name, content)
        files_in_the_bucket.Object(f"office/{name}").put(Body=b"other bytes")
        return kept

    monkeypatch.setattr(s3.S3Storage, "_save", cut_short)
    with pytest.raises(StorageRefused, match="gave back another file"):
        making.make("overview", {})
    assert keys(files_in_the_bucket) == []


@pytest.mark.processes
@pytest.mark.once
def test_a_process_that_keeps_files_in_a_folder_does_not_load_boto3() -> None:
    script = (
        "import django, sys; django.setup(); import tasks_app.tasks, projet.urls; "
        "print([name for name in ('boto3', 'botocore', 'storages') if name in sys.modules])"
    )
    plain = {**os.environ, "DJANGO_SETTINGS_MODULE": "projet.settings", "ENVIRONMENT": "local"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=plain, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
