"""CSV in its dialects: nobody in it disappears unsaid, and lines are called as an editor numbers them."""

from __future__ import annotations

import pytest

from tests.people_lists.looking import figures, look, people, refusal, rejected

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ANN, BOB, CY = ("ann@example.org", "Ann"), ("bob@example.org", "Bob"), ("cy@example.org", "Cy")


# --- Quotes and cells that shift -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('email,name\nann@example.org,"Ann\nbob@example.org,Bob\ncy@example.org,Cy\n', 2),
        ('email;name\nann@example.org;"Ann\nbob@example.org;"Bob"\ncy@example.org;Cy\n', 2),
        ('email,name\nann@example.org,Ann\n\n"bob@example.org,Bob\ncy@example.org,Cy\n', 4),
        ('email\tname\nann@example.org\t"Ann" Lee\n', 2),
        ('email,name\nann@example.org,"Ann\r\nLee"\r\ncy@example.org,"Cy\r\n', 4),
        ('"email,name\nann@example.org,Ann\n', 1),
    ],
)
def test_a_quote_that_is_not_closed_refuses_the_file_and_names_its_line(content: str, line: int) -> None:
    said = refusal(content)
    assert f"Line {line} opens a quote" in said
    assert "Put quotes around the whole cell" in said


def test_a_quote_that_closes_on_somebody_else_s_line_rejects_what_it_swallowed() -> None:
    content = 'email,name\nann@example.org,"Ann\nbob@example.org,Bob"\ncy@example.org,Cy\n'
    found = look(content)
    assert people(found) == [CY]
    [(line, said)] = rejected(found)
    assert line == 2
    assert "closes only on line 3" in said


@pytest.mark.parametrize(
    "content",
    [
        'email,name\nann@example.org,"Ann\nbob.example.org,Bob"\n',
        'email;name;company\nann@example.org;"Ann\nbob at example.org;Bob;X\ncy;Cy";Y\n',
        'name\temail\n"Ann\t\nBob\tnone"\tann@example.org\n',
    ],
)
def test_so_is_a_line_that_has_no_sound_address(content: str) -> None:
    found = look(content)
    assert people(found) == []
    [(line, said)] = rejected(found)
    assert (line, "other people in between" in said) == (2, True)


def test_a_cell_of_several_lines_is_one_cell() -> None:
    content = (
        'email,name,notes\nann@example.org,"Ann\nLee","call:\nx@example.org, or y"\nbob@example.org,Bob,\n'
    )
    found = look(content)
    assert people(found) == [("ann@example.org", "Ann Lee"), BOB]
    assert [one.row.line for one in found.accepted] == [2, 5]


def test_more_cells_than_columns_are_a_comma_without_quotes() -> None:
    found = look("email,name,company\nann@example.org,Doe, Jane,Acme\nbob@example.org,Bob,Acme,,\n")
    assert people(found) == [BOB]
    [(line, said)] = rejected(found)
    assert (line, "4 cells under 3 columns" in said) == (2, True)


def test_quotes_keep_a_delimiter_and_quotes_in_a_cell() -> None:
    found = look('email;name\nann@example.org; "Lee; Ann"\nbob@example.org;"Bob ""the"" Lee"\n')
    assert people(found) == [("ann@example.org", "Lee; Ann"), ("bob@example.org", 'Bob "the" Lee')]


# --- Lines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_numbered_as_the_file_has_them(end: str) -> None:
    content = end.join(["email,name", "", "", "ann@example.org,Ann", "", "ann@example.org,Bob", "bad,X", ""])
    found = look(content)
    (second, said), (bad, why) = rejected(found)
    assert (second, bad) == (6, 7)
    assert "stands on line 4 already" in said
    assert "valid email address" in why


def test_empty_lines_above_the_names_of_the_columns_count() -> None:
    found = look("\n\nsep\n".replace("sep", "email") + "ann@example.org\nann@example.org\n")
    assert rejected(found)[0][0] == 5
    assert "stands on line 4 already" in rejected(found)[0][1]


