"""Single sign-on by OpenID Connect: what the provider's word makes of a person here.

Authlib speaks the protocol (discovery, PKCE, signature, issuer, audience, expiry, nonce). Here stands whom we
believe: somebody with a verified address in an allowed domain. A new person has the groups that the map
gives them and no right besides; nobody becomes a superuser; who is switched off stays out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from authlib.integrations.django_client import OAuth
from django.conf import settings
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from backoffice.models import Identity
from backoffice.sign_in.factor import HAS_OR_MUST

NAME = "provider"
ALGORITHMS = "id_token_signing_alg_values_supported"
DEFAULT_ALGORITHM = "RS256"  # OpenID Connect Core 1.0, 2
BY_A_KEY_PAIR = ("RS", "PS", "ES", "Ed")  # RFC 7518, 3.1 and RFC 8037: neither "none" nor an HMAC
TIMEOUT = 5  # seconds for each question to the provider
LONGEST_USERNAME = 150  # of Django's User


class NotLetIn(Exception):
    """A person the provider vouches for and we do not take; says why, to them."""


class Passwords(ModelBackend):
    """Django's, which PASSWORD_SIGN_IN switches off."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        if not settings.PASSWORD_SIGN_IN:
            return None
        return super().authenticate(request, username, password, **kwargs)

    def get_user(self, user_id: Any) -> User | None:
        """With whether they have yet to show a second factor, which every request asks."""
        wanting = User.objects.filter(HAS_OR_MUST, pk=OuterRef("pk"))
        user = User.objects.annotate(factor_wanting=Exists(wanting)).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Django's, which asks for their own and for those of their groups one after the other, in one."""
        if obj is not None or user_obj.is_superuser or user_obj.is_anonymous or not user_obj.is_active:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "known_permissions"):  # for as long as this object lives, as Django does
            rights = Permission.objects.order_by().values_list("content_type__app_label", "codename")
            rows = rights.filter(user=user_obj).union(rights.filter(group__user=user_obj))
            user_obj.known_permissions = {f"{app}.{name}" for app, name in rows}
        return set(user_obj.known_permissions)


class SingleSignOn(BaseBackend):
    """Names in the session how somebody came in, let in by projet/views/sign_in/single_sign_on.py."""

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


def is_on() -> bool:
    return bool(settings.OIDC_ISSUER)


def provider() -> Any:
    """Authlib's client of the configured provider."""
    return _client(settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)


@cache
def _client(issuer: str, client_id: str, secret: str) -> Any:
    return OAuth().register(
        NAME,
        client_id=client_id,
        client_secret=secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT,
        },
    )


def metadata_of(provider: Any) -> dict[str, Any]:
    """What the provider says of itself, once it is asked, without the signatures that prove nothing.

    Authlib takes each algorithm that is announced there, "none" too.
    """
    metadata: dict[str, Any] = provider.load_server_metadata()
    announced = metadata.get(ALGORITHMS) or [DEFAULT_ALGORITHM]
    metadata[ALGORITHMS] = [name for name in announced if name.startswith(BY_A_KEY_PAIR)]
    return metadata


@transaction.atomic
def person_of(claims: Mapping[str, Any]) -> tuple[User, list[str]]:
    """The person these claims are about, made if nobody has them yet, and what changed of their groups.

    Raises NotLetIn with a sentence for the person.
    """
    email = _believed_address(claims)
    identity = (
        Identity.objects.select_related("user").filter(issuer=claims["iss"], subject=claims["sub"]).first()
    )
    user = identity.user if identity else _known_or_new(email, claims)
    if not user.is_active or not user.is_staff:
        raise NotLetIn(_("Your account here is switched off. Ask an administrator."))
    return user, _follow_groups(user, claims.get(settings.OIDC_GROUPS_CLAIM) or [])


def _believed_address(claims: Mapping[str, Any]) -> str:
    email = str(claims.get("email") or "").strip().lower()
    if not email or claims.get("email_verified") is not True:
        raise NotLetIn(
            _("Your provider does not confirm an email address of yours, so nobody knows who you are here.")
        )
    domain = email.rpartition("@")[2]
    if settings.OIDC_ALLOWED_DOMAINS and domain not in settings.OIDC_ALLOWED_DOMAINS:
        raise NotLetIn(_("Addresses of %(domain)s are not let in here.") % {"domain": domain})
    return email


def _known_or_new(email: str, claims: Mapping[str, Any]) -> User:
    """The one person with this address, whom the provider is remembered for from now on; or a new one."""
    known = list(User.objects.filter(Q(email__iexact=email) | Q(username__iexact=email))[:2])
    if len(known) > 1:
        raise NotLetIn(_("Several accounts here have your email address. Ask an administrator to mend that."))
    if known and known[0].is_superuser and settings.PASSWORD_SIGN_IN:
        # The keys of everything are not handed out on a provider's word while there is another way in.
        raise NotLetIn(_("Superusers sign in with their password and second factor."))
    user = (
        known[0]
        if known
        else User.objects.create_user(
            email[:LONGEST_USERNAME],
            email=email,
            first_name=str(claims.get("given_name") or "")[:LONGEST_USERNAME],
            last_name=str(claims.get("family_name") or "")[:LONGEST_USERNAME],
            is_staff=True,
        )
    )
    Identity.objects.create(user=user, issuer=claims["iss"], subject=claims["sub"])
    return user


def _follow_groups(user: User, claim: Any) -> list[str]:
    """Groups that the map names follow the provider; others are left as an administrator set them."""
    theirs = {claim} if isinstance(claim, str) else set(map(str, claim))  # some say a single group as a word
    wanted = {ours for outside, ours in settings.OIDC_GROUP_MAP.items() if outside in theirs}
    changes = []
    for group in Group.objects.filter(name__in=set(settings.OIDC_GROUP_MAP.values())):
        member = user.groups.filter(pk=group.pk).exists()
        if group.name in wanted and not member:
            user.groups.add(group)
            changes.append(f"+{group.name}")
        elif group.name not in wanted and member:
            user.groups.remove(group)
            changes.append(f"−{group.name}")
    return changes
