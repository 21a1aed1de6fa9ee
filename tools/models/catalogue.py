"""What is reviewed: categories, tools, their prices and the facts about them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from editorial.characters import Written
from editorial.history.tracking import kept
from editorial.models import Image, Publishable, SlugField, at_the_desk, slug_check
from tools.facts import plain_number
from tools.querysets import (
    FactQuerySet,
    FormerSlugQuerySet,
    PlanQuerySet,
    ToolQuerySet,
)

web_address = URLValidator(schemes=["http", "https"])


FIRST_DAY = date(1990, 1, 1)  # whatever is older was not read on the web


def validate_past(day: date) -> None:
    if day > timezone.now().date() + timedelta(days=1):  # somewhere it is tomorrow already
        raise ValidationError(_("Nothing can have been checked on a day to come."))
    if day < FIRST_DAY:
        raise ValidationError(_("Give the day on which you read the source. Nothing here was read before 1990."))


@kept()
class Category(Written):
    slug = SlugField(_("slug"))
    name = models.CharField(_("name"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=240, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("category"), _("categories")
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [slug_check("category_slug_is_clean")]

    def __str__(self) -> str:
        return self.name


@kept()
class Tool(Publishable):
    """An AI product under review."""

    slug = SlugField(_("slug"))
    name = models.CharField(_("name"), max_length=120)
    maker = models.CharField(_("maker"), max_length=120)
    tagline = models.CharField(_("tagline"), max_length=160, help_text=_("One sentence: what it is for."))
    category = models.ForeignKey(Category, verbose_name=_("category"), on_delete=models.PROTECT, related_name="tools")
    website = models.URLField(_("website"), max_length=300, validators=[web_address])
    licence = models.CharField(
        _("licence"), max_length=120, blank=True, help_text=_("Apache 2.0, Proprietary, Llama 4 community ...")
    )
    launched_on = models.DateField(_("launched on"), null=True, blank=True)
    description = models.TextField(_("description"), blank=True, help_text=_("Markdown."))
    logo = models.ForeignKey(
        Image, verbose_name=_("logo"), null=True, blank=True, on_delete=models.PROTECT, related_name="logo_of"
    )
    merged_into = models.ForeignKey(
        *("self", models.PROTECT),
        verbose_name=_("merged into"),
        null=True,
        editable=False,
        related_name="merged",
    )

    objects: ClassVar[ToolQuerySet] = ToolQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Publishable.Meta):
        verbose_name, verbose_name_plural = _("tool"), _("tools")
        ordering: ClassVar[list[str]] = ["name"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["category", "-published_at"], name="tool_newest_in_category"),
            models.Index(fields=["-published_at", "id"], name="tool_newest"),
            at_the_desk("tool_at_the_desk"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Publishable.Meta.constraints,
            slug_check("tool_slug_is_clean"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True)
                | (~Q(merged_into=F("pk")) & Q(status__in=("draft", "in_review", "withdrawn"))),
                name="merged_tool_is_out_of_sight",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tool", args=[self.slug])

    @property
    def is_closed(self) -> bool:
        return self.merged_into_id is not None

    def waits_for(self) -> list[str]:
        if self.merged_into is None:
            return []
        said = gettext("%(tool)s was merged into %(other)s, and that is for good. Change %(other)s instead.")
        return [said % {"tool": self, "other": self.merged_into}]

    def missing(self) -> list[str]:
        absent = {
            gettext("%(piece)s has no category. Choose one."): self.category_id is None,
            gettext("%(piece)s has no website. Give its address: it is the source of what we say."): not self.website,
            gettext("%(piece)s has no maker. Say who makes it."): not self.maker.strip(),
            gettext("%(piece)s has no tagline. Say in one sentence what it is for."): not self.tagline.strip(),
            gettext("%(piece)s has no description. Write one."): not self.description.strip(),
        }
        return [words % {"piece": self} for words, is_absent in absent.items() if is_absent]

    def comes_before(self, piece: Publishable) -> list[str]:
        """Why a piece about this tool cannot be published yet; empty when it can."""
        if self.status in (Tool.Status.PUBLISHED, Tool.Status.SCHEDULED):
            return []
        said = gettext("%(tool)s is not published. Publish the tool first, then %(piece)s.")
        return [said % {"tool": self, "piece": piece}]


class FormerSlug(models.Model):
    """Where a tool was before it was renamed. The database writes the rows (migration 0008), by whatever door it was.

    A slug leads to one tool for good: nobody else's address can become that of a tool, nor the other way round.
    """

    slug = SlugField(primary_key=True)
    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="former_slugs")
    left_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[FormerSlugQuerySet] = FormerSlugQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("former address"), _("former addresses")
        constraints: ClassVar[list[models.BaseConstraint]] = [slug_check("former_slug_is_clean")]

    def __str__(self) -> str:
        return str(self.slug)


@kept(part_of="tool")
class Plan(Written):
    """One price of a tool, as it was read at its source on a day."""

    class Period(models.TextChoices):
        FREE = "free", _("free")
        ONCE = "once", _("once")
        MONTH = "month", _("a month")
        YEAR = "year", _("a year")
        USAGE = "usage", _("by usage")

    tool = models.ForeignKey(Tool, verbose_name=_("tool"), on_delete=models.CASCADE, related_name="plans")
    name = models.CharField(_("name"), max_length=80)
    amount = models.DecimalField(
        _("amount"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[
            MinValueValidator(Decimal("0.0001"), _("A price is above nothing; a plan without one is period: free."))
        ],
        help_text=_("Empty for a free plan."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", _("Three capital letters, for instance USD."))],
        help_text=_("Three letters: USD, EUR, GBP. Empty for a free plan."),
    )
    period = models.CharField(_("period"), max_length=5, choices=Period)
    unit = models.CharField(
        _("unit"), max_length=40, blank=True, help_text=_("What one price buys: seat, 1M tokens, image.")
    )
    note = models.CharField(_("note"), max_length=160, blank=True, help_text=_("What the reader gets for it."))
    source = models.URLField(_("source"), max_length=300, validators=[web_address])
    checked_on = models.DateField(_("checked on"), validators=[validate_past])
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[PlanQuerySet] = PlanQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("plan"), _("plans")
        ordering: ClassVar[list[str]] = ["tool", "position", "pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["checked_on"], name="plan_by_its_check")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tool", "name"], name="one_plan_per_tool_and_name"),
            models.CheckConstraint(
                condition=Q(period__in=("free", "once", "month", "year", "usage")), name="plan_period_is_known"
            ),
            models.CheckConstraint(
                condition=Q(period="free", amount__isnull=True, currency="")
                | (~Q(period="free") & Q(amount__isnull=False, amount__gt=0) & Q(currency__regex=r"^[A-Z]{3}$")),
                name="plan_has_a_price_unless_free",
                violation_error_message=_("A free plan has no amount and no currency; every other plan has both."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        free = self.period == self.Period.FREE
        if free and (self.amount is not None or self.currency):
            raise ValidationError({"amount": _("A free plan has no amount and no currency.")})
        if not free and self.amount is None:
            raise ValidationError({"amount": _("Give the price, or make it period: free.")})
        if not free and not self.currency:
            raise ValidationError({"currency": _("Give the currency of the price, for instance USD.")})


@kept()
class Criterion(Written):
    """A row of the comparison table."""

    class Kind(models.TextChoices):
        TEXT = "text", _("words")
        YES_NO = "yes_no", _("yes or no")
        NUMBER = "number", _("a number")

    slug = SlugField(_("slug"))
    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    unit = models.CharField(_("unit"), max_length=40, blank=True, help_text=_("For numbers: tokens, parameters."))
    help = models.CharField(
        _("help"), max_length=240, blank=True, help_text=_("What is compared, and how a value is read.")
    )
    good_for_days = models.PositiveSmallIntegerField(
        _("good for days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("For how many days a fact holds after its check. Empty: as long as the house says."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("criterion"), _("criteria")
        ordering: ClassVar[list[str]] = ["position", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            slug_check("criterion_slug_is_clean"),
            models.CheckConstraint(condition=Q(kind__in=("text", "yes_no", "number")), name="criterion_kind_is_known"),
            models.CheckConstraint(
                condition=Q(good_for_days__isnull=True) | Q(good_for_days__gte=1),
                name="criterion_is_good_for_a_day_or_more",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The kind of a criterion that has facts stays: their stored values were checked against it."""
        stored = Criterion.objects.filter(pk=self.pk).first() if self.pk else None
        if stored and stored.kind != self.kind and stored.facts.exists():
            said = _("%(name)s has facts of its kind already. Make a new criterion instead.")
            raise ValidationError({"kind": said % {"name": self.name}})

    def clean_value(self, value: str) -> str:
        """The value as it is stored: "yes" or "no", a plain decimal number, or words; ValidationError if not one."""
        match self.kind:
            case self.Kind.YES_NO:
                if value.lower() not in ("yes", "no"):
                    raise ValidationError(_("%(name)s is a yes-or-no question: write yes or no.") % {"name": self.name})
                return value.lower()
            case self.Kind.NUMBER:
                return plain_number(value, self.name)
        return value


