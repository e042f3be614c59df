"""Where report files and attachments lie: a folder of this machine, or a bucket that several hosts share."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

FOLDER: dict[str, Any] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def file_storage(url: str, region: str, endpoint: str) -> dict[str, Any]:
    """Django's default storage: the folder of files, or the bucket of `s3://bucket/folder/in/it`."""
    if not url:
        return FOLDER
    place = urlsplit(url)
    return {
        "BACKEND": "backoffice.s3.PrivateBucket",
        "OPTIONS": {
            "bucket_name": place.netloc,
            "location": place.path.strip("/"),
            "region_name": region,
            "endpoint_url": endpoint or None,
        },
    }
