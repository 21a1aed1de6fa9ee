"""What the panel says: reviewers and their reviews."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from editorial.characters import Written
from editorial.history.tracking import kept
from editorial.models import Publishable, SlugField, at_the_desk, slug_check
from reviews.querysets import ReviewDocumentQuerySet, ReviewerQuerySet, ReviewQuerySet
from tools.models import Tool


@kept()
class Reviewer(Written):
    """A persona on the panel, with a way of looking at things and a record that can be checked."""

    class Emblem(models.TextChoices):
        """A signal flag of the International Code; the drawing is in templates/components/sprite.html."""

        KILO = "kilo", _("Kilo")
        UNIFORM = "uniform", _("Uniform")
        PAPA = "papa", _("Papa")
        ZULU = "zulu", _("Zulu")
        LIMA = "lima", _("Lima")
        DELTA = "delta", _("Delta")
        HOTEL = "hotel", _("Hotel")
        WHISKEY = "whiskey", _("Whiskey")

    class Author(models.TextChoices):
        PERSON = "person", _("a person")
        SOFTWARE = "software", _("software")

    slug = SlugField(_("slug"))
    name = models.CharField(_("name"), max_length=60, unique=True)
    lens = models.CharField(_("lens"), max_length=160, help_text=_("What this reviewer looks at."))
    motto = models.CharField(_("motto"), max_length=120)
    excites = models.TextField(_("excites"), blank=True, help_text=_("What wakes this reviewer up, one thing a line."))
    tires = models.TextField(_("tires"), blank=True, help_text=_("What tires this reviewer, one thing a line."))
    emblem = models.CharField(_("emblem"), max_length=10, choices=Emblem)
    written_by = models.CharField(_("written by"), max_length=8, choices=Author)
    disclosure = models.CharField(
        _("disclosure"), max_length=300, help_text=_("Who or what writes this reviewer's words, in a sentence.")
    )
    is_active = models.BooleanField(_("on the panel"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    joined_on = models.DateField(_("joined on"), null=True, blank=True)
    writers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="writes_for",
        verbose_name=_("writers"),
        limit_choices_to={"is_staff": True},
        help_text=_("Who may write this reviewer's reviews, and in the role Reviewer's writer no others."),
    )

    objects: ClassVar[ReviewerQuerySet] = ReviewerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("reviewer"), _("reviewers")
        ordering: ClassVar[list[str]] = ["position", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            slug_check("reviewer_slug_is_clean"),
            models.CheckConstraint(
                condition=Q(written_by__in=("person", "software")), name="reviewer_is_written_by_someone"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reviewer", args=[self.slug])


@kept()
class Review(Publishable):
    """One reviewer's piece on one tool."""

    class Verdict(models.TextChoices):
        SHIP = "ship", _("SHIP")
        SKIP = "skip", _("SKIP")

    reviewer = models.ForeignKey(Reviewer, verbose_name=_("reviewer"), on_delete=models.PROTECT, related_name="reviews")
    tool = models.ForeignKey(Tool, verbose_name=_("tool"), on_delete=models.PROTECT, related_name="reviews")
    verdict = models.CharField(_("verdict"), max_length=4, choices=Verdict)
    headline = models.CharField(
        _("headline"), max_length=200, help_text=_("The remark in one sentence, shown as a quotation.")
    )
    body = models.TextField(_("body"), blank=True, help_text=_("The rest of the remark, in Markdown."))

    writers = "reviewer__writers"

    objects: ClassVar[ReviewQuerySet] = ReviewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Publishable.Meta):
        verbose_name, verbose_name_plural = _("review"), _("reviews")
        permissions = (("write_any_review", "Can write for every reviewer"),)
        ordering: ClassVar[list[str]] = ["-published_at", "pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["reviewer", "-published_at"], name="review_latest_by_reviewer"),
            at_the_desk("review_at_the_desk"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Publishable.Meta.constraints,
            models.UniqueConstraint(
                fields=["tool", "reviewer"],
                condition=~Q(status="withdrawn"),
                name="one_current_review_per_reviewer_and_tool",
                violation_error_message=_(
                    "This reviewer already has a review of this tool: change or withdraw that one."
                ),
            ),
            models.CheckConstraint(condition=Q(verdict__in=("ship", "skip")), name="review_verdict_is_known"),
        ]

    def __str__(self) -> str:
        return gettext("%(reviewer)s on %(tool)s") % {"reviewer": self.reviewer, "tool": self.tool}

    def missing(self) -> list[str]:
        absent = {
            gettext("%(piece)s has no verdict. Choose SHIP or SKIP."): not self.verdict,
            gettext("%(piece)s has no headline. Say it in one sentence."): not self.headline.strip(),
        }
        return [words % {"piece": self} for words, is_absent in absent.items() if is_absent]

    def waits_for(self) -> list[str]:
        waits = self.tool.comes_before(self)
        if self.rivals().exists():
            said = gettext("There is another review for %(review)s. Withdraw that one first.")
            waits.append(said % {"review": self})
        return waits

    def rivals(self) -> models.QuerySet[Review]:
        """Other reviews by this reviewer of this tool that are not withdrawn: there may be one in all."""
        others = Review.objects.filter(tool=self.tool_id, reviewer=self.reviewer_id).exclude(pk=self.pk)
        return others.exclude(status=Review.Status.WITHDRAWN)


class ReviewDocument(models.Model):
    """What search reads instead of the review. The database writes every row (migration 0003): nothing else may."""

    review = models.OneToOneField(Review, primary_key=True, on_delete=models.DO_NOTHING, related_name="document")
    tool = models.ForeignKey(Tool, on_delete=models.DO_NOTHING, related_name="review_documents", db_index=False)
    status = models.CharField(max_length=10)
    published_at = models.DateTimeField(null=True)
    words = SearchVectorField()

    objects: ClassVar[ReviewDocumentQuerySet] = ReviewDocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("review document"), _("review documents")
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["words"], name="review_by_its_words", fastupdate=False),
            models.Index(fields=["-published_at", "-review"], name="review_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id}"
