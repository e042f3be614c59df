"""Report files and attachments in a private S3 bucket: django-storages, with every error as one sentence.

Imported only where settings name it: boto3 costs half a second that a folder never needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.utils.translation import gettext_lazy as _
from storages.backends.s3 import S3Storage

from tasks_app.errors import CodedError
from tasks_app.notices import TECHNICAL, Notice, Wording, declare

CONNECT_TIMEOUT, READ_TIMEOUT = 5, 30  # seconds
# A file that is read lies in memory up to this size, beyond it in a temporary file.
IN_MEMORY = 8 * 1024 * 1024  # bytes

CREDENTIALS = declare(
    "storage.bucket_credentials",
    _(
        "The keys for the bucket “%(bucket)s” are wrong or have expired. Whoever runs this site must renew "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role of the machine."
    ),
    general=_("The keys for the bucket are wrong or have expired."),
    bucket=TECHNICAL,
    error=TECHNICAL,
)
NO_BUCKET = declare(
    "storage.bucket_missing",
    _(
        "There is no bucket “%(bucket)s”. Whoever runs this site must correct STORAGE_URL, or make the "
        "bucket."
    ),
    general=_("There is no such bucket."),
    bucket=TECHNICAL,
    error=TECHNICAL,
)
NOT_ALLOWED = declare(
    "storage.bucket_not_allowed",
    _(
        "The bucket “%(bucket)s” does not allow it. Whoever runs this site must give these keys the rights "
        "to list the bucket, and to get, put and delete its objects."
    ),
    general=_("The bucket does not allow it."),
    bucket=TECHNICAL,
    error=TECHNICAL,
)
ELSEWHERE = declare(
    "storage.bucket_elsewhere",
    _("The bucket “%(bucket)s” lies in another region. Whoever runs this site must correct S3_REGION."),
    general=_("The bucket lies in another region."),
    bucket=TECHNICAL,
    error=TECHNICAL,
)
OUT_OF_REACH = declare(
    "storage.bucket_out_of_reach",
    _(
        "The bucket “%(bucket)s” does not answer. It may be back in a minute; whoever runs this site may "
        "look at the network and at S3_ENDPOINT_URL."
    ),
    general=_("The bucket does not answer."),
    bucket=TECHNICAL,
    error=TECHNICAL,
)
OTHERWISE = declare(
    "storage.bucket_refused",
    _("The bucket “%(bucket)s” refused it (%(error)s)."),
    general=_("The bucket refused it."),
    bucket=TECHNICAL,
    error=TECHNICAL,
)

# Error codes of S3 (API reference, "List of error codes") and classes of botocore, by what is to be done.
# A HEAD request has no body to say more in: there the code is the bare status.
CAUSES: dict[str, Wording] = {
    "NoSuchBucket": NO_BUCKET,
    "InvalidBucketName": NO_BUCKET,
    "ExpiredToken": CREDENTIALS,
    "InvalidToken": CREDENTIALS,
    "TokenRefreshRequired": CREDENTIALS,
    "InvalidAccessKeyId": CREDENTIALS,
    "SignatureDoesNotMatch": CREDENTIALS,
    "NoCredentialsError": CREDENTIALS,
    "PartialCredentialsError": CREDENTIALS,
    "CredentialRetrievalError": CREDENTIALS,
    "AccessDenied": NOT_ALLOWED,
    "AllAccessDisabled": NOT_ALLOWED,
    "403": NOT_ALLOWED,
    "PermanentRedirect": ELSEWHERE,
    "AuthorizationHeaderMalformed": ELSEWHERE,
    "IllegalLocationConstraintException": ELSEWHERE,
    "301": ELSEWHERE,
    "EndpointConnectionError": OUT_OF_REACH,
    "ConnectionError": OUT_OF_REACH,
    "HTTPClientError": OUT_OF_REACH,
    "SlowDown": OUT_OF_REACH,
    "ServiceUnavailable": OUT_OF_REACH,
    "InternalError": OUT_OF_REACH,
}


class BucketRefused(CodedError, OSError):
    """What a folder would say by an OSError, said by a bucket. str() is a sentence for people."""

    def __init__(self, notice: Notice | str, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(notice, params)
        # Two arguments are a number and its words to an OSError; ours are neither.
        self.errno = self.strerror = None


class PrivateBucket(S3Storage):  # type: ignore[misc]
    """Objects stay private (no ACL, no public address), and go out through our own views alone."""

    def __init__(self, **options: Any) -> None:
        config = Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": 3},  # a put of the same bytes may be repeated
        )
        super().__init__(client_config=config, default_acl=None, max_memory_size=IN_MEMORY, **options)

    def open(self, name: str, mode: str = "rb") -> File[bytes]:
        """The whole file, fetched before it is handed over: no error comes later, in the middle of it."""
        with self._said():
            return self._fetched(super().open(name, mode))

    def save(self, name: str | None, content: IO[bytes], max_length: int | None = None) -> str:
        return str(self._asked(super().save, name, content, max_length))

    def delete(self, name: str) -> None:
        self._asked(super().delete, name)

    def exists(self, name: str) -> bool:
        return bool(self._asked(super().exists, name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folders, files = self._asked(super().listdir, path)
        return folders, files

    def sizes_under(self, folder: str) -> Iterator[int]:
        """Bytes of each object below it, by the pages of the bucket's listing: none is asked for alone."""
        below = "/".join(part for part in (self.location.strip("/"), folder) if part)
        with self._said():
            for found in self.bucket.objects.filter(Prefix=f"{below}/"):
                yield found.size

    def size(self, name: str) -> int:
        return int(self._asked(super().size, name))

    def get_modified_time(self, name: str) -> Any:
        return self._asked(super().get_modified_time, name)

    def _asked(self, how: Callable[..., Any], *args: Any) -> Any:
        with self._said():
            return how(*args)

    @staticmethod
    def _fetched(file: Any) -> File[bytes]:
        return file.open()  # type: ignore[no-any-return]

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            raise BucketRefused(problem(error, self.bucket_name)) from error


def problem(error: ClientError | BotoCoreError, bucket: str) -> Notice:
    """What it means and what to do, from the error's code or the nearest class of its family."""
    said: Any = error.response["Error"] if isinstance(error, ClientError) else {}
    names = [said.get("Code", ""), *(family.__name__ for family in type(error).__mro__)]
    cause = next((CAUSES[name] for name in names if name in CAUSES), OTHERWISE)
    return cause(bucket=bucket, error=said.get("Message") or error)
