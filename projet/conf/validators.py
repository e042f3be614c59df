"""What a variable may be set to: each validator with the words that a refusal says."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterable
from datetime import date
from email.utils import getaddresses
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from marshmallow import ValidationError as Refused

# Variables whose values are never shown, right or wrong: they are a secret, or an address that may hold one.
SECRETS = re.compile(
    r"(^|_)(KEYS?|PASSWORD|SECRET|TOKEN|DSN|AUTH)(_|$)|(DATABASE|BROKER|REDIS|CACHE)_?\w*_URLS?$|^DATABASE_URL$"
)
BROKER_SCHEMES = ("redis", "rediss", "sentinel", "redis+socket", "memory")
DATABASE_SCHEMES = ("postgres", "postgresql", "sqlite")
# Of libpq, in PostgreSQL's manual under "Database Connection Control Functions".
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
HOST = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?(:\d+)?|\[[0-9A-Fa-f:]+\](:\d+)?|\*")
A_CENTURY = 36_500  # days
SHORTEST_SECRET = 20  # characters: what signs links for two years is not guessed
MIN_KEY_SIGNS = 12  # different ones: of 43 random ones there are some 32


def is_secret(name: str) -> bool:
    return bool(SECRETS.search(name))


class Validator:
    """A check for `env.…(validate=)`: false, or a ValueError of urlsplit, refuses the value."""

    def __init__(self, takes: str, holds: Callable[[Any], bool]) -> None:
        self.takes, self.holds = takes, holds

    def accepts(self, value: Any) -> bool:
        try:
            return self.holds(value)
        except ValueError:
            return False

    def __call__(self, value: Any) -> Any:
        if not self.accepts(value):
            raise Refused(self.takes)
        return value


def whole(least: int, most: int | None = None) -> Validator:
    words = f"a whole number, {least} or more" if most is None else f"a whole number from {least} to {most}"
    return Validator(words, lambda number: least <= number and (most is None or number <= most))


def number(least: float, most: float) -> Validator:
    return Validator(f"a number from {least:g} to {most:g}", lambda given: least <= given <= most)


def one_of(values: Iterable[str]) -> Validator:
    allowed = tuple(values)
    *some, last = allowed
    return Validator(f"{', '.join(some)} or {last}", lambda value: value in allowed)


def matching(pattern: str, takes: str) -> Validator:
    return Validator(takes, lambda value: re.fullmatch(pattern, value) is not None)


def _parts(url: str, schemes: Iterable[str]) -> SplitResult | None:
    """A URL of one of these schemes, its port a number (ValueError where it is none); None for another."""
    parts = urlsplit(url)
    if parts.scheme not in schemes or re.search(r"\s", url):
        return None
    return parts if parts.port != 0 else None


def _web_address(url: str) -> bool:
    parts = _parts(url, ("http", "https"))
    return parts is not None and bool(parts.hostname)


def _origin(url: str) -> bool:
    return _web_address(url) and urlsplit(url).path == ""


def _database(url: str) -> bool:
    parts = _parts(url, DATABASE_SCHEMES)
    if parts is None:
        return False
    if parts.scheme == "sqlite":
        return parts.path in ("", "/:memory:") or Path(parts.path[1:]).parent.is_dir()
    modes = parse_qs(parts.query, keep_blank_values=True).get("sslmode", [])
    return bool(re.fullmatch(r"/[^/]+", parts.path)) and set(modes) <= set(SSL_MODES)


def _broker(urls: str) -> bool:
    return all(_one_broker(url) for url in urls.split(";"))


def _one_broker(url: str) -> bool:
    parts = _parts(url, BROKER_SCHEMES)
    if parts is None:
        return False
    if parts.scheme in ("memory", "redis+socket"):
        return True
    return bool(parts.hostname) and re.fullmatch(r"(/\d*)?", parts.path) is not None


def _sentry(url: str) -> bool:
    parts = _parts(url, ("http", "https"))
    return (
        parts is not None
        and bool(parts.hostname and parts.username)
        and parts.path.rpartition("/")[2].isdigit()
    )


def _own_address(given: str) -> bool:
    if re.fullmatch(rf"{LABEL}(\.{LABEL})*", given):
        return True
    return bool(ip_address(given))


def _certificate(path: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:  # no such file, one that may not be read, or (SSLError) no certificate in it
        return False
    return True


def _sender(given: str) -> bool:
    """One mailbox, as mails are put together with it: a bare address, or a name with it in angles."""
    mailboxes = getaddresses([given])
    address = mailboxes[0][1] if len(mailboxes) == 1 else ""
    if "<" not in given and address != given:
        return False
    try:
        validate_email(address)
    except ValidationError:
        return False
    return not re.search(r"[\r\n]", given)


def _day_of_year(given: str) -> bool:
    """Of every year: not 29 February."""
    if not re.fullmatch(r"\d\d-\d\d", given):
        return False
    return bool(date.fromisoformat(f"2001-{given}"))


def _key(given: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_+/-]{43}=", given) is not None and len(set(given)) >= MIN_KEY_SIGNS


def _or_empty(validator: Validator, takes: str) -> Validator:
    return Validator(takes, lambda value: value == "" or validator.accepts(value))


IS_WEB_ADDRESS = Validator("an address such as https://back-office.example.org", _web_address)
MAY_BE_WEB_ADDRESS = _or_empty(IS_WEB_ADDRESS, "an address that starts with http:// or https://, or nothing")
ARE_ORIGINS = Validator(
    "origins such as https://back-office.example.org, separated by commas",
    lambda origins: all(_origin(origin) for origin in origins),
)
ARE_HOSTS = Validator(
    "host names such as back-office.example.org, separated by commas, without https:// and paths",
    lambda hosts: all(HOST.fullmatch(host) for host in hosts),
)
IS_DATABASE = Validator(
    "postgres://user:password@host:5432/name (with ?sslmode= disable, allow, prefer, require, verify-ca or "
    "verify-full), or sqlite:////folder/file.sqlite3 in a folder that exists",
    _database,
)
MAY_BE_DATABASE = _or_empty(IS_DATABASE, f"{IS_DATABASE.takes}, or nothing")
IS_FILE = Validator("a file", lambda path: path.is_file())
IS_BROKER = Validator(
    "redis://:password@host:6379/1, rediss:// for TLS, or sentinel://host:26379;sentinel://…", _broker
)
MAY_BE_SENTRY = Validator(
    "the address that Sentry calls DSN, such as https://key@host/1, or nothing",
    lambda url: url == "" or _sentry(url),
)
IS_SENDER = Validator("an email address, or Name <address>", _sender)
MAY_BE_FOLDER = Validator("a folder", lambda path: path.is_dir() or not path.exists())
MAY_BE_BUCKET = Validator(
    "s3://bucket or s3://bucket/folder, or nothing",
    lambda url: url == "" or re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/[^?#]*)?", url) is not None,
)
MAY_BE_CERTIFICATE = Validator(
    "the file (PEM) of the authority that signed the broker's certificate, or nothing",
    lambda path: path == "" or _certificate(path),
)
ARE_PAIRS = Validator(
    "pairs such as it-team=Support,everybody=Staff, or nothing",
    lambda pairs: all(re.fullmatch(r"[^=]+=[^=]+", pair) for pair in pairs),
)
ARE_DOMAINS = Validator(
    "domains such as example.org, separated by commas, or nothing",
    lambda names: all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", name) for name in names),
)
ARE_PLAIN_HOSTS = Validator(
    "hosts such as hooks.example.org, separated by commas, or nothing",
    lambda names: all(re.fullmatch(rf"{LABEL}(\.{LABEL})*", name) or ip_address(name) for name in names),
)
IS_ZONE = Validator("a time zone such as Europe/Paris", lambda name: name in available_timezones())
IS_REGION = matching(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region such as eu-west-3")
IS_ONE_LINE = Validator(
    "one line of text, 100 characters or fewer",
    lambda text: 0 < len(text.strip()) <= 100 and text.isprintable(),
)
# Keys and tokens: some providers give out hundreds of characters.
IS_SECRET = Validator(
    "one line of text, 4096 characters or fewer",
    lambda text: 0 < len(text.strip()) <= 4096 and text.isprintable(),
)
ARE_SECRETS = Validator(
    "earlier values of SECRET_KEY, separated by commas, or nothing",
    lambda keys: all(IS_SECRET.accepts(key) and len(key) >= SHORTEST_SECRET for key in keys),
)
MAY_BE_ONE_LINE = _or_empty(IS_ONE_LINE, f"{IS_ONE_LINE.takes}, or nothing")
IS_DAY_OF_YEAR = Validator("a day of every year as month-day, such as 04-01 or 07-06", _day_of_year)
MAY_BE_SECRET = _or_empty(IS_SECRET, f"{IS_SECRET.takes}, or nothing")
ARE_KEYS = Validator(
    "keys of 32 random bytes in base64, as `openssl rand -base64 32` makes, separated by commas, or nothing",
    lambda keys: all(_key(key) for key in keys),
)
IS_OWN_ADDRESS = Validator("an address of this machine such as 127.0.0.1, or 0.0.0.0 for all", _own_address)
MAY_BE_SIGN_INS = Validator(
    "name:password, several with commas between them, or nothing",
    lambda pairs: pairs == "" or all(all(pair.partition(":")) for pair in pairs.split(",")),
)
IS_CODE = matching(r"[A-Za-z0-9_-]{1,100}", "letters, digits, - and _")
MAY_BE_CODE = matching(r"[A-Za-z0-9_-]{0,64}", "letters, digits, - and _, or nothing")
MAY_BE_TOPIC = matching(
    r"(arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256})?",
    "the ARN of an SNS topic such as arn:aws:sns:eu-west-3:123456789012:mail-events, or nothing",
)
MAY_BE_TOKEN = matching(r"([!-~]{16,})?", "16 or more letters, digits and signs without spaces, or nothing")
