"""Who people are. The email is the login; nobody has a user name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        """Sign-in ignores case, as the unique constraint does."""
        return self.get(email__iexact=username)

    def of_address(self, email: str) -> User | None:
        return self.filter(email__iexact=email).first()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person without a password cannot sign in with one; ValueError without an email."""
        if not email:
            raise ValueError("A user needs an email address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("email"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_staff = models.BooleanField(_("may enter the admin"), default=False)
    is_active = models.BooleanField(
        _("is active"), default=True, help_text=_("Take this away instead of deleting the account.")
    )
    joined_at = models.DateTimeField(_("joined at"), db_default=Now(), editable=False)
    verified_at = models.DateTimeField(
        _("verified at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When this person first proved that the address is theirs."),
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name, verbose_name_plural = _("user"), _("users")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("email"), name="one_user_per_email_in_any_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.email


class OwnedSession(AbstractBaseSession):
    """A session that says outside whose it is, so that closing an account finds its sessions without opening all.

    No constraint: a session that is written while its owner goes is dead, and Django would try to make it for ever.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_constraint=False, null=True, related_name="+"
    )
    address = models.CharField(max_length=254, blank=True, help_text=_("To which a sign-in code was sent."))

    class Meta(AbstractBaseSession.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["address"], name="sessions_of_an_address", condition=~models.Q(address="")),
        ]

    @classmethod
    def get_session_store_class(cls) -> Any:
        from accounts.session_store import SessionStore

        return SessionStore


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def waiting_long(self) -> OutgoingMailQuerySet:
        """Those that the mail server has refused several times: each minute they are tried once more, for a day."""
        return self.filter(written_at__lt=Now() - timedelta(minutes=10))


class OutgoingMail(models.Model):
    """One mail to one person, written in the transaction that causes it and deleted once the mail server has it."""

    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    written_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[OutgoingMailQuerySet] = OutgoingMailQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("outgoing mail"), _("outgoing mails")

    def __str__(self) -> str:
        """Without its subject, which may hold a code that opens an account."""
        return f"{self.to} ({self.written_at:%Y-%m-%d %H:%M})"


class CacheRow(models.Model):
    """The table of Django's database cache, which rate limits are kept in; only the cache itself looks inside."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name, verbose_name_plural = _("cache row"), _("cache rows")

    def __str__(self) -> str:
        return self.cache_key
