"""Who people are. The email is the login; nobody has a user name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower, Now, Upper
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


class AuditEntry(models.Model):
    """Who did what at the desk, for good: triggers refuse to have an entry changed or deleted (decision 0032).

    Names of people are not in it. An account is a number here, the actor's own and that of an account that was changed;
    once the account is closed the number leads nowhere.
    """

    class Action(models.TextChoices):
        ADDED = "added", _("added")
        CHANGED = "changed", _("changed")
        DELETED = "deleted", _("deleted")
        EXPORTED = "exported", _("exported")
        SIGNED_IN = "signed_in", _("signed in")
        SHOWED_FACTOR = "factor", _("second factor")
        RESET = "reset", _("factors reset")

    at = models.DateTimeField(_("when (UTC)"), db_default=Now())
    actor = models.ForeignKey(
        *(settings.AUTH_USER_MODEL, models.DO_NOTHING),
        verbose_name=_("who"),
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
    )
    action = models.CharField(_("what"), max_length=9, choices=Action)
    kind = models.CharField(_("kind"), max_length=100, blank=True, help_text=_("app.model"))
    object_id = models.CharField(_("number"), max_length=100, blank=True)
    name = models.CharField(_("name at the time"), max_length=200, blank=True)
    words = models.TextField(_("in words"), blank=True)
    changes = models.JSONField(_("fields, before and after"), default=dict, db_default={})

    class Meta:
        verbose_name, verbose_name_plural = _("entry of the log"), _("log of the desk")
        default_permissions = ("view",)
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["object_id", "kind", "-id"], name="audit_by_object"),
            models.Index(fields=["kind", "-id"], name="audit_by_kind"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["at"], name="audit_by_time"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="audit_by_name", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.name or self.object_id}"


class FailedTry(models.Model):
    """How often somebody failed at a door in one day, for each account of the desk, and for all others together.

    A count and no list: whoever guesses must not be able to fill a table that nobody may empty.
    """

    class Door(models.TextChoices):
        PASSWORD = "password", _("password")
        CODE = "code", _("emailed code")
        FACTOR = "factor", _("second factor")

    day = models.DateField(_("day"))
    door = models.CharField(_("door"), max_length=8, choices=Door)
    account = models.BigIntegerField(_("account"), help_text=_("0 for whoever does not work at the desk."))
    tries = models.PositiveIntegerField(_("tries"), default=1)

    class Meta:
        verbose_name, verbose_name_plural = _("failed try"), _("failed tries")
        default_permissions = ()
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["day", "door", "account"], name="one_count_a_day_door_and_account")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.door} {self.account}: {self.tries}"
