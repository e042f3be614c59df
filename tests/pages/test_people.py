"""Users, groups, the audit log and sign-ins."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client, RequestFactory
from django.urls import reverse

from backoffice.models import SignIn
from backoffice.rights import RIGHTS, find_permissions, rights_among
from backoffice.seeds import GROUPS_FILE, seed_groups
from backoffice.sign_in.address import client_address

pytestmark = pytest.mark.django_db
PASSWORD = "rather-long-and-unusual"


# --- Groups as they are shipped ----------------------------------------------------------------


def test_seeding_makes_the_three_groups_once() -> None:
    assert seed_groups() == ["Staff", "Support", "Managers"]
    assert seed_groups() == []


def test_seeding_never_undoes_what_an_administrator_changed() -> None:
    seed_groups()
    staff = Group.objects.get(name="Staff")
    staff.permissions.clear()
    Group.objects.get(name="Managers").delete()
    assert seed_groups() == ["Managers"]
    assert not staff.permissions.exists()


def test_every_permission_of_a_shipped_group_is_a_right_people_can_see() -> None:
    known = {name for right in RIGHTS for name in right.permissions}
    for entry in json.loads(GROUPS_FILE.read_text()):
        for codename, app, _model in entry["fields"]["permissions"]:
            assert f"{app}.{codename}" in known


@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: right.key)
def test_every_permission_of_a_right_exists(right: Any) -> None:
    assert len(find_permissions(right.permissions)) == len(right.permissions)


def test_a_shipped_group_holds_whole_rights() -> None:
    """None half: a box that is not ticked means that nothing of it is allowed."""
    seed_groups()
    for group in Group.objects.all():
        held = group.permissions.select_related("content_type")
        covered = frozenset().union(*(right.permissions for right in rights_among(held)))
        assert {f"{one.content_type.app_label}.{one.codename}" for one in held} <= covered, group


# --- The group page ----------------------------------------------------------------------------


def change_group(client: Client, group: Group, rights: list[str]) -> Any:
    url = reverse("admin:auth_group_change", args=[group.pk])
    return client.post(url, {"name": group.name, "rights": rights})


def test_ticking_a_right_gives_all_its_permissions(signed_in: Callable[[str], Client]) -> None:
    group = Group.objects.create(name="Night shift")
    assert change_group(signed_in("superuser"), group, ["see-jobs", "rerun"]).status_code == 302
    names = set(group.permissions.values_list("codename", flat=True))
    assert names == {"view_job", "view_jobattempt", "rerun_job"}


def test_a_permission_outside_the_list_is_not_taken_away(signed_in: Callable[[str], Client]) -> None:
    group = Group.objects.create(name="Night shift")
    group.permissions.add(Permission.objects.get(codename="delete_session"))
    change_group(signed_in("superuser"), group, ["rerun"])
    assert set(group.permissions.values_list("codename", flat=True)) == {"delete_session", "rerun_job"}


def test_unticking_every_right_leaves_none(signed_in: Callable[[str], Client]) -> None:
    seed_groups()
    group = Group.objects.get(name="Support")
    change_group(signed_in("superuser"), group, [])
    assert not group.permissions.exists()


# --- Users -------------------------------------------------------------------------------------


def test_a_new_user_can_sign_in_and_has_the_chosen_group(signed_in: Callable[[str], Client]) -> None:
    client = signed_in("superuser")
    group = Group.objects.get(name="Support")
    page = client.post(
        reverse("admin:auth_user_add"),
        {
            "username": "robin",
            "first_name": "Robin",
            "last_name": "Example",
            "email": "robin@example.org",
            "groups": [group.pk],
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )
    assert page.status_code == 302, page.context["errors"]
    robin = Client()
    robin.post(reverse("admin:login"), {"username": "robin", "password": PASSWORD})
    assert robin.get(reverse("admin:tasks_app_job_changelist")).status_code == 200


def test_nobody_is_deleted_because_the_log_would_lose_what_they_did(
    signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    staff = person("Staff")
    client = signed_in("superuser")
    url = reverse("admin:auth_user_delete", args=[staff.pk])
    assert client.post(url, {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=staff.pk).exists()


@pytest.fixture
def clerk(person: Callable[[str], User]) -> Client:
    """Somebody who may edit users and groups without being a superuser."""
    group = Group.objects.create(name="Personnel")
    rights = next(right for right in RIGHTS if right.key == "edit-users")
    group.permissions.set(find_permissions(rights.permissions))
    user = person("")
    user.groups.add(group)
    client = Client()
    client.force_login(user)
    return client


def test_who_is_no_superuser_cannot_make_one(clerk: Client, person: Callable[[str], User]) -> None:
    staff = person("Staff")
    url = reverse("admin:auth_user_change", args=[staff.pk])
    page = clerk.post(url, {"username": staff.username, "is_active": "on", "is_superuser": "on"})
    assert page.status_code == 302
    staff.refresh_from_db()
    assert not staff.is_superuser


def test_who_is_no_superuser_cannot_set_the_password_of_one(
    clerk: Client, person: Callable[[str], User]
) -> None:
    boss = person("superuser")
    url = reverse("admin:auth_user_password_change", args=[boss.pk])
    assert clerk.post(url, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 403


# --- Audit log and sign-ins ----------------------------------------------------------------------


def note(user: User, what: str) -> LogEntry:
    return LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(Group),
        object_id="1",
        object_repr="Night shift",
        action_flag=CHANGE,
        change_message=what,
    )


def test_the_audit_log_says_who_did_what(
    signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    note(person("Staff"), "Paused.")
    page = signed_in("Support").get(reverse("admin:admin_logentry_changelist"))
    text = page.content.decode()
    assert "Paused." in text
    assert "Night shift" in text
    assert "Alex Staff" in text


def test_the_audit_log_is_filtered_by_person_and_searched(
    signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    staff = person("Staff")
    note(staff, "Paused.")
    note(person("Managers"), "Resumed.")
    client = signed_in("Support")
    url = reverse("admin:admin_logentry_changelist")
    text = client.get(url, {"user__id__exact": staff.pk}).content.decode()
    assert "Paused." in text
    assert "Resumed." not in text
    assert "Paused." not in client.get(url, {"q": "something else"}).content.decode()


def test_the_audit_log_cannot_be_edited(
    signed_in: Callable[[str], Client], person: Callable[[str], User]
) -> None:
    entry = note(person("Staff"), "Paused.")
    client = signed_in("superuser")
    change = reverse("admin:admin_logentry_change", args=[entry.pk])
    assert client.post(change, {"change_message": "Nothing."}).status_code == 403
    assert client.post(reverse("admin:admin_logentry_delete", args=[entry.pk])).status_code == 403
    entry.refresh_from_db()
    assert entry.change_message == "Paused."


def test_signing_in_leaves_a_row_and_so_does_a_refusal(client: Client, person: Callable[[str], User]) -> None:
    staff = person("Staff")
    staff.set_password(PASSWORD)
    staff.save()
    url = reverse("admin:login")
    client.post(url, {"username": staff.username, "password": "wrong"}, REMOTE_ADDR="192.0.2.7")
    client.post(url, {"username": staff.username, "password": PASSWORD}, REMOTE_ADDR="192.0.2.8")
    rows = list(SignIn.objects.order_by("id").values_list("username", "success", "address", "user"))
    assert rows == [
        (staff.username, False, "192.0.2.7", None),
        (staff.username, True, "192.0.2.8", staff.pk),
    ]


def test_sign_ins_are_found_by_the_beginning_of_a_name(signed_in: Callable[[str], Client]) -> None:
    SignIn.objects.create(username="mallory", address="192.0.2.66", success=False)
    page = signed_in("superuser").get(reverse("admin:backoffice_signin_changelist"), {"q": "mal"})
    text = page.content.decode()
    assert "192.0.2.66" in text
    assert "Refused" in text


def test_behind_the_proxy_the_address_is_the_one_the_proxy_saw(rf: RequestFactory, settings: Any) -> None:
    request = rf.get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 192.0.2.5")
    assert client_address(request) == "127.0.0.1"  # no proxy of ours: the header is the visitor's word
    settings.TRUSTED_PROXIES = 1
    assert client_address(request) == "192.0.2.5"
    settings.TRUSTED_PROXIES = 2  # a balancer before the proxy
    assert client_address(request) == "203.0.113.9"
    settings.TRUSTED_PROXIES = 3  # never an entry that is not there
    assert client_address(request) == "203.0.113.9"


def test_an_address_that_is_none_is_not_kept(rf: RequestFactory) -> None:
    assert client_address(rf.get("/", REMOTE_ADDR="")) is None
