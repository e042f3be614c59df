"""What a back office on several machines shares: a bucket, a broker behind TLS or Sentinel."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from projet.conf.storage import file_storage

BUCKET = "back-office-files"


@pytest.fixture
def bucket(moto_endpoint: str) -> Any:
    """An empty private bucket of a stand-in for S3, as boto3 sees it."""
    s3 = boto3.resource("s3", endpoint_url=moto_endpoint, region_name="eu-west-3")
    return s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})


@pytest.fixture
def files_in_the_bucket(bucket: Any, moto_endpoint: str, settings: Any) -> Any:
    """This process keeps its files in the folder `office` of the bucket."""
    settings.EMAIL_BACKEND = "projet.mail.OutboxEmailBackend"  # which pytest-django replaces
    keep_files_in(settings, f"s3://{BUCKET}/office", moto_endpoint)
    return bucket


def keep_files_in(settings: Any, url: str, endpoint: str) -> None:
    settings.STORAGE_URL = url
    settings.STORAGES = settings.STORAGES | {"default": file_storage(url, "eu-west-3", endpoint)}


def environment(url: str, endpoint: str) -> dict[str, str]:
    """The same, for a process."""
    return {"STORAGE_URL": url, "S3_REGION": "eu-west-3", "S3_ENDPOINT_URL": endpoint}
