"""How anything gets published, and the pages an editor writes about the publication itself."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from editorial.characters import Written
from editorial.exchange.waiting import WaitingImport
from editorial.history.tracking import kept
from editorial.media.library import Image
from editorial.querysets import PublishableQuerySet

__all__ = [
    "SLUG_PATTERN",
    "Image",
    "Page",
    "Publishable",
    "SlugField",
    "WaitingImport",
    "at_the_desk",
    "slug_check",
    "validate_slug",
]

SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
validate_slug = RegexValidator(
    SLUG_PATTERN, _("Use small letters, digits and single hyphens, for instance code-llama-4."), "invalid_slug"
)


class SlugField(models.CharField):  # type: ignore[type-arg]
    """The part of an address that names a thing: lower case, unique, checked by the database too."""

    default_validators = [validate_slug]  # noqa: RUF012

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max_length", 100)
        kwargs.setdefault("unique", True)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


def slug_check(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(slug__regex=SLUG_PATTERN), name=name)


def at_the_desk(name: str) -> models.Index:
    """What is not simply out is little of a kind, and the desk asks for it all day."""
    return models.Index(
        fields=["status", "updated_at"], name=name, condition=Q(status__in=("draft", "in_review", "scheduled"))
    )


class Publishable(Written):
    """A piece that goes from draft to published to withdrawn.

    `published_at` is when readers may first see it. A piece is public when it is published or scheduled and that
    moment has come: the query decides (querysets.py), nobody has to flip a switch at the time.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        SCHEDULED = "scheduled", _("Scheduled")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    author = models.ForeignKey(
        *(settings.AUTH_USER_MODEL, models.SET_NULL),
        verbose_name=_("author"),
        null=True,
        editable=False,
        related_name="+",
    )
    changed_by = models.ForeignKey(
        *(settings.AUTH_USER_MODEL, models.SET_NULL),
        verbose_name=_("changed by"),
        null=True,
        editable=False,
        related_name="+",
    )

    # So that a piece which is deleted takes its links along.
    preview_links = GenericRelation("editorial.PreviewLink")

    # Where a kind names people who write its pieces, whoever began them: "reviewer__writers".
    writers: ClassVar[str] = ""

    class Meta:
        abstract = True
        # Besides Django's four: to edit is to work on everybody's drafts, to publish is to decide what readers see.
        default_permissions = ("add", "change", "delete", "view", "edit", "publish")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(status__in=("draft", "in_review", "scheduled", "published", "withdrawn")),
                name="%(class)s_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "in_review")) | Q(published_at__isnull=False),
                name="%(class)s_that_was_published_has_a_date",
            ),
        ]

    @property
    def stands_as(self) -> str:
        """How it stands, as the word that follows "is"."""
        return gettext("a draft") if self.status == self.Status.DRAFT else str(self.get_status_display()).lower()

    @property
    def is_closed(self) -> bool:
        """Whether the piece became part of another one: nobody changes, deletes or moves it any more."""
        return False

    def missing(self) -> list[str]:
        """What is not written yet, each as a sentence that says what to do. Nothing goes to review without it."""
        return []

    def waits_for(self) -> list[str]:
        """What else has to happen before readers may see it, each as a sentence. Asks the database."""
        return []


@kept()
class Page(Publishable):
    """A page in Markdown about the publication itself, such as /about/."""

    slug = SlugField(
        _("slug"),
        choices=[(slug, f"/{slug}/") for slug in ("about", "methodology", "privacy")],
        help_text=_(
            "The page's address. Until a page is published there, readers see the text that comes with Drydock."
        ),
    )
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("body"), help_text=_("Markdown."))

    objects: ClassVar[PublishableQuerySet[Page]] = PublishableQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Publishable.Meta):
        verbose_name, verbose_name_plural = _("page"), _("pages")
        ordering: ClassVar[list[str]] = ["slug"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Publishable.Meta.constraints,
            slug_check("page_slug_is_clean"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse(self.slug)

    def missing(self) -> list[str]:
        absent = {
            gettext("%(page)s has no title. Write one."): not self.title.strip(),
            gettext("%(page)s has no text. Write one."): not self.body.strip(),
        }
        named = {"page": self.title or gettext("This page")}
        return [words % named for words, is_absent in absent.items() if is_absent]


class PreviewLink(models.Model):
    """A way for somebody without an account to read one piece before it is out (docs/decisions/0027).

    The token is in the link alone: here is its hash. What a link shows is what its maker may see when it is opened.
    """

    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.BigIntegerField()
    piece = GenericForeignKey("content_type", "object_id")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    opened_count = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("preview link"), _("preview links")
        default_permissions = ()  # who may make one is who may change or publish the piece
        ordering: ClassVar[list[str]] = ["-made_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["content_type", "object_id"], name="preview_links_of_a_piece"),
        ]

    def __str__(self) -> str:
        return gettext("Preview link of %(person)s") % {"person": self.made_by}