def test_every_line_is_accounted_for() -> None:
    content = "email,active\n\nann@example.org,\n,,\nANN@example.org,\nbad,\n;;\nbob@example.org,maybe\n\n"
    found = look(content)
    assert figures(found) == {"new": 1, "rejected": 4, "blank": 3}
    assert found.figures.lines == 8


# --- Excel's and others' habits ------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\r\nemail;name\r\nann@example.org;Ann\r\n",
        "\ufeffsep=;\r\nemail;name\r\nann@example.org;Ann\r\n",
        "SEP=|\nemail|name\nann@example.org|Ann",
        '"sep=\t"\nemail\tname\nann@example.org\tAnn',
    ],
)
def test_a_line_that_declares_the_delimiter_is_obeyed(content: str) -> None:
    found = look(content)
    assert people(found) == [ANN]
    assert found.accepted[0].row.line == 3


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter_is_found(delimiter: str) -> None:
    rows = [["name", "email"], ["Ann, A; B | C", "ann@example.org"]]
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in rows]
    assert people(look("\n".join(lines))) == [("ann@example.org", "Ann, A; B | C")]


def test_the_delimiter_is_the_one_that_gives_columns_we_know() -> None:
    """As many commas as semicolons, and more of them below."""
    assert people(
        look("Nom, complet;Email\nLee, Ann, Dr, Prof;ann@example.org\n".replace("Nom, complet", "Nom"))
    ) == [("ann@example.org", "Lee, Ann, Dr, Prof")]
    assert people(look('"Ville, rue";E-mail\n"Lyon, 1";ann@example.org\n')) == [("ann@example.org", "")]


@pytest.mark.parametrize("end", ["\x1a", "\r\n\x1a", "\n"])
def test_the_sign_for_the_end_of_a_file_is_none_of_its_text(end: str) -> None:
    assert people(look(f"email,name\nann@example.org,Ann{end}")) == [("ann@example.org", "Ann")]


def test_one_column_needs_no_delimiter() -> None:
    assert people(look("email\nann@example.org\n")) == [("ann@example.org", "")]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]
)
def test_any_usual_encoding_is_read(encoding: str) -> None:
    content = "email\tname\nzoe@example.org\tZoë – “Né”\n".encode(encoding)
    found = look(content)
    assert people(found) == [("zoe@example.org", "Zoë – “Né”")]
    assert found.notes == []


@pytest.mark.parametrize(
    ("encoding", "said", "name"),
    [
        ("mac_roman", "Mac OS Roman", "André Lefèvre"),
        ("mac_roman", "Mac OS Roman", "NOËL-ÉLODIE LEFÈVRE, née Ça"),
        ("mac_roman", "Mac OS Roman", "L’Œuvre – “Été”"),
        ("mac_roman", "Mac OS Roman", "Peña Muñoz"),
        ("iso8859_15", "ISO 8859-15", "Sœur Cœur"),
        ("cp1250", "Windows-1250", "Łukasz Żółć"),
        ("iso8859_2", "ISO 8859-2", "Łukasz Kąśkiewicz Żółć"),
        ("cp1251", "Windows-1251", "Иванов Пётр"),
    ],
)
def test_an_encoding_of_one_byte_is_told_by_its_letters_and_named(
    encoding: str, said: str, name: str
) -> None:
    found = look(f"email;name\nann@example.org;{name}\n".encode(encoding))
    assert people(found) == [("ann@example.org", name)]
    assert f"It is read as {said}" in found.notes[0]


@pytest.mark.parametrize(
    "name", ["Zoé", "LEFÈVRE", "L’Œuvre – “Été”", "Muñoz", "Straße", "Aÿ", "Société « Été »", "5 °C"]
)
def test_what_windows_1252_says_well_is_read_as_it(name: str) -> None:
    found = look(f"email;name\nann@example.org;{name}\n".encode("cp1252"))
    assert (people(found), found.notes) == ([("ann@example.org", name)], [])


def test_letters_that_fit_no_encoding_are_pointed_at() -> None:
    found = look(b"email;name\nann@example.org;A\xb2b\xb3c\nzoe@example.org;Zo\xe9\n")
    assert "look at the accents" in found.notes[0]


