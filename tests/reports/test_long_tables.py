"""Long tables: painted pages look as WeasyPrint's do, no row is lost at a joint, and to a screen reader a
table of many pages is one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pypdfium2
import pytest
from django.utils.html import format_html
from django.utils.translation import override
from PIL import Image, ImageChops
from pypdf import PdfReader

from backoffice.reports import pdf
from backoffice.reports.base import Order, ReportType
from backoffice.reports.sections import (
    Badge,
    Chart,
    Code,
    Column,
    Figure,
    Figures,
    Row,
    Section,
    Series,
    Share,
    Stacked,
    Table,
    Words,
)
from tests.reports.tagged import Tagged

pytestmark = pytest.mark.once

ROWS = 90  # of every kind of value: nine pages, most of them painted
EDGES = 100  # points of a million that a rounding of a thousandth of a pixel makes a third darker

MOMENT = datetime(2026, 11, 3, 6, tzinfo=UTC)
COLUMNS = [
    Column("Number", 10, number=True),
    Column("Written", 17),
    Column("To, and template", 23),
    Column("State", 12),
    Column("Amount", 12, number=True),
    Column("Reason", 26),
]
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
REASONS = [
    "",
    "Short.",
    "The mail service refused it: the address is on the suppression list since last week. " * 2,
    LONG_WORD + " and more " + LONG_WORD,
    "<b>no markup</b> & “signs” – 1\u202f234,5\u00a0€",
    "שלום, an order of المبلغ with 12 parts",
    "  spaces \n and\tlines  ",
    "Ἑλλάς, Жёлтый, Łódź, ﬁ, é",
]


class Long(ReportType):
    slug = "long"
    title = "Long"
    description = "Rows and rows."
    groups = frozenset()

    def subject(self, order: Order) -> str:
        return "every row"

    def sections(self, order: Order) -> list[Section]:
        return []


class Dense(Long):
    dense = True


def row(number: int) -> Row:
    """Of every kind of value, each in its turn."""
    states = [Badge("Sent", "good"), Badge("Bounced", "bad"), Badge("Unknown", "warn"), Code("x_y"), None]
    amounts = [number * 1234.5, Share(number / 999), timedelta(seconds=number * 7), number % 2 == 0]
    to = Stacked(
        f"reader{number}@example.org", Stacked("Welcome", Badge("new", "calm")) if number % 5 else ""
    )
    written = MOMENT + timedelta(hours=number) if number % 3 else date(2026, 10, 1 + number % 30)
    return [number, written, to, states[number % 5], amounts[number % 4], REASONS[number % len(REASONS)]]


def sections(rows: Sequence[Row]) -> list[Section]:
    return [
        Words("Before it.", title="A word"),
        Figures([Figure("Rows", len(rows), "of every kind"), Figure("Columns", len(COLUMNS))]),
        Chart("Bars", ["a", "b"], [Series("s", [1, 2])], "What it shows."),
        Table("All rows", COLUMNS, rows, empty="None.", note="What follows the rows."),
        Table("A short one", COLUMNS[:2], [[1, None]], empty="None."),
        Words("The end."),
    ]


def make(
    given: Sequence[Section], *, painted: bool = True, kind: type[Long] = Long, language: str = "en"
) -> bytes:
    order = Order(kind(), {"language": language, "format": "pdf"}, MOMENT, MOMENT, "Ann Example")
    target = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch, override(language):
        patch.setattr(pdf, "LONG", 40 if painted else 10**9)
        pdf.write(order, given, target, lambda percent, note: None)
    return target.getvalue()


@cache
def both(kind: type[Long], language: str) -> tuple[bytes, bytes]:
    """Painted, and laid out by WeasyPrint alone."""
    given = sections([row(number) for number in range(ROWS)])
    return make(given, kind=kind, language=language), make(given, painted=False, kind=kind, language=language)


def pictures(made: bytes) -> list[Image.Image]:
    read = pypdfium2.PdfDocument(made)
    return [page.render(scale=1.5).to_pil().convert("L") for page in read]


@pytest.mark.parametrize(("kind", "language"), [(Long, "en"), (Dense, "fr")])
def test_a_painted_page_is_the_picture_of_one_that_weasyprint_laid_out(
    kind: type[Long], language: str
) -> None:
    ours, theirs = map(pictures, both(kind, language))
    assert len(ours) == len(theirs) > 5
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True), start=1):
        difference = ImageChops.difference(one, other)
        far = sum(difference.histogram()[80:])
        assert far < EDGES, f"page {number} differs in {far} points"


@pytest.mark.parametrize("painted", [True, False])
def test_to_a_screen_reader_a_table_of_many_pages_is_one(painted: bool) -> None:
    made = Tagged(both(Long, "en")[0 if painted else 1])
    assert made.faults == []
    long, short = [one for one in made.document.named("Table") if one.named("TH")]
    head, *rows = made.rows(long)
    assert head == [str(column.label) for column in COLUMNS]
    assert [one[0] for one in rows] == [str(number) for number in range(ROWS)]
    assert "Bounced" in rows[1]
    assert len(made.rows(short)) == 2
    read = made.of(made.document)
    places = [
        read.index(words) for words in ("A word", "All rows", "What follows", "A short one", "The end.")
    ]
    assert places == sorted(places)
    assert "every row" in read
    assert "Made on" not in read.partition("A word")[2]  # what each page repeats is read once


def test_what_plain_weasyprint_tags_has_the_faults_that_are_looked_for() -> None:
    from weasyprint import HTML

    rows = "".join(f"<tr><td>{n}<td>x" for n in range(99))
    html = f"<html lang=en><title>x</title><table><thead><tr><th>Number<th>Is<tbody>{rows}</table>"
    footer = "<style>@page { @bottom-left { content: 'Foot' } }</style>"
    found = " ".join(Tagged(HTML(string=html + footer).write_pdf(pdf_variant="pdf/ua-1")).faults)
    for fault in (
        "a table is cut in pieces",
        "a head does not say",
        "tree of IDs",
        "'Foot' of page 1 hangs on no",
    ):
        assert fault in found


def test_headings_after_a_long_table_are_in_the_outline() -> None:
    outline = PdfReader(io.BytesIO(both(Long, "en")[0])).outline
    titles = [one.title for one in outline]
    assert titles == ["A word", "Bars", "All rows", "A short one"]


def with_these(rows: dict[int, Row], total: int = 130) -> list[Section]:
    plain = [Column("Number", 20), Column("What", 80)]
    return [Table("All rows", plain, [rows.get(n, [f"n{n}", "x"]) for n in range(total)], empty="None.")]


TALL = "\N{BULLET} a line of a very long reason, which goes on and on " * 150


@pytest.mark.parametrize(
    "odd",
    [
        {60: ["n60", TALL]},
        {0: ["n0", TALL]},
        {129: ["n129", TALL]},
        {70: ["n70", TALL], 71: ["n71", TALL], 72: ["n72", "x"]},
        {n: [f"n{n}", TALL] for n in range(40, 44)},
        {90: ["n90", format_html("<b>{}</b>", "bold")], 95: ["n95", "a word with a soft\u00adhyphen"]},
        {n: [f"n{n}", format_html("<i>{}</i>", n)] for n in range(130)},
    ],
    ids=["tall", "first", "last", "two", "four", "marked up", "all marked up"],
)
def test_a_row_that_cannot_be_painted_is_laid_out_and_none_is_lost(odd: dict[int, Row]) -> None:
    made = Tagged(make(with_these(odd)))
    assert made.faults == []
    [table] = made.document.named("Table")
    assert [one[0] for one in made.rows(table)[1:]] == [f"n{number}" for number in range(130)]
    for number, (_name, value) in odd.items():
        if value == TALL:
            assert made.rows(table)[1 + number][1].count("\N{BULLET}") == 150


@pytest.mark.parametrize("total", [41, 64, 65, 66, 67, 68])
def test_wherever_the_last_page_begins_no_row_is_lost(total: int) -> None:
    made = make(with_these({}, total))
    read = PdfReader(io.BytesIO(made))
    found = [word for page in read.pages for word in page.extract_text().split() if word.startswith("n")]
    assert found == [f"n{number}" for number in range(total)]
    assert f"{len(read.pages)} / {len(read.pages)}" in read.pages[-1].extract_text()


def test_two_long_tables_and_short_ones_between_them() -> None:
    [one] = with_these({}, 90)
    given: list[Any] = [
        one,
        Table("Short", COLUMNS[:1], [[1]], empty=""),
        *with_these({}, 120),
        Words("End."),
    ]
    made = Tagged(make(given))
    faults = [fault for fault in made.faults if "cut in pieces" not in fault]  # these two have the same head
    assert faults == []
    assert [len(made.rows(table)) - 1 for table in made.document.named("Table")] == [90, 1, 120]


@pytest.mark.parametrize("text", ["☺ 😀 done", "山田太郎さんへのメール。" * 9, "\U00010330 \ue000 x"])
def test_pictures_and_letters_without_a_font_are_drawn_alike(text: str) -> None:
    given = with_these({n: [f"n{n}", f"{text} {n}"] for n in range(80)}, 80)
    for one, other in zip(pictures(make(given)), pictures(make(given, painted=False)), strict=True):
        assert sum(ImageChops.difference(one, other).histogram()[80:]) < EDGES


def test_a_row_takes_no_more_than_a_kilobyte_and_a_half() -> None:
    few, many = (len(make(with_these({}, rows))) for rows in (120, 620))
    assert (many - few) / 500 < 1500
