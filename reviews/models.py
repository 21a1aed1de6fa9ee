"""What the panel says: reviewers and their reviews."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from editorial.models import Publishable, SlugField, slug_check
from reviews.querysets import ReviewDocumentQuerySet, ReviewerQuerySet, ReviewQuerySet
from tools.models import Tool


class Reviewer(models.Model):
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

    slug = SlugField()
    name = models.CharField(max_length=60, unique=True)
    lens = models.CharField(max_length=160, help_text="What this reviewer looks at.")
    motto = models.CharField(max_length=120)
    excites = models.TextField(blank=True, help_text="What wakes this reviewer up, one thing a line.")
    tires = models.TextField(blank=True, help_text="What tires this reviewer, one thing a line.")
    emblem = models.CharField(max_length=10, choices=Emblem)
    written_by = models.CharField(max_length=8, choices=Author)
    disclosure = models.CharField(max_length=300, help_text="Who or what writes this reviewer's words, in a sentence.")
    is_active = models.BooleanField("on the panel", default=True)
    position = models.PositiveSmallIntegerField(default=0)
    joined_on = models.DateField(null=True, blank=True)
    writers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="writes_for",
        limit_choices_to={"is_staff": True},
        help_text="Who may write this reviewer's reviews, and in the role Reviewer's writer no others.",
    )

    objects: ClassVar[ReviewerQuerySet] = ReviewerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
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


class Review(Publishable):
    """One reviewer's piece on one tool."""

    class Verdict(models.TextChoices):
        SHIP = "ship", "SHIP"
        SKIP = "skip", "SKIP"

    reviewer = models.ForeignKey(Reviewer, on_delete=models.PROTECT, related_name="reviews")
    tool = models.ForeignKey(Tool, on_delete=models.PROTECT, related_name="reviews")
    verdict = models.CharField(max_length=4, choices=Verdict)
    headline = models.CharField(max_length=200, help_text="The remark in one sentence, shown as a quotation.")
    body = models.TextField(blank=True, help_text="The rest of the remark, in Markdown.")

    writers = "reviewer__writers"

    objects: ClassVar[ReviewQuerySet] = ReviewQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Publishable.Meta):
        permissions = (("write_any_review", "Can write for every reviewer"),)
        ordering: ClassVar[list[str]] = ["-published_at", "pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["reviewer", "-published_at"], name="review_latest_by_reviewer"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Publishable.Meta.constraints,
            models.UniqueConstraint(
                fields=["tool", "reviewer"],
                condition=~Q(status="withdrawn"),
                name="one_current_review_per_reviewer_and_tool",
                violation_error_message="This reviewer already has a review of this tool: change or withdraw that one.",
            ),
            models.CheckConstraint(condition=Q(verdict__in=("ship", "skip")), name="review_verdict_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} on {self.tool}"

    def missing(self) -> list[str]:
        absent = {
            "verdict. Choose SHIP or SKIP": not self.verdict,
            "headline. Say it in one sentence": not self.headline.strip(),
        }
        return [f"{self} has no {rest}." for rest, is_absent in absent.items() if is_absent]

    def waits_for(self) -> list[str]:
        waits = []
        if self.tool.status not in (Tool.Status.PUBLISHED, Tool.Status.SCHEDULED):
            waits.append(f"{self.tool} is not published. Publish the tool first, then {self}.")
        if self.rivals().exists():
            waits.append(f"There is another review for {self}. Withdraw that one first.")
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
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["words"], name="review_by_its_words", fastupdate=False),
            models.Index(fields=["-published_at", "-review"], name="review_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id}"
