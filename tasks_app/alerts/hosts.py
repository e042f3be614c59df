"""Where a webhook may go: its host is resolved once, and whatever is not of the public internet is refused.

The address that was looked at is the one that is connected to: a name that is answered otherwise a moment
later (DNS rebinding) changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from tasks_app.alerts import causes
from tasks_app.alerts.causes import TryWebhookAgain, WebhookRefused

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

HTTPS = 443
# IPv6 addresses that stand for one of IPv4, which is the one that is reached. RFC 6052.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# What Python leaves out, or left out in some releases, of IANA's registries of special addresses.
OTHERS = [
    ipaddress.ip_network(text)
    for text in (
        "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "::/96", "64:ff9b:1::/48",
        "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
    )
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    path: str  # with its query
    address: str = ""  # the one to connect to

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == HTTPS else f"{host}:{self.port}"


def parsed(url: str) -> Target:
    """Raises WebhookRefused for what is no address of a webhook."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or HTTPS
    except ValueError as error:
        raise WebhookRefused(causes.NOT_HTTPS()) from error
    if parts.scheme != "https" or not host or parts.username is not None or parts.password is not None:
        raise WebhookRefused(causes.NOT_HTTPS())
    if any(sign.isspace() or not sign.isprintable() for sign in url):
        raise WebhookRefused(causes.NOT_HTTPS())
    path = parts.path or "/"
    return Target(host, port, f"{path}?{parts.query}" if parts.query else path)


def addresses_of(host: str, port: int) -> list[str]:
    """As the name servers say now; raises OSError, or UnicodeError for what is no name."""
    return [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def resolved(url: str, allowed: Collection[str]) -> Target:
    """The target with the address to connect to; raises WebhookRefused for one that is not public, unless its
    host is one of those allowed, and TryWebhookAgain where nobody knows the host now."""
    target = parsed(url)
    try:
        found = addresses_of(target.host, target.port)
    except (OSError, UnicodeError) as error:
        raise TryWebhookAgain(causes.UNRESOLVED(host=target.host, error=str(error))) from error
    if not found:
        raise TryWebhookAgain(causes.UNRESOLVED(host=target.host, error="-"))
    if target.host.casefold() not in {host.casefold() for host in allowed}:
        for address in found:
            if not is_public(address):
                raise WebhookRefused(causes.PRIVATE(host=target.host, address=address))
    return Target(target.host, target.port, target.path, found[0])


def is_public(text: str) -> bool:
    """Whether an address is one of the public internet, whatever it is written as."""
    try:
        address: Address = ipaddress.ip_address(text)
    except ValueError:  # with a zone, as of a link
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if getattr(address, "scope_id", None):
            return False
        inner = address.ipv4_mapped or address.sixtofour or _of_nat64(address)
        if inner is not None:
            return is_public(str(inner))
    if any(address in network for network in OTHERS if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _of_nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