@kept(part_of="tool")
class Fact(Written):
    """A tool's value for a criterion, with where and when it was read."""

    tool = models.ForeignKey(Tool, verbose_name=_("tool"), on_delete=models.CASCADE, related_name="facts")
    criterion = models.ForeignKey(
        Criterion, verbose_name=_("criterion"), on_delete=models.PROTECT, related_name="facts"
    )
    value = models.CharField(
        _("value"), max_length=160, help_text=_("yes or no, a plain number such as 256000, or words.")
    )
    note = models.CharField(_("note"), max_length=120, blank=True, help_text=_('A short qualification: "native".'))
    source = models.URLField(_("source"), max_length=300, validators=[web_address])
    checked_on = models.DateField(_("checked on"), validators=[validate_past])

    objects: ClassVar[FactQuerySet] = FactQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name, verbose_name_plural = _("fact"), _("facts")
        ordering: ClassVar[list[str]] = ["criterion__position", "criterion__name"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["checked_on"], name="fact_by_its_check")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tool", "criterion"], name="one_fact_per_tool_and_criterion"),
        ]

    def __str__(self) -> str:
        return str(self.criterion)

    def clean(self) -> None:
        try:
            self.value = self.criterion.clean_value(self.value)
        except ValidationError as problem:
            raise ValidationError({"value": problem.messages}) from problem
        except Criterion.DoesNotExist:
            return  # the missing criterion is reported by its own field
