"""What was shown, from when on: see docs/decisions/0019."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from comparisons.querysets import REVERSED, ReceiptQuerySet, ReviewerMonthQuerySet
from editorial.reasons import LONGEST
from reviews.models import Reviewer
from tools.models import Category, Tool


class ExactDecoder(json.JSONDecoder):
    """Prices are decimals, not the nearest binary fraction."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})


_DECODER = ExactDecoder()


def unpacked(text: str) -> Any:
    """What a query has packed as JSON; a page unpacks dozens, and making a decoder for each costs more than they do."""
    return _DECODER.decode(text)


class Receipt(models.Model):
    """One thing that readers could see, or could see no longer, from a moment on.

    The database writes every row (migration 0004) and refuses to change or delete one. `piece` is the primary key of
    the row it is about. `after` is all that the public saw of that row from `effective_at` on, empty when it was taken
    away; `before` is what a change replaced, only the parts that differ, or all that was taken away. `about` names what
    the piece hangs on, in the words of that day.

    A receipt of what is scheduled is written at once, takes effect at its moment, and is void if another receipt of the
    same piece was written before that. `in_effect()` knows; nothing else may be shown.

    `reason` is what the transaction that made the change gave for it, in words for readers (editorial/reasons.py).
    """

    class Kind(models.TextChoices):
        VERDICT = "verdict", _("Verdicts")
        PRICE = "price", _("Prices")
        FACT = "fact", _("Facts")
        TOOL = "tool", _("Tools")
        COMPARISON = "comparison", _("Advice on pairs")
        REVIEWER = "reviewer", _("Reviewers")
        CATEGORY = "category", _("Classes")
        CRITERION = "criterion", _("Criteria")

    class Act(models.TextChoices):
        PUBLISHED = "published", _("published")
        CHANGED = "changed", _("changed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        CANCELLED = "cancelled", _("cancelled before anybody saw it")

    kind = models.CharField(max_length=10, choices=Kind)
    piece = models.BigIntegerField()
    act = models.CharField(max_length=9, choices=Act)
    # No constraints: a receipt outlives what it is about.
    tool = models.ForeignKey(
        *(Tool, models.DO_NOTHING), related_name="receipts", null=True, db_constraint=False, db_index=False
    )
    other_tool = models.ForeignKey(
        *(Tool, models.DO_NOTHING), related_name="+", null=True, db_constraint=False, db_index=False
    )
    category = models.ForeignKey(
        *(Category, models.DO_NOTHING), related_name="receipts", null=True, db_constraint=False, db_index=False
    )
    reviewer = models.ForeignKey(
        *(Reviewer, models.DO_NOTHING), related_name="receipts", null=True, db_constraint=False, db_index=False
    )
    about = models.JSONField(decoder=ExactDecoder)
    before = models.JSONField(null=True, decoder=ExactDecoder)
    after = models.JSONField(null=True, decoder=ExactDecoder)
    recorded_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    reason = models.TextField(blank=True, default="", max_length=LONGEST)

    objects: ClassVar[ReceiptQuerySet] = ReceiptQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("receipt"), _("receipts")
        ordering: ClassVar[list[str]] = ["-effective_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "piece", "-id"], name="receipt_by_piece"),
            models.Index(fields=["tool", "-effective_at", "-id"], name="receipt_by_tool"),
            models.Index(
                fields=["tool", "-effective_at", "-id"],
                condition=Q(kind="verdict"),
                name="receipt_of_a_verdict_by_tool",
            ),
            models.Index(
                fields=["tool", "-effective_at", "-id"], condition=Q(kind="price"), name="receipt_of_a_price_by_tool"
            ),
            models.Index(fields=["-effective_at", "-id"], name="receipt_newest"),
            models.Index(fields=["kind", "-effective_at", "-id"], name="receipt_by_kind"),
            models.Index(fields=["category", "-effective_at", "-id"], name="receipt_by_category"),
            models.Index(
                fields=["reviewer", "-effective_at", "-id"],
                condition=Q(reviewer__isnull=False),
                name="receipt_by_reviewer",
            ),
            models.Index(
                fields=["reviewer", "-effective_at", "-id"],
                condition=REVERSED,
                name="receipt_of_a_reversal",
            ),
            models.Index(fields=["recorded_at"], name="receipt_by_record"),
            models.Index(
                fields=["effective_at"], condition=Q(effective_at__gt=F("recorded_at")), name="receipt_by_the_clock"
            ),
            models.Index(KT("after__slug"), condition=Q(kind="tool"), name="receipt_by_address"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(act__in=("published", "changed", "withdrawn", "cancelled")), name="receipt_act_is_known"
            ),
            models.CheckConstraint(
                condition=Q(act__in=("published", "changed"), after__isnull=False)
                | Q(act__in=("withdrawn", "cancelled"), after__isnull=True),
                name="receipt_says_what_was_shown",
            ),
            models.CheckConstraint(
                condition=~Q(act="changed") | Q(before__isnull=False, effective_at=F("recorded_at")),
                name="receipt_of_a_change_says_what_it_replaced",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.piece} {self.act}"

    def get_absolute_url(self) -> str:
        return reverse("receipt", args=[self.pk])


class ReceiptCount(models.Model):
    """How many receipts of a kind, class and reviewer took effect at once, in parts: the sum of the rows is the count.

    The database adds a row with every statement that writes receipts; `gather_counts` puts them together.
    """

    kind = models.CharField(max_length=10)
    category_id = models.BigIntegerField(null=True)
    reviewer_id = models.BigIntegerField(null=True)
    number = models.BigIntegerField()

    class Meta:
        verbose_name, verbose_name_plural = _("count of receipts"), _("counts of receipts")

    def __str__(self) -> str:
        return f"{self.number} of {self.kind}"


class ReviewerMonth(models.Model):
    """What the verdicts of a reviewer that came and went in a month add up to: see docs/decisions/0023.

    The database adds a row with each receipt of a verdict (migration 0006), and puts those of a month together later.
    `published` and `reversals` are how many there were; `reviews` and `ships` by how much the number of published
    reviews, and that of SHIPs among them, changed. What is scheduled is a row of its own from its moment on.
    """

    reviewer = models.ForeignKey(
        *(Reviewer, models.DO_NOTHING), related_name="months", db_constraint=False, db_index=False
    )
    since = models.DateTimeField()
    published = models.IntegerField()
    reviews = models.IntegerField()
    ships = models.IntegerField()
    reversals = models.IntegerField()

    objects: ClassVar[ReviewerMonthQuerySet] = ReviewerMonthQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("month of a reviewer"), _("months of reviewers")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["reviewer", "since"], name="reviewer_month")]

    def __str__(self) -> str:
        return f"{self.ships} of {self.reviews} since {self.since}"
