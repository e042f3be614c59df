"""One signed request over HTTPS, to the address that was looked at.

    X-Backoffice-Timestamp: 1796000000
    X-Backoffice-Signature: v1=<hex of HMAC-SHA256 over "timestamp.body" under ALERT_WEBHOOK_SECRET>

A receiver computes the same, compares it in constant time, and refuses what is older than some minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import urllib3

from tasks_app.alerts import causes
from tasks_app.alerts.causes import TryWebhookAgain, WebhookRefused
from tasks_app.alerts.hosts import Target, resolved

TIMEOUT = urllib3.Timeout(connect=5.0, read=10.0)  # seconds; the job has a limit for all of it
LARGEST = 64 * 1024  # bytes of a body
# Worth another try: too early, too many, the receiver is ill (RFC 9110, RFC 6585, RFC 8470).
PASSING = frozenset({408, 425, 429, *range(500, 600)})


def signature(secret: str, timestamp: int, body: bytes) -> str:
    signed = str(timestamp).encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def post(
    url: str, payload: Mapping[str, Any], *, secret: str, allowed: Collection[str], now: datetime,
    ca_certs: str | None = None,
) -> int:  # fmt: skip
    """The receiver's answer, of 200 to 299. Raises WebhookRefused or TryWebhookAgain."""
    if not secret:
        raise WebhookRefused(causes.NO_SECRET())
    target, body = resolved(url, allowed), encoded(payload)
    timestamp = int(now.timestamp())
    headers = {
        "Host": target.host_header,
        "Content-Type": "application/json",
        "User-Agent": "back-office-alerts",
        "X-Backoffice-Timestamp": str(timestamp),
        "X-Backoffice-Signature": signature(secret, timestamp, body),
    }
    status = _asked(target, body, headers, ca_certs)
    if 200 <= status < 300:
        return status
    if 300 <= status < 400:
        raise WebhookRefused(causes.REDIRECTED(status=status))
    if status in PASSING:
        raise TryWebhookAgain(causes.REFUSED(status=status))
    raise WebhookRefused(causes.REFUSED(status=status))


def encoded(payload: Mapping[str, Any]) -> bytes:
    """As JSON, in its bounds: a digest says how many there are and names the first."""
    lines = list(payload.get("lines", []))
    while True:
        body = json.dumps({**payload, "lines": lines}, ensure_ascii=False).encode()
        if len(body) <= LARGEST or not lines:
            return body
        lines = lines[: len(lines) // 2]


def _asked(target: Target, body: bytes, headers: Mapping[str, str], ca_certs: str | None) -> int:
    """The status of the answer; of its body nothing is read."""
    pool = urllib3.HTTPSConnectionPool(
        target.address,
        target.port,
        timeout=TIMEOUT,
        retries=False,
        maxsize=1,
        cert_reqs="CERT_REQUIRED",
        ca_certs=ca_certs,
        assert_hostname=target.host,
        server_hostname=target.host,
    )
    try:
        answer = pool.urlopen(
            "POST", target.path, body=body, headers=headers, redirect=False, preload_content=False
        )
        answer.close()
        return int(answer.status)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise TryWebhookAgain(causes.UNANSWERED(error=type(error).__name__)) from error
    finally:
        pool.close()
