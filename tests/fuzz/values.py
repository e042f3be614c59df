"""What nobody means and somebody sends: values for every address, parameter and field."""

from __future__ import annotations

# Each kind of value with its reason; a value of one kind is as good as another of it.
NASTY: tuple[str, ...] = (
    # Nothing, and what looks like it
    "", " ", "\u200b", "None", "null", "undefined",
    # What no database, encoding or line takes
    "\0", "a\0b", "\ud83d", "a\udfffb", "\ufffe", "a\r\nBcc: x@example.org", "\x1b[31m",
    "\u202eabc", "é" * 300,
    # What other languages would read
    "'", '"', "\\", "%", "%s", "%00", "a' OR 1=1 --", "<script>alert(1)</script>", "{{ 7|add:7 }}",
    "{% now %}",
    "../../../etc/passwd", "..", "/", "//example.org/", "javascript:alert(1)", "__class__",
    "_5F_0A_00", "pk", "?",
    # Numbers, some of which only look like it
    "0", "-1", "1", "2", "9223372036854775808", "-9223372036854775809", "99999999999999999999999",
    "2147483648",
    "1e309", "NaN", "Infinity", "-0", "0x10", "1_000", "²", "٣", "1.5", "1,2,3", "9" * 5000,
    # Days and times: the first, the last, none, the hour that is missing and the one that is there twice
    "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "0001-01-01T00:00", "9999-12-31T23:59",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-29T02:30", "2026-10-25T02:30", "24:00",
    "23:59:60", "2026-W01-1", "1969-12-31T23:59:59Z",
    # Choices, keys and identifiers of other things
    "True", "false", "on", "00000000-0000-0000-0000-000000000000", "{00000000000000000000000000000000}",
    # Too much
    "a" * 10_000, "a " * 2_000, "[" * 5_000, '{"a": NaN}', '{"a": "\\ud83d"}', '"' * 301, "(" * 2_000,
)  # fmt: skip

# Names that forms of Django and of libraries read and no page shows.
HIDDEN_FIELDS = (
    "_save", "_continue", "_addanother", "_saveasnew", "_popup", "_to_field", "action", "index",
    "select_across",
    "_selected_action", "csrfmiddlewaretoken", "next", "initial-name",
)  # fmt: skip
# Parameters that every list may get, whoever declares them.
LOOKUPS = ("", "__exact", "__in", "__isnull", "__startswith", "__gt", "__regex", "__year", "__0", "__x__y")

HEADERS: tuple[dict[str, str], ...] = (
    {"cookie": 'sessionid="aaaaaaaa\\000bbbb"'},
    {"cookie": 'sessionid="' + "a" * 300 + '"'},
    {"cookie": 'messages="\\000"; csrftoken="\\000"'},
    {"cookie": 'django_language="\\000"'},
    {"accept-language": "x" * 600},
    {"accept-language": "fr-\0"},
    {"host": "a b"},
    {"host": "example.org\0"},
    {"x-forwarded-for": "\0, 1.2.3.4, [::"},
    {"x-request-id": "\0" * 9},
    {"hx-request": "true", "hx-current-url": "http://[::/\0"},
    {"if-modified-since": "Mon, 31 Feb 9999 99:99:99 GMT"},
    {"range": "bytes=-1-99999999999999999999"},
    {"content-type": "multipart/form-data"},
    {"content-type": "multipart/form-data; boundary=\0"},
    {"content-type": "application/x-www-form-urlencoded; charset=\0"},
    {"content-type": "text/plain; charset=utf-99"},
)
# Uploads: the name, what it holds, and what it says to be.
FILES: tuple[tuple[str, bytes, str], ...] = (
    ("a\0b.csv", b"email,name\nsam@example.org,Sam\n", "text/csv"),
    ("../../a.csv", b"", "text/csv"),
    ("a" * 300 + ".csv", b"email\n\x00\n", "text/csv"),
    ("a.csv", b"\xff\xfe\x00\x00\xd8", "text/csv"),
    ("a.csv", "email,name\nsam@example.org,\ufffe\n".encode(), "\0"),
    ("", b"\x1f\x8b\x08\x00", ""),
    ("a.csv", b'email,name\n"' + b"a," * 5_000, "application/zip"),
)
