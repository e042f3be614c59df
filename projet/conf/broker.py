"""How Celery reaches the broker: its TLS, and the master that Sentinels name."""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def broker_tls(url: str, ca_file: str) -> dict[str, Any] | None:
    """How the broker proves who it is, for `broker_use_ssl`; None without TLS.

    Celery alone would take any certificate from a rediss:// address.
    """
    if url.startswith("redis://") and ca_file:
        raise ImproperlyConfigured(
            "BROKER_CA_FILE is set while CELERY_BROKER_URL starts with redis://, which is not encrypted: "
            "write rediss://."
        )
    if not ca_file and not url.startswith("rediss://"):
        return None
    # Without a file, the authorities that the machine trusts.
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED} | ({"ssl_ca_certs": ca_file} if ca_file else {})


def each_sentinel(url: str) -> str:
    """The addresses of all Sentinels, each with the credentials and the database that the first one has.

    kombu forgets them otherwise as it turns from a Sentinel that is down to the next.
    """
    first, *others = url.split(";")
    if not first.startswith("sentinel://") or not others:
        return url
    known = urlsplit(first)
    who, at, _host = known.netloc.rpartition("@")
    return ";".join(
        [
            first,
            *(
                one._replace(
                    netloc=one.netloc if "@" in one.netloc else who + at + one.netloc,
                    path=(one.path.strip("/") and one.path) or known.path,
                ).geturl()
                for one in map(urlsplit, others)
            ),
        ]
    )


def sentinel_options(url: str, master: str, password: str, tls: dict[str, Any] | None) -> dict[str, Any]:
    """What kombu must know to find the master through Sentinel; {} for other brokers."""
    if not url.startswith("sentinel://"):
        return {}
    if not master:
        raise ImproperlyConfigured(
            "BROKER_SENTINEL_MASTER is missing: CELERY_BROKER_URL names Sentinels, which are asked for the "
            "master by its name, such as mymaster."
        )
    asked: dict[str, Any] = {"socket_timeout": 1, "socket_connect_timeout": 1}  # seconds, for each Sentinel
    if password:
        asked["password"] = password
    if tls:
        asked |= {"ssl": True} | tls
    return {"master_name": master, "sentinel_kwargs": asked}
