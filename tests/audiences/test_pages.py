"""Audiences on their pages, by plain forms: made, counted, uploaded; fields and tags of recipients."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from backoffice.models import Audience, AudienceKind, Recipient, RecipientField, Tag
from tests.audiences.making import a_recipient, an_audience, found, uploaded

pytestmark = pytest.mark.django_db

ADD = "admin:backoffice_audience_add"
CHANGE = "admin:backoffice_audience_change"
LIST = "admin:backoffice_recipient_changelist"
RECIPIENT = "admin:backoffice_recipient_change"


def text_of(answer: Any) -> str:
    """As it is read, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def conditions(*asked: tuple[str, str, str]) -> dict[str, str]:
    """As the form sends them, with an empty line behind."""
    data = {"conditions-TOTAL_FORMS": str(len(asked) + 1), "conditions-INITIAL_FORMS": "0"}
    for number, (subject, comparison, value) in enumerate([*asked, ("", "is", "")]):
        cell = f"conditions-{number}"
        data |= {f"{cell}-subject": subject, f"{cell}-comparison": comparison, f"{cell}-value": value}
    return data


def who_may(name: str, *codenames: str) -> Client:
    person = User.objects.create_user(name, is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client = Client()
    client.force_login(person)
    return client


def the_one(name: str) -> Audience:
    return Audience.objects.get(name=name)


# --- Made, counted, shared ---------------------------------------------------------------------


def test_one_is_made_of_conditions_by_a_plain_form(
    admin_client: Client, fields: dict[str, RecipientField]
) -> None:
    a_recipient("ann", ["vip"], own={"tier": "gold"})
    a_recipient("bob", own={"tier": "gold"}, active=False)
    asked = conditions(("own:tier", "is", "Gold"), ("language", "is", "English"))
    counted = text_of(admin_client.post(reverse("admin:backoffice_audience_count"), asked))
    assert "2 people" in counted
    assert "Opted out: 1." in counted
    assert "ann@example.org" in counted
    answer = admin_client.post(reverse(ADD), {"name": "Gold", **asked}, follow=True)
    assert answer.status_code == 200, answer.context["errors"]
    made = the_one("Gold")
    assert found(made) == ["ann", "bob"]
    assert [(one.subject, one.value) for one in made.conditions.all()] == [
        ("own:tier", "gold"),
        ("language", "en"),
    ]
    page = text_of(admin_client.get(reverse(CHANGE, args=[made.pk])))
    assert "2 people" in page
    listed = text_of(admin_client.get(reverse("admin:backoffice_audience_changelist")))
    assert "Tier is gold and Language is English" in listed
    narrowed = admin_client.get(reverse(LIST), {"audience": made.pk})
    assert narrowed.context["cl"].result_count == 2


def test_a_condition_that_cannot_be_asked_is_refused_in_its_place(
    admin_client: Client, fields: dict[str, RecipientField]
) -> None:
    asked = conditions(("language", "is", "fr"), ("own:balance", "from", "1,250"))
    answer = admin_client.post(reverse(ADD), {"name": "x", **asked})
    assert "may mean 1.25 or 1250. Write which of the two." in text_of(answer)
    counted = text_of(admin_client.post(reverse("admin:backoffice_audience_count"), asked))
    assert "Condition 2: “1,250” may mean" in counted
    assert not Audience.objects.exists()


def test_only_its_owner_changes_one_and_only_shared_ones_are_seen(owner: User) -> None:
    mine, shared = an_audience(owner), an_audience(owner, name="Shared", shared=True)
    other = who_may("other", "view_audience", "change_audience", "add_audience", "delete_audience")
    listed = text_of(other.get(reverse("admin:backoffice_audience_changelist")))
    assert "Shared by owner" in listed
    assert "Everybody we mean" not in listed
    assert other.get(reverse(CHANGE, args=[mine.pk])).status_code == 302
    assert other.get(reverse(CHANGE, args=[shared.pk])).status_code == 200
    assert other.post(reverse(CHANGE, args=[shared.pk]), {"name": "Taken", **conditions()}).status_code == 403
    assert other.post(reverse("admin:backoffice_audience_remove", args=[shared.pk])).status_code == 403
    reader = who_may("reader", "view_audience")
    assert reader.get(reverse(CHANGE, args=[shared.pk])).status_code == 200
    for url in (reverse(ADD), reverse("admin:backoffice_audience_file")):
        assert reader.get(url).status_code == 403
    assert reader.post(reverse("admin:backoffice_audience_count"), conditions()).status_code == 403


def test_a_page_says_which_condition_names_what_is_gone(admin_client: Client, owner: User) -> None:
    gone = an_audience(owner, ("own:gone", "is", "x"))
    page = text_of(admin_client.get(reverse(CHANGE, args=[gone.pk])))
    assert "It asks for a field that there is no more: choose another." in page
    assert "gone (deleted)" in page
    a_recipient("ann")
    assert admin_client.get(reverse(LIST), {"audience": gone.pk}).context["cl"].result_count == 0
    unknown = text_of(admin_client.get(reverse(LIST), {"audience": gone.pk + 1}))
    assert "This list knows no such filter, value or order: “audience”." in unknown


# --- Chosen one by one -------------------------------------------------------------------------


def test_recipients_are_chosen_by_their_addresses_and_taken_out(admin_client: Client) -> None:
    ann, _bob = a_recipient("ann"), a_recipient("bob")
    given = "ANN@example.org\nbob@example.org, nobody@example.org;ann@example.org"
    answer = admin_client.post(
        f"{reverse(ADD)}?kind=chosen", {"name": "Two", "addresses": given}, follow=True
    )
    assert "1 addresses are no recipient's and were left out: nobody@example.org" in text_of(answer)
    made = the_one("Two")
    assert (made.kind, found(made)) == (AudienceKind.CHOSEN, ["ann", "bob"])
    admin_client.post(reverse("admin:backoffice_audience_remove", args=[made.pk]), {"recipient": ann.pk})
    assert found(made) == ["bob"]
    assert LogEntry.objects.filter(object_id=str(made.pk)).count() == 3


def test_ticked_recipients_are_added_by_a_dialog_each_once(admin_client: Client) -> None:
    people = [a_recipient(name) for name in ("ann", "bob", "cid")]
    ticked = {"action": "add_to_audience", "_selected_action": [one.pk for one in people[:2]]}
    assert "Add 2 recipients to an audience" in text_of(admin_client.post(reverse(LIST), ticked))
    assert not Audience.objects.exists()
    admin_client.post(reverse(LIST), ticked | {"audience": "", "name": "Ticked"})
    made = the_one("Ticked")
    assert found(made) == ["ann", "bob"]
    everybody = {"action": "add_to_audience", "_selected_action": [people[0].pk], "select_across": "1"}
    admin_client.post(reverse(LIST), everybody | {"audience": made.pk, "name": ""})
    assert found(made) == ["ann", "bob", "cid"]
    nameless = text_of(admin_client.post(reverse(LIST), ticked | {"audience": "", "name": " "}))
    assert "Choose an audience, or write the name of a new one." in nameless


# --- From a file -------------------------------------------------------------------------------


def test_a_file_is_looked_at_then_kept_once(admin_client: Client) -> None:
    content = (
        b"email,Amount due\nann@example.org,12\nann@example.org,13\n=x@example.org,=1+1\nb@example.org,\n"
    )
    given = SimpleUploadedFile("Late payers.csv", content)
    seen = admin_client.post(reverse("admin:backoffice_audience_file"), {"import_file": given})
    page = text_of(seen)
    for said in ("2 people", "2 refused", "amount_due", "1 person has none", "stands on line 2 already"):
        assert said in page
    assert not Audience.objects.exists()
    answer = {"list": seen.context["people_list"].pk, "name": "Late payers"}
    refused = admin_client.post(reverse("admin:backoffice_audience_refused"), answer)
    assert refused.content.decode().count("\n") == 3
    for _click in range(2):
        kept = admin_client.post(reverse("admin:backoffice_audience_keep"), answer, follow=True)
        assert "ann@example.org" in text_of(kept)
    assert the_one("Late payers").lines.count() == 2
    assert "Late payers.csv" in text_of(admin_client.get(reverse("admin:backoffice_audience_changelist")))


def test_a_name_that_is_taken_is_said_and_the_file_stays(admin_client: Client, admin_user: User) -> None:
    an_audience(admin_user, name="Taken")
    given = SimpleUploadedFile("a.csv", b"email\na@example.org\n")
    seen = admin_client.post(reverse("admin:backoffice_audience_file"), {"import_file": given})
    answer = {"list": seen.context["people_list"].pk, "name": "Taken"}
    again = admin_client.post(reverse("admin:backoffice_audience_keep"), answer)
    assert "You have an audience of this name already: choose another." in text_of(again)
    admin_client.post(reverse("admin:backoffice_audience_keep"), answer | {"name": "Free"})
    assert the_one("Free").lines.count() == 1


def test_nobody_keeps_what_somebody_else_uploaded(admin_client: Client) -> None:
    given = SimpleUploadedFile("a.csv", b"email\na@example.org\n")
    seen = admin_client.post(reverse("admin:backoffice_audience_file"), {"import_file": given})
    other = who_may("other", "add_audience", "view_audience")
    answer = {"list": seen.context["people_list"].pk, "name": "Mine"}
    other.post(reverse("admin:backoffice_audience_keep"), answer)
    assert not Audience.objects.exists()


# --- Recipients: fields of the house's own, tags, erasing --------------------------------------


def test_a_recipient_has_tags_a_zone_and_values_of_their_type(
    admin_client: Client, fields: dict[str, RecipientField]
) -> None:
    one = a_recipient("ann", ["press"], own={"city": "Lyon", "former": "kept"})
    form = {
        "email": one.email,
        "language": "fr",
        "active": "on",
        "zone": "Europe/Paris",
        "tagged": "vip, Press;VIP",
    }
    own = {"own_city": " ", "own_balance": "1 250,50", "own_customer_since": "2024-02-29", "own_tier": "gold"}
    answer = admin_client.post(reverse(RECIPIENT, args=[one.pk]), form | own)
    assert answer.status_code == 302, answer.context["errors"]
    one.refresh_from_db()
    assert one.own == {"former": "kept", "balance": 1250.5, "customer_since": "2024-02-29", "tier": "gold"}
    assert one.zone == "Europe/Paris"
    assert {tag.name for tag in one.tags.all()} == {"press", "vip"}
    page = admin_client.get(reverse(RECIPIENT, args=[one.pk])).content.decode()
    for said in ('value="1250.5"', 'value="2024-02-29"', 'value="press, vip"'):
        assert said in page
    said = LogEntry.objects.latest("pk").get_change_message()
    assert "Balance: – → 1250.5" in said
    assert "City: Lyon → –" in said
    wrong = admin_client.post(reverse(RECIPIENT, args=[one.pk]), form | own | {"own_balance": "1,250"})
    assert "may mean 1.25 or 1250" in text_of(wrong)


def test_who_may_only_look_reads_them(fields: dict[str, RecipientField]) -> None:
    one = a_recipient("ann", ["press"], own={"balance": 3, "tier": "gold"})
    page = text_of(who_may("reader", "view_recipient").get(reverse(RECIPIENT, args=[one.pk])))
    assert "press" in page
    assert "Tier: gold" in page


def test_the_list_finds_them_by_tag_and_by_what_their_fields_say(
    admin_client: Client, fields: dict[str, RecipientField]
) -> None:
    a_recipient("ann", ["vip"], own={"city": "Besançon"})
    a_recipient("bob", own={"city": "Leeds"})
    for query in ({"tag": Tag.objects.get().pk}, {"q": "besancon"}):
        assert [one.email for one in admin_client.get(reverse(LIST), query).context["cl"].result_list] == [
            "ann@example.org"
        ]


def test_who_is_deleted_leaves_audiences_and_files(admin_client: Client, owner: User) -> None:
    ann, bob = a_recipient("ann"), a_recipient("bob")
    made = uploaded(owner, "email\nANN@example.org\nbob@example.org\ncid@example.org\n")
    admin_client.post(reverse("admin:backoffice_recipient_delete", args=[ann.pk]), {"post": "yes"})
    several = {"action": "delete_selected", "_selected_action": bob.pk, "post": "yes"}
    admin_client.post(reverse(LIST), several)
    assert not Recipient.objects.exists()
    assert found(made) == ["cid"]


def test_a_field_takes_its_values_along_unless_an_audience_asks_for_it(
    admin_client: Client, fields: dict[str, RecipientField], owner: User
) -> None:
    one = a_recipient("ann", own={"tier": "gold", "city": "Lyon"})
    asks = an_audience(owner, ("own:tier", "is", "gold"))
    tier, city = fields["tier"], fields["city"]
    for field in (tier, city):
        page = reverse("admin:backoffice_recipientfield_delete", args=[field.pk])
        admin_client.post(page, {"post": "yes"})
    one.refresh_from_db()
    assert one.own == {"tier": "gold"}
    refused = admin_client.get(reverse("admin:backoffice_recipientfield_delete", args=[tier.pk]))
    assert "Audiences ask for it: Everybody we mean." in text_of(refused)
    asks.delete()
    admin_client.post(reverse("admin:backoffice_recipientfield_delete", args=[tier.pk]), {"post": "yes"})
    one.refresh_from_db()
    assert one.own == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "today"}, "“today” has a meaning already"),
        ({"name": "company"}, "has a meaning"),
        ({"name": "été"}, "small letters"),
        ({"name": "a__b"}, "small letters"),
        ({"name": "contains"}, "has a meaning already"),
        ({"label": "Société"}, "A column called “Société” has a meaning"),
        ({"label": "TIER"}, "A column called “TIER” has a meaning"),
        ({"type": "choice", "choices": " \n"}, "Write what can be chosen"),
    ],
)
def test_a_field_that_lists_could_not_tell_is_refused(
    admin_client: Client, fields: dict[str, RecipientField], given: dict[str, str], said: str
) -> None:
    form = {"label": "Number", "name": "number", "type": "text", "choices": ""} | given
    answer = admin_client.post(reverse("admin:backoffice_recipientfield_add"), form)
    assert said in text_of(answer)


def test_a_form_that_is_refused_is_shown_again_with_what_is_wrong(admin_client: Client, owner: User) -> None:
    made = an_audience(owner, shared=True)
    answer = admin_client.post(reverse(CHANGE, args=[made.pk]), {"name": "", **conditions(("tag", "is", ""))})
    assert answer.status_code == 200
    assert "Write what it is compared with." in text_of(answer)
