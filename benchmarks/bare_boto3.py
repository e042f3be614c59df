"""`python -m benchmarks.bare_boto3 ENDPOINT COUNT FILE`: mails per second of one client in a loop."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import boto3
from botocore.config import Config

endpoint, count, mime = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]).read_bytes()
# One attempt for each mail, as ours: SES has no idempotency token.
once = Config(retries={"mode": "standard", "total_max_attempts": 1})
client = boto3.client("sesv2", region_name="eu-west-3", endpoint_url=endpoint, config=once)


def send() -> None:
    client.send_email(
        FromEmailAddress="Back office <back-office@example.org>",
        Destination={"ToAddresses": ["zoe@example.org"]},
        Content={"Raw": {"Data": mime}},
    )


send()  # connection, credentials
started = time.perf_counter()
for _ in range(count):
    send()
print(count / (time.perf_counter() - started))
