"""Where a request came from, with proxies in between; and as whose it is counted."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# Whoever has one address of IPv6 mostly has a whole /64 of them.
IPV6_NETWORK = 64  # bits


def client_address(request: HttpRequest | None) -> str | None:
    """The person's address, or None where nobody knows it.

    Each of our TRUSTED_PROXIES wrote one entry at the end of X-Forwarded-For; whatever stands before
    those was sent by the visitor and proves nothing.
    """
    if request is None:
        return None
    given = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = [
        entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",") if entry.strip()
    ]
    if settings.TRUSTED_PROXIES and forwarded:
        given = forwarded[-min(settings.TRUSTED_PROXIES, len(forwarded))]
    try:
        return str(ip_address(given.partition("%")[0]))  # without the zone of a link: no database takes it
    except ValueError:
        return None


def counted_address(request: HttpRequest | None) -> str | None:
    """AXES_CLIENT_IP_CALLABLE: the address under which failures of this visitor are counted."""
    return counted(client_address(request))


def counted(address: str | None) -> str | None:
    """Those of one network of IPv6 count as its first address; one of IPv4 is itself, however written."""
    if address is None:
        return None
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, IPV6_NETWORK), strict=False).network_address)
    return str(parsed)


def network_of(counted_as: str) -> str:
    """As people read what `counted` gave: 2001:db8:1:2::/64."""
    return f"{counted_as}/{IPV6_NETWORK}" if ":" in counted_as else counted_as
