"""Demo accounts and recipients, plainly fictional. They never belong into production (see checks.py)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core import serializers
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.models import Recipient

# Reserved by RFC 2606: nobody's address can ever end like this.
DEMO_DOMAIN = "@example.org"
RECIPIENTS_FILE = settings.BASE_DIR / "fixtures" / "demo.json"


@dataclass(frozen=True)
class DemoAccount:
    username: str
    password: str  # public by intent: it is printed and stands in the source
    first_name: str
    last_name: str
    group: str  # "" for the administrator
    can: Promise  # what the person does here, as it is printed

    @property
    def is_administrator(self) -> bool:
        return not self.group


ACCOUNTS = (
    DemoAccount(
        "staff@example.org",
        "staff-demo",
        "Stella",
        "Staff",
        "Staff",
        _("sends emails, orders reports, edits schedules"),
    ),
    DemoAccount(
        "support@example.org",
        "support-demo",
        "Sam",
        "Support",
        "Support",
        _("finds what failed and runs it again"),
    ),
    DemoAccount(
        "manager@example.org",
        "manager-demo",
        "Mona",
        "Manager",
        "Managers",
        _("orders and downloads reports"),
    ),
    DemoAccount("admin@example.org", "admin-demo", "Ada", "Admin", "", _("everything, people included")),
)


def demo_users() -> list[User]:
    """Accounts that must be gone before real people come: by name or address, whatever they may do."""
    return list(
        User.objects.filter(
            Q(username__iendswith=DEMO_DOMAIN) | Q(email__iendswith=DEMO_DOMAIN), is_active=True
        ).order_by("username")
    )


@transaction.atomic
def make_demo() -> list[str]:
    """Make the demo accounts and recipients that are absent, and say which.

    A password that somebody changed stays; so does a recipient that somebody edited.
    Raises Group.DoesNotExist before the groups are seeded.
    """
    made = [account.username for account in ACCOUNTS if _make_account(account)]
    for loaded in serializers.deserialize("json", RECIPIENTS_FILE.read_text()):
        recipient = loaded.object
        assert isinstance(recipient, Recipient)  # noqa: S101 - the fixture holds nothing else
        if not Recipient.objects.filter(email__iexact=recipient.email).exists():
            recipient.folded = Recipient.folded.field.folded(recipient)  # a fixture's fields work out nothing
            loaded.save()  # with the day on which it says that they were added
            made.append(recipient.email)
    return made


@transaction.atomic
def remove_demo() -> list[str]:
    """Remove the demo accounts; the names. What they launched stays, without a name."""
    users = demo_users()
    User.objects.filter(pk__in=[user.pk for user in users]).delete()
    return [user.username for user in users]


def password_of(account: DemoAccount) -> str | None:
    """The account's password as long as it is the demo one; None when the account or it has changed."""
    user = User.objects.filter(username=account.username, is_active=True).first()
    return account.password if user and user.check_password(account.password) else None


def _make_account(account: DemoAccount) -> bool:
    if User.objects.filter(username=account.username).exists():
        return False
    user = User.objects.create_user(
        account.username,
        email=account.username,
        password=account.password,
        first_name=account.first_name,
        last_name=account.last_name,
        is_staff=True,
        is_superuser=account.is_administrator,
    )
    if account.group:
        user.groups.add(Group.objects.get(name=account.group))
    return True
