"""Files of people have no address of their own: none leads into the data folder. (Pages that hand them out
ask for the right: test_roles.py, tests/reports, tests/emails.)"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

WORDS = b"words-of-a-private-file"
FILES = (
    "files/reports/2026/11/report.pdf",
    "files/attachments/2026/11/attachment",
    "outbox/2026/mail.eml",
    "backups/backup.tar.gz",
    "db.sqlite3",
)
PREFIXES = (
    *("", "files/", "media/", "var/", "data/", "static/", "admin/", "outbox/", "i18n/"),
    # The static files may lie in the data folder: out of theirs into it.
    *("static/../", "static/%2e%2e/", "static/..%2f", "static/%252e%252e/", "static/..\\", "static//"),
    *("static/admin/../../", "admin/../", "../", "../../", "%2e%2e/", "./"),
)  # fmt: skip


@pytest.fixture
def private_files(data_dir: Path) -> Iterator[list[Path]]:
    """One of each, where the back office keeps its own."""
    made = [data_dir / name.replace("db.sqlite3", "db-of-a-test.sqlite3") for name in FILES]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(WORDS)
    yield made
    for path in made:
        path.unlink(missing_ok=True)


def addresses(data_dir: Path, files: list[Path]) -> Iterator[str]:
    for path in files:
        inside = str(path.relative_to(data_dir))
        for name in (inside, inside.removeprefix("files/"), f"{data_dir.name}/{inside}"):
            yield from (f"/{prefix}{name}" for prefix in PREFIXES)
        yield f"/static/{path}"  # an absolute path, joined to a folder, replaces it
        yield f"/{path}"


@pytest.mark.sweep
@pytest.mark.once
def test_no_address_leads_into_the_data_folder(
    admin_client: Client, data_dir: Path, private_files: list[Path]
) -> None:
    for address in addresses(data_dir, private_files[:2]):
        answer: Any = admin_client.get(address)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code in (301, 302, 400, 404), address
        assert WORDS not in content, address


@pytest.mark.once
@pytest.mark.stack
def test_the_web_process_serves_none_either(
    processes: Any, data_dir: Path, private_files: list[Path]
) -> None:
    """As sent by somebody whose program does not tidy the path first."""
    processes.start_web(DATA_DIR=str(data_dir))
    place = urlsplit(processes.url).netloc
    connection = http.client.HTTPConnection(place, timeout=60)
    for address in addresses(data_dir, private_files):
        connection.putrequest("GET", address, skip_host=False)
        connection.endheaders()
        answer = connection.getresponse()
        assert WORDS not in answer.read(), address
        assert answer.status in (301, 302, 400, 404), address
    connection.close()
