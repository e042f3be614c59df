"""XLSX: the values that Excel computed, of the sheet that has the people, within bounds."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from tests.people_lists.looking import Sheet, figures, look, people, refusal, rejected, values, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.once]

HEADER = ["E-mail Address", "First Name", "Last Name"]
ANN = ["ann@example.org", "Ann", "Lee"]


def repacked(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The same workbook with one of its XML files changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data.decode()) if name == part else data)
    return out.getvalue()


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


def test_a_workbook_is_read_as_a_file_of_text_is() -> None:
    found = look(workbook([HEADER, ANN, ["bad"], ["ann@example.org"]]))
    assert people(found) == [("ann@example.org", "Ann Lee")]
    assert [line for line, _said in rejected(found)] == [3, 4]
    assert found.figures.lines == 3


def test_rows_are_numbered_as_the_sheet_has_them() -> None:
    found = look(workbook([[], HEADER, [], ANN, [None, ""], [], ["bad"]]))
    assert found.accepted[0].row.line == 4
    assert rejected(found)[0][0] == 7
    assert figures(found) == {"new": 1, "rejected": 1, "blank": 3}


def test_cells_of_any_kind_become_what_people_would_write() -> None:
    rows: Sheet = [
        ["email", "name", "company", "active"],
        ["a@example.org", 12, 12.5, True],
        ["b@example.org", 12.0, date(2026, 1, 31), False],
        ["c@example.org", datetime.fromisoformat("2026-01-31T08:30"), " Zoë\u00a0\n B ", 0],
        ["d@example.org", None, "", "oui"],
    ]
    assert [tuple(values(one).values()) for one in look(workbook(rows)).accepted] == [
        ("a@example.org", "12", "12.5", "en", True),
        ("b@example.org", "12", "2026-01-31", "en", False),
        ("c@example.org", "2026-01-31 08:30:00", "Zoë B", "en", False),
        ("d@example.org", "", "", "en", True),
    ]


def test_a_formula_counts_by_its_value() -> None:
    content = workbook([["email", "name"], ["ann@example.org", '="A"&"nn"'], ["bob@example.org", "=1/0"]])
    assert [said for _line, said in rejected(look(content))] == [
        "Name: It holds a formula that was never computed. Open the file in a spreadsheet and save it again."
    ] * 2
    sheet = "xl/worksheets/sheet1.xml"
    computed = repacked(
        content,
        sheet,
        lambda xml: re.sub(r'(<c r="B2"[^>]*>)(<f>.*?</f>)<v ?/>', r'<c r="B2" t="str">\2<v>Ann</v>', xml),
    )
    computed = repacked(
        computed,
        sheet,
        lambda xml: re.sub(r'(<c r="B3"[^>]*>)(<f>.*?</f>)<v ?/>', r'<c r="B3" t="e">\2<v>#DIV/0!</v>', xml),
    )
    found = look(computed)
    assert people(found) == [("ann@example.org", "Ann")]
    assert "It holds the error #DIV/0! of a formula" in rejected(found)[0][1]


def test_the_sheet_with_addresses_is_read_and_the_others_are_named() -> None:
    found = look(workbook([["Notes"], ["x"]], [HEADER, ANN], [[1, 2]]))
    assert people(found) == [("ann@example.org", "Ann Lee")]
    assert found.notes == ["Of this workbook the sheet “Sheet2” is read, and not: Sheet1 and Sheet3."]


def test_two_sheets_with_addresses_are_refused() -> None:
    said = refusal(workbook([HEADER, ANN], [HEADER, ["bob@example.org"]]))
    assert "Several sheets of this workbook have addresses: Sheet1 and Sheet2" in said


def test_a_hidden_sheet_is_not_read_and_named() -> None:
    def hide(book: Workbook) -> None:
        book["Sheet1"].sheet_state = "hidden"

    found = look(workbook([HEADER, ["old@example.org"]], [HEADER, ANN], change=hide))
    assert people(found) == [("ann@example.org", "Ann Lee")]
    assert "not: Sheet1." in found.notes[0]


def test_hidden_rows_and_merged_cells_are_told() -> None:
    def change(book: Workbook) -> None:
        book["Sheet1"].row_dimensions[3].hidden = True
        book["Sheet1"].merge_cells("B2:B3")

    found = look(
        workbook([["email", "company"], ["a@example.org", "Acme"], ["b@example.org"]], change=change)
    )
    assert [email for email, _name in people(found)] == ["a@example.org", "b@example.org"]
    assert "1 hidden row is read like the others: 3." in found.notes
    assert any("merged" in note for note in found.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (archive("mimetype", "content.xml"), "an OpenDocument file (.ods)"),
        (archive("Index/Document.iwa"), "a document of Numbers (.numbers)"),
        (archive("xl/workbook.bin"), "a binary workbook (.xlsb)"),
        (archive("word/document.xml"), "an archive that holds no workbook"),
        (b"PK\x03\x04\x00\x06\xff\xfe", "damaged"),
        (b"PK\x05\x06" + b"\x00" * 18, "an archive that holds no workbook"),
        (archive("xl/workbook.xml"), "damaged"),
        (workbook([HEADER, ANN])[:-400], "damaged"),
        (workbook([["a"], []]), "exactly one of them “email”"),
        (workbook([]), "no line at all"),
        (workbook([HEADER]), "nobody to import"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(content: bytes, said: str) -> None:
    assert said in refusal(content)


def test_content_decides_and_not_the_name() -> None:
    """Nothing else is handed over: the reader sees bytes alone."""
    assert people(look(workbook([HEADER, ANN]))) == people(
        look("E-mail Address,First Name,Last Name\n" + ",".join(ANN))
    )


def test_a_sheet_that_breaks_off_is_refused_whole() -> None:
    broken = repacked(
        workbook([HEADER, ANN]), "xl/worksheets/sheet1.xml", lambda xml: xml[: xml.index("</sheetData>")]
    )
    assert "damaged" in refusal(broken)


# --- Bounds --------------------------------------------------------------------------------------


def test_what_would_unpack_to_more_than_is_read_is_refused_unread() -> None:
    bomb = repacked(
        workbook([HEADER, ANN]), "xl/worksheets/sheet1.xml", lambda xml: xml + " " * (51 * 1024 * 1024)
    )
    assert len(bomb) < 200_000
    assert "too large to be read here" in refusal(bomb)


def test_a_workbook_that_lies_about_its_size_is_read_no_further() -> None:
    content = repacked(workbook([HEADER, ANN]), "xl/worksheets/sheet1.xml", lambda xml: xml + " " * 1_000_000)
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        size = made.getinfo("xl/worksheets/sheet1.xml").file_size
    lying = content.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != content
    assert "damaged" in refusal(lying)


def test_entities_that_grow_are_refused() -> None:
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        evil = repacked(
            workbook([HEADER, ANN]),
            part,
            lambda xml: re.sub(r"^(<\?xml.*?\?>)?", lambda found: found[0] + entities, xml, count=1),
        )
        assert "damaged" in refusal(evil)


@pytest.mark.parametrize("number", ["1048577", "99999999999", "-3", "x"])
def test_a_row_that_no_sheet_has_is_refused(number: str) -> None:
    content = workbook([HEADER, ANN])
    wrong = repacked(
        content, "xl/worksheets/sheet1.xml", lambda xml: xml.replace('<row r="2"', f'<row r="{number}"')
    )
    assert "damaged" in refusal(wrong)


def test_empty_rows_to_the_end_of_the_sheet_are_nothing() -> None:
    rows = "".join(f'<row r="{number}" ht="15" customHeight="1"/>' for number in range(3, 30_000))
    content = repacked(
        workbook([HEADER, ANN]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("</sheetData>", rows + "</sheetData>"),
    )
    assert figures(look(content)) == {"new": 1}


def test_somebody_below_many_empty_rows_is_found() -> None:
    last = '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>bob@example.org</t></is></c></row>'
    content = repacked(
        workbook([HEADER, ANN]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("</sheetData>", last + "</sheetData>"),
    )
    found = look(content)
    assert found.accepted[-1].row.line == 1_048_576
    assert figures(found) == {"new": 2, "blank": 1_048_573}


def test_a_cell_far_to_the_right_is_too_many_cells() -> None:
    def change(book: Workbook) -> None:
        book["Sheet1"]["XFD2"] = "x"

    found = look(workbook([HEADER, ANN, ["bob@example.org"]], change=change))
    assert "16384 cells under 3 columns" in rejected(found)[0][1]
    wide: list[Any] = ["email", *range(60)]
    assert "has 61 columns, and at most 50" in refusal(workbook([wide, ANN]))


@pytest.mark.parametrize(
    "endless", ["<row>" + "<c/>" * 60_000 + "</row>", "<row><c><is>" + "<r/>" * 60_000 + "</is></c></row>"]
)
def test_a_row_without_an_end_is_refused_before_it_is_held(endless: str) -> None:
    content = repacked(
        workbook([HEADER, ANN]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("</sheetData>", endless + "</sheetData>"),
    )
    assert "damaged" in refusal(content)


def test_what_stands_behind_the_rows_is_no_row() -> None:
    merged = "<mergeCells>" + '<mergeCell ref="A1:B2"/>' * 60_000 + "</mergeCells>"
    content = repacked(
        workbook([HEADER, ANN]),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("</sheetData>", "</sheetData>" + merged),
    )
    assert people(look(content)) == [("ann@example.org", "Ann Lee")]


def test_a_list_in_a_workbook_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.people_lists.reading.MOST_ROWS", 1)
    assert "more than 1 people" in refusal(workbook([HEADER, ANN, ["bob@example.org"]]))