def test_both_marks_of_utf_16_are_read() -> None:
    text = "email;name\nzoe@example.org;Zoë\n"
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert people(look(mark + text.encode(encoding))) == [("zoe@example.org", "Zoë")]
    assert "says it is UTF-16 text and is not" in refusal(b"\xff\xfe" + text.encode("utf-16-le") + b"x")


def test_a_file_of_two_encodings_is_read_and_told() -> None:
    content = "email;name\nzoe@example.org;Zoë\n".encode("utf-8-sig") + b"rene@example.org;Ren\xe9\n"
    found = look(content)
    assert people(found) == [("zoe@example.org", "Zoë"), ("rene@example.org", "René")]
    assert "UTF-8 and others Windows-1252" in found.notes[0]
    marked = look(b"\xef\xbb\xbfemail;name\r\nann@example.org;Zo\xeb\r\n")
    assert people(marked) == [("ann@example.org", "Zoë")]
    assert "UTF-8 and others Windows-1252" in marked.notes[0]


def test_a_sign_that_nobody_can_read_rejects_its_line() -> None:
    lines = [b"email,name,town", b"ann@example.org,A\x81n,Lyon", b"bob@example.org,Bob,L\x8dyon"]
    found = look(b"\n".join([*lines, b"zoe@example.org,Zo\xe9 Ren\xe9e Andr\xe9,"]))
    assert people(found) == [BOB, ("zoe@example.org", "Zoé Renée André")], (
        "a column that is not read may be broken"
    )
    assert "cannot be read" in rejected(found)[0][1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \n\n ", "no line at all"),
        (b"\xef\xbb\xbf", "no line at all"),
        (",,\n ,\n", "no line at all"),
        ("email,name\n", "nobody to import"),
        ("email,name\n,\n\n", "nobody to import"),
        ("Name;Company\nA;B\n", "It says: Name and Company."),
        ("ann@example.org,Ann\n", "It says: ann@example.org and Ann."),
        ("email,name\nann@example.org,A\x00n\n", "Line 2 holds a sign that no text has (NUL)"),
        (b"%PDF-1.7 \n1 0 obj", "neither a CSV file nor an Excel workbook"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "neither a CSV file nor an Excel workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
            "an old Excel (.xls), or one that a password protects",
        ),
    ],
)
def test_a_file_that_is_no_list_is_explained(content: bytes | str, said: str) -> None:
    assert said in refusal(content)


# --- Bounds --------------------------------------------------------------------------------------


def test_a_line_of_twenty_thousand_cells_is_refused_unread() -> None:
    for delimiter in ",;\t":
        wide = "email" + delimiter * 20_000 + "\nann@example.org\n"
        assert "Line 1 has more than 10000 cells" in refusal(wide)
    assert "Line 3 has more than" in refusal("email,name\nann@example.org,Ann\n" + "," * 10_000)


@pytest.mark.parametrize(("count", "fits"), [(50, True), (51, False), (9_000, False)])
def test_fifty_columns_are_read(count: int, fits: bool) -> None:
    content = ",".join(["email", *(f"c{number}" for number in range(1, count))]) + "\nann@example.org\n"
    if fits:
        assert people(look(content)) == [("ann@example.org", "")]
    else:
        assert f"This list has {count} columns, and at most 50 are read" in refusal(content)


def test_columns_without_a_name_behind_the_last_are_none() -> None:
    assert people(look("email" + "," * 300 + "\nann@example.org" + "," * 300)) == [("ann@example.org", "")]


def test_a_cell_has_an_end() -> None:
    long = "x" * 40_000
    found = look(f"email,name,notes\nann@example.org,{long},\nbob@example.org,Bob,{long}\n")
    assert people(found) == [BOB]
    assert "longer than 32767 characters" in rejected(found)[0][1]
    assert "begins on line 2" in refusal(f'email,name\nann@example.org,"{"x" * 140_000}')


def test_a_list_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backoffice.people_lists.reading.MOST_ROWS", 2)
    three = "email\nann@example.org\n\n\nbob@example.org\ncy@example.org\n"
    assert "more than 2 people" in refusal(three)
    assert len(people(look(three.rpartition("cy")[0]))) == 2
