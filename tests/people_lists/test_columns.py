"""Whatever Outlook, Google Contacts and French offices call a column is known; other columns are named."""

from __future__ import annotations

import pytest

from backoffice.people_lists.columns import columns_of
from backoffice.people_lists.errors import UnreadableList
from tests.people_lists.looking import look, people, values

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize(
    "header",
    [
        *(
            "email",
            "E-Mail",
            "E-mail Address",
            "EMAIL ADDRESS",
            "e_mail",
            " Mail ",
            "\ufeffEmail",
            "Email:",
            "e‑mail",
        ),
        *(
            "Adresse e-mail",
            "Adresse email",
            "Adresse mail",
            "ADRESSE MAIL",
            "Courriel",
            "Adresse électronique",
        ),
        *(
            "Adresse de messagerie",
            "E-mail 1 - Value",
            "Primary Email",
            "E\u00a0mail",
            "Adresse",
            "Address",
            "Mél",
        ),
        "Adresse e\u0301lectronique",
        *(
            "Courrier électronique",
            "Adresse de courrier électronique",
            "Adresse électronique principale",
            "Votre adresse e-mail",
            "Adresse e-mail 1",
            "EMail (Pro)",
            "E-Mail-Adresse",
            "Mail du client",
            "Courriel (travail)",
        ),
    ],
)
def test_a_column_of_addresses_is_known(header: str) -> None:
    assert columns_of(["x", header]).places["email"] == 1


@pytest.mark.parametrize(
    ("header", "place"),
    [
        (["Adresse", "Votre adresse e-mail"], 1),  # where somebody lives, then
        (["Adresse e-mail 2", "Adresse e-mail 1"], 1),
        (["Email status", "Mail du client", "Email opt-in"], 1),
        (["Mail du client", "Email"], 1),  # what is known goes before what is guessed
    ],
)
def test_of_columns_that_speak_of_addresses_the_one_that_holds_them_is_read(
    header: list[str], place: int
) -> None:
    assert columns_of(header).places["email"] == place


@pytest.mark.parametrize(
    "header",
    [
        ["Votre e-mail", "E-mail du parent"],  # which of the two?
        ["Type de messagerie", "Mailing"],
        ["ann@mail.example", "Ann"],
    ],
)
def test_no_column_is_guessed_where_there_is_a_doubt(header: list[str]) -> None:
    with pytest.raises(UnreadableList, match="exactly one"):
        columns_of(header)


@pytest.mark.parametrize(
    ("line", "cells", "name", "company"),
    [
        ("First Name,Last Name,Company,E-mail Address", "Ann,Lee,Acme,a@example.org", "Ann Lee", "Acme"),
        ("Prénom,Nom,Société,Adresse e-mail", "Ann,Lee,Acme,a@example.org", "Ann Lee", "Acme"),
        ("NOM,PRENOM,SOCIETE,MAIL", "Lee,Ann,Acme,a@example.org", "Ann Lee", "Acme"),
        (
            "Given Name,Family Name,Organization Name,E-mail 1 - Value",
            "Ann,Lee,Acme,a@example.org",
            "Ann Lee",
            "Acme",
        ),
        (
            "Name,Given Name,Family Name,E-mail 1 - Value",
            "Dr Ann Lee,Ann,Lee,a@example.org",
            "Dr Ann Lee",
            "",
        ),
        ("Name,Given Name,Family Name,E-mail 1 - Value", ",Ann,Lee,a@example.org", "Ann Lee", ""),
        ("Prénom,Nom de famille,Nom,Courriel", "Ann,Lee,Ann B. Lee,a@example.org", "Ann B. Lee", ""),
        ("Nom,Adresse email,Entreprise", "Ann,a@example.org,Acme", "Ann", "Acme"),
        ("Prénom,Courriel", "Ann,a@example.org", "Ann", ""),
    ],
)
def test_names_are_put_together(line: str, cells: str, name: str, company: str) -> None:
    [verdict] = look(f"{line}\n{cells}\n").accepted
    assert values(verdict)["name"] == name
    assert values(verdict)["company"] == company


@pytest.mark.parametrize("header", ["Email;Nom;Adresse;Société", "email;name;address", "Adresse;Courriel"])
def test_a_postal_address_beside_the_email_is_named_and_left_out(header: str) -> None:
    cells = {"Email": "ann@example.org", "email": "ann@example.org", "Courriel": "ann@example.org"}
    row = ";".join(cells.get(name, "1 rue X") for name in header.split(";"))
    found = look(f"{header}\n{row}\n")
    assert [email for email, _name in people(found)] == ["ann@example.org"]
    assert [name.lower().startswith("ad") for name in found.columns.ignored] == [True]


def test_what_is_left_out_is_named() -> None:
    found = look("email,Phone,Ville,,Étage\nann@example.org,1,Lyon,x,2\n")
    assert found.columns.ignored == ["Phone", "Ville", "Étage"]
    assert found.columns.sources() == [("email", "email")]


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [
        ("email,nom,name", "nom", "name"),
        ("email,Société,Company", "Société", "Company"),
        ("email,E-mail Address", "email", "E-mail Address"),
        ("address,adresse", "address", "adresse"),
        ("email,active,Actif", "active", "Actif"),
        ("email,Prénom,First name,nom", "Prénom", "First name"),
    ],
)
def test_two_columns_of_one_meaning_are_refused_by_name(header: str, first: str, second: str) -> None:
    with pytest.raises(UnreadableList, match=f"“{first}” and “{second}”"):
        columns_of(header.split(","))


def test_a_column_that_is_not_read_may_stand_there_twice() -> None:
    assert columns_of(["email", "Phone", "Phone"]).ignored == ["Phone", "Phone"]
