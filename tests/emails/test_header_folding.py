"""Headers as they travel: what is read is what was written, in lines that every mail server takes."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import getaddresses
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backoffice.emails.addresses import address
from backoffice.emails.attachments import File
from backoffice.emails.errors import Refused
from backoffice.emails.mime import Mail, build
from backoffice.emails.text import one_line

ENCODED_WORD = re.compile(r"=\?utf-8\?[qb]\?[!-~]*?\?=")

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
LETTERS = st.text(st.characters(codec="utf-8"), max_size=300)
AWKWARD = st.text(st.sampled_from("ab é,;:\"'()<>@[]\\=?_日ñ.\t\r\n~€\u200d\u202f\u0301👨🏴"), max_size=300)
LONG_WORDS = st.lists(st.text(st.sampled_from("abcé日=?_-/"), min_size=1, max_size=120), max_size=12).map(
    " ".join
)
TEXTS = LETTERS | AWKWARD | LONG_WORDS
ADDRESSES = st.sampled_from(
    [
        "a@example.org",
        "jane.with.a.long.address@mail.example.org",
        "zoe@exämple.org",
        f"x@{'d' * 60}.example.org",
    ]
)


def head_of(raw: bytes) -> list[str]:
    """The lines above the body, each as any server takes it."""
    lines = raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    for line, after in pairwise([*lines, ""]):
        assert line.strip(), "a line of white space alone"
        is_folded = after.startswith(" ")
        assert not (is_folded and re.fullmatch(r"[\w-]+: *", line)), f"no text on the first line: {line!r}"
        words = ENCODED_WORD.findall(line)
        assert not words or len(line) <= 76, line
        assert all(len(word) <= 75 for word in words)
        assert len(line) <= 998
    return lines


def sent(**parts: object) -> bytes:
    sound: dict[str, object] = {
        "message_id": "7",
        "sender": "us@example.org",
        "to": "zoe@example.org",
        "subject": "s",
        "text": "t",
    }
    return build(Mail(**{**sound, **parts}))  # type: ignore[arg-type]


def unfolded(value: object) -> str:
    return str(value).replace("\r\n", "").replace("\n", "")


def decoded(value: object) -> str:
    return str(make_header(decode_header(unfolded(value))))


def each_word_by_itself(value: str) -> str:
    """As readers do that decode an encoded word without a look at the next."""
    return "".join(decoded(word) for word in ENCODED_WORD.findall(value))


def new(raw: bytes) -> EmailMessage:
    read = message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def old(raw: bytes) -> Message:
    return message_from_bytes(raw)


@given(TEXTS)
@example("https://example.org/" + "a" * 60)
@example("Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft: Termin")
@example("https://example.org/" + "a" * 2000)
@example(FAMILY * 40)
@example(FLAG * 30)
@example("a  b " + "word " * 40)
@example("=?utf-8?q?spy?=")
@example("x" * 69 + " y")
@example("x" * 70 + " y")
@settings(max_examples=300, deadline=None)
def test_a_subject_is_read_as_it_was_written_by_old_and_new_readers(subject: str) -> None:
    raw = sent(subject=subject)
    head_of(raw)
    line = one_line(subject)
    assert decoded(old(raw)["Subject"]) == line
    assert str(new(raw)["Subject"]) == line
    if not line.isascii():
        assert each_word_by_itself(str(old(raw)["Subject"])) == line


@given(name=TEXTS, email=ADDRESSES, other=TEXTS)
@example(name="\u00c9" * 190, email="jane.with.a.long.address@example.org", other="Doe, Jane")
@example(name='Jane "JJ", the "\\" one', email="a@example.org", other=FAMILY)
@example(name="a  b", email="a@example.org", other=" é ")
@example(name="x" * 200, email=f"x@{'d' * 60}.example.org", other="=?utf-8?q?spy?=")
@settings(max_examples=300, deadline=None)
def test_names_and_addresses_are_read_as_they_were_written(name: str, email: str, other: str) -> None:
    first, second = address(email, name), address("b@example.org", other)
    shown = f"{first}, {second}"
    raw = sent(
        to=str(first), sender=str(first), headers={"Cc": shown, "Reply-To": shown, "Sender": str(first)}
    )
    head_of(raw)
    # By the older parser: the modern one of Python 3.12 makes a space of what folds a name's encoded words.
    read = old(raw)
    # Between the words of a name stands one space (RFC 5322, 3.2.5): readers make one of several.
    one = (in_single_spaces(name), first.addr_spec)
    for header in ("To", "From", "Sender"):
        assert mailboxes_of(read[header]) == [one], header
    for header in ("Cc", "Reply-To"):
        assert mailboxes_of(read[header]) == [one, (in_single_spaces(other), "b@example.org")], header
    assert [each.addr_spec for each in new(raw)["Cc"].addresses] == [first.addr_spec, "b@example.org"]


def in_single_spaces(name: str) -> str:
    return re.sub(" +", " ", one_line(name))


def mailboxes_of(value: object) -> list[tuple[str, str]]:
    return [(in_single_spaces(decoded(shown)), email) for shown, email in getaddresses([unfolded(value)])]


# The library's reader strips a file's name, of quotes and brackets around it too.
@given(TEXTS.map(lambda text: text.strip()).filter(lambda text: one_line(text)[:1] not in '<"'))
@example("données " + FAMILY + " “2026”.pdf")
@example('a"b\\c;d=e.pdf')
@example("é" * 200 + ".pdf")
@settings(max_examples=200, deadline=None)
def test_a_file_has_the_name_it_was_given(name: str) -> None:
    raw = sent(files=[File(name, "application/pdf", b"%PDF")])
    [file] = new(raw).iter_attachments()
    assert file.get_filename() == one_line(name).strip()
    assert [part.get_filename() for part in old(raw).walk()][-1] == one_line(name).strip()


UNSUBSCRIBE = f"<https://example.org/u/{'t' * 120}>, <mailto:unsubscribe@example.org?subject={'x' * 80}>"


def test_what_programs_read_is_never_encoded_however_long() -> None:
    references = " ".join(f"<{'r' * 40}{number}@example.org>" for number in range(20))
    raw = sent(headers={"List-Unsubscribe": UNSUBSCRIBE, "References": references, "X-Trace": "t" * 300})
    lines = head_of(raw)
    assert not any("=?" in line for line in lines)
    read = old(raw)
    assert unfolded(read["List-Unsubscribe"]) == UNSUBSCRIBE
    assert unfolded(read["References"]) == references
    assert read["X-Trace"] == "t" * 300


def test_a_word_that_no_line_holds_is_a_sentence() -> None:
    with pytest.raises(Refused, match="“List-Unsubscribe” has a word too long for any line"):
        sent(headers={"List-Unsubscribe": f"<https://example.org/{'t' * 1000}>"})


def test_a_header_of_a_long_name_still_has_text_on_its_first_line() -> None:
    [line] = [line for line in head_of(sent(headers={"X-" + "N" * 45: "é"})) if line.startswith("X-N")]
    assert decoded(line.partition(": ")[2]) == "é"
