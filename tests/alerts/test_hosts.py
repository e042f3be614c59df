"""Where a webhook may go: whatever is not of the public internet is refused, however it is written."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

import pytest

from tasks_app.alerts import hosts
from tasks_app.alerts.causes import TryWebhookAgain, WebhookRefused
from tasks_app.alerts.hosts import is_public, parsed, resolved

pytestmark = pytest.mark.once

PRIVATE = [
    str(ipaddress.IPv4Address(0)), "0.1.2.3", "127.0.0.1", "127.8.9.10", "10.0.0.1", "10.255.255.255",
    "172.16.0.1", "172.31.9.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
    "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "192.88.99.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fdff::1", "fec0::1", "ff02::1", "2001:db8::1", "2002:7f00:1::",
    "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1",
    "fd00:ec2::254", "nonsense", "",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1",
    "93.184.215.14",
    "2606:4700::1111",
    "2a00:1450:4007::1",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_of_ours_or_of_nobody_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is(address: str) -> None:
    assert is_public(address)


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`answering("10.0.0.1")`: what a name server says from here on."""
    return lambda *addresses: monkeypatch.setattr(hosts, "addresses_of", lambda host, port: list(addresses))


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/x", "https://", "https:///x", "ftp://hooks.example.org",
        "//hooks.example.org", "https://sam:hidden@hooks.example.org", "https://@hooks.example.org",
        "https://hooks.example.org:port/", "https://hooks.example.org:99999/", "https://[::1/", "",
        "https://hooks.example.org/a b", "https://hooks.example.org/\r\nHost: evil", "javascript:alert(1)",
        "https://hooks.example.org/\u202e",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_webhook_is_refused(url: str) -> None:
    with pytest.raises(WebhookRefused, match="https://"):
        parsed(url)


def test_host_port_path_and_query_are_kept() -> None:
    target = parsed("https://Hooks.example.org:8443/a/b?c=d#e")
    assert (target.host, target.port, target.path) == ("hooks.example.org", 8443, "/a/b?c=d")
    assert target.host_header == "hooks.example.org:8443"
    assert parsed("https://hooks.example.org").host_header == "hooks.example.org"


def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(
    answering: Callable[..., None],
) -> None:
    answering("1.1.1.1", "1.0.0.1")
    assert resolved("https://hooks.example.org/x", []).address == "1.1.1.1"


@pytest.mark.parametrize("addresses", [("10.0.0.1",), ("1.1.1.1", "127.0.0.1"), ("::ffff:192.168.0.1",)])
def test_a_name_that_leads_to_us_is_refused_unless_it_is_allowed(
    addresses: tuple[str, ...], answering: Callable[..., None]
) -> None:
    answering(*addresses)
    with pytest.raises(WebhookRefused, match="public internet"):
        resolved("https://hooks.example.org/x", ["other.example.org"])
    assert resolved("https://HOOKS.example.org/x", ["hooks.example.org"]).address == addresses[0]


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "localhost", "[::1]", "0"])
def test_other_ways_to_write_this_machine_are_refused_too(host: str) -> None:
    with pytest.raises((WebhookRefused, TryWebhookAgain)):
        resolved(f"https://{host}/x", [])


def test_a_name_that_nobody_knows_now_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, answering: Callable[..., None]
) -> None:
    answering()
    with pytest.raises(TryWebhookAgain, match="has no address"):
        resolved("https://hooks.example.org/x", [])
    for error in (socket.gaierror(-2, "Name or service not known"), UnicodeError("label too long")):

        def nobody(host: str, port: int, error: Exception = error) -> list[str]:
            raise error

        monkeypatch.setattr(hosts, "addresses_of", nobody)
        with pytest.raises(TryWebhookAgain, match="has no address"):
            resolved("https://hooks.example.org/x", [])
