"""Links to unsubscribe: signed, open to everybody, and nothing changes before a POST."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from backoffice.emails.mime import Mail, build
from backoffice.models import OutsideReader
from backoffice.opting_out import bounds, links
from backoffice.opting_out.causes import ForgedLink, NotReachable, OldLink
from backoffice.opting_out.purposes import Purpose
from backoffice.subscriptions.outside import PURPOSE

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PART = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
ENCODINGS = [
    ("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
    ("multipart/form-data; boundary=x", PART),
    ("multipart/form-data", b"no boundary at all"),
    ("application/json", b"{"),
    ("", b""),
]


@pytest.fixture(autouse=True)
def reachable(settings: Any) -> None:
    settings.PUBLIC_URL = "https://open.example.org/"
    cache.clear()


@pytest.fixture
def reader() -> OutsideReader:
    return OutsideReader.objects.create(type="activity", address="partner@example.com")


def path_for(reader: OutsideReader) -> str:
    return links.link_for(PURPOSE, str(reader.pk)).removeprefix("https://open.example.org")


def is_out(reader: OutsideReader) -> bool:
    reader.refresh_from_db()
    return reader.opted_out_at is not None


def test_a_get_asks_and_changes_nothing_however_often(client: Client, reader: OutsideReader) -> None:
    for ask in (client.get, client.head, client.get):
        answer = ask(path_for(reader))
        assert answer.status_code == 200
    page = client.get(path_for(reader)).content.decode()
    assert "partner@example.com" in page
    assert "Activity" in page
    assert 'method="post"' in page
    assert not is_out(reader)


@pytest.mark.parametrize(("kind", "body"), ENCODINGS)
def test_any_post_stops_and_a_repeat_answers_the_same(reader: OutsideReader, kind: str, body: bytes) -> None:
    client = Client(enforce_csrf_checks=True)
    for _time in range(2):
        answer = client.post(path_for(reader), body, content_type=kind)
        assert answer.status_code == 200
        assert not answer.cookies
        assert "You get no more of these emails" in answer.content.decode()
        assert is_out(reader)
    first = reader.opted_out_at
    client.post(path_for(reader))
    assert is_out(reader)
    assert reader.opted_out_at == first


def test_it_redirects_nowhere_sets_no_cookie_and_needs_nothing_of_ours(
    settings: Any, reader: OutsideReader
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    for path in (path_for(reader), path_for(reader) + "/"):
        client = Client(headers={"cookie": "sessionid=of-long-ago; csrftoken=x"})
        answer = client.get(path)
        assert answer.status_code == 200
        assert not answer.cookies
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert "/static/" not in answer.content.decode()
        assert "form-action 'self'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused(client: Client, reader: OutsideReader, method: str) -> None:
    assert getattr(client, method)(path_for(reader)).status_code == 405
    assert not is_out(reader)


@pytest.mark.parametrize(
    "mend",
    [
        lambda token: token[:-1],
        lambda token: token.replace("report.", "report.9"),
        lambda token: "x",
        lambda token: token + "x" * 600,
        lambda token: "report.1",
        lambda token: "%00" + token,
        lambda token: token.upper(),
    ],
)
def test_a_forged_link_leads_nowhere_with_a_sentence(
    client: Client, reader: OutsideReader, mend: Any
) -> None:
    forged = "/u/" + mend(path_for(reader).removeprefix("/u/"))
    for answer in (client.get(forged), client.post(forged)):
        assert answer.status_code == 404
    assert not is_out(reader)


def test_a_link_lives_two_years_and_a_change_of_key(
    settings: Any, reader: OutsideReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, made = path_for(reader).removeprefix("/u/"), timezone.now()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-of-this-house", [settings.SECRET_KEY]
    monkeypatch.setattr("django.core.signing.time.time", lambda: (made + timedelta(days=730)).timestamp())
    assert links.opened(token) == (PURPOSE, str(reader.pk))
    monkeypatch.setattr("django.core.signing.time.time", lambda: (made + timedelta(days=732)).timestamp())
    with pytest.raises(OldLink):
        links.opened(token)
    assert Client().post(f"/u/{token}").status_code == 410
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(ForgedLink):
        links.opened(token)


def test_a_purpose_that_is_known_no_more_or_a_reader_who_is_gone_is_no_error(
    client: Client, reader: OutsideReader
) -> None:
    path = path_for(reader)
    reader.delete()
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 200
    other = links.token_for(Purpose("mailing", lambda key: None, lambda key: None), "7")
    assert client.get(f"/u/{other}").status_code == 404


def test_it_is_off_until_somebody_says_that_it_can_be_reached(
    client: Client, settings: Any, reader: OutsideReader
) -> None:
    path = path_for(reader)
    settings.PUBLIC_URL = ""
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 404
        assert not answer.cookies
    assert not is_out(reader)
    with pytest.raises(NotReachable):
        links.headers_for(PURPOSE, "7")


def test_one_link_that_is_asked_too_often_rests_and_others_do_not(
    client: Client, reader: OutsideReader
) -> None:
    other = OutsideReader.objects.create(type="activity", address="other@example.com")
    path = path_for(reader)
    for _time in range(bounds.MOST):
        assert client.get(path).status_code == 200
    answer = client.post(path)
    assert answer.status_code == 429
    assert answer["Retry-After"]
    assert not is_out(reader)
    assert client.post(path_for(other)).status_code == 200


def test_the_headers_travel_as_they_are(reader: OutsideReader) -> None:
    """Programs read them: no line is folded within, no word is encoded."""
    headers = links.headers_for(PURPOSE, str(reader.pk))
    raw = build(Mail("1", "us@example.org", "partner@example.com", "Hello", "Hello", headers=headers))
    for name, value in headers.items():
        assert f"{name}: {value}\r\n".encode() in raw


def test_who_reads_french_is_asked_in_french(client: Client, reader: OutsideReader) -> None:
    page = client.get(path_for(reader), headers={"accept-language": "fr"}).content.decode()
    assert "Se désabonner" in page
