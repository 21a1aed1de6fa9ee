"""What is reviewed: categories, tools, their prices and the facts about them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from editorial.models import Publishable, SlugField, slug_check
from tools.matching import KEY_LENGTH, WEBSITE_LENGTH, website_host
from tools.querysets import (
    AskQuerySet,
    FactQuerySet,
    FormerSlugQuerySet,
    PlanQuerySet,
    ToolDocumentQuerySet,
    ToolQuerySet,
    WantedToolQuerySet,
)

web_address = URLValidator(schemes=["http", "https"])


def validate_past(day: date) -> None:
    if day > timezone.now().date() + timedelta(days=1):  # somewhere it is tomorrow already
        raise ValidationError("Nothing can have been checked on a day to come.")


class Category(models.Model):
    slug = SlugField()
    name = models.CharField(max_length=60, unique=True)
    description = models.CharField(max_length=240, blank=True)

    class Meta:
        verbose_name_plural = "categories"
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [slug_check("category_slug_is_clean")]

    def __str__(self) -> str:
        return self.name


class Tool(Publishable):
    """An AI product under review."""

    slug = SlugField()
    name = models.CharField(max_length=120)
    maker = models.CharField(max_length=120)
    tagline = models.CharField(max_length=160, help_text="One sentence: what it is for.")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="tools")
    website = models.URLField(max_length=300, validators=[web_address])
    licence = models.CharField(max_length=120, blank=True, help_text="Apache 2.0, Proprietary, Llama 4 community ...")
    launched_on = models.DateField(null=True, blank=True)
    description = models.TextField(blank=True, help_text="Markdown.")

    objects: ClassVar[ToolQuerySet] = ToolQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Publishable.Meta):
        ordering: ClassVar[list[str]] = ["name"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["category", "-published_at"], name="tool_newest_in_category"),
            models.Index(fields=["-published_at", "id"], name="tool_newest"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Publishable.Meta.constraints,
            slug_check("tool_slug_is_clean"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tool", args=[self.slug])

    def missing(self) -> list[str]:
        absent = {
            "category. Choose one": self.category_id is None,
            "website. Give its address: it is the source of what we say": not self.website,
            "maker. Say who makes it": not self.maker.strip(),
            "tagline. Say in one sentence what it is for": not self.tagline.strip(),
            "description. Write one": not self.description.strip(),
        }
        return [f"{self} has no {rest}." for rest, is_absent in absent.items() if is_absent]


class FormerSlug(models.Model):
    """Where a tool was before it was renamed. The database writes the rows (migration 0008), by whatever door it was.

    A slug leads to one tool for good: nobody else's address can become that of a tool, nor the other way round.
    """

    slug = SlugField(primary_key=True)
    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="former_slugs")
    left_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[FormerSlugQuerySet] = FormerSlugQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [slug_check("former_slug_is_clean")]

    def __str__(self) -> str:
        return str(self.slug)


class ToolDocument(models.Model):
    """What search reads instead of the tool: its words, and whether it is public.

    The database writes every row (migration 0004 and that of reviews): nothing else may. `standing` grows with the
    panel's reviews, those that ship twice: of a common word's thousands of tools the best are ranked, not all.
    """

    tool = models.OneToOneField(Tool, primary_key=True, on_delete=models.DO_NOTHING, related_name="document")
    status = models.CharField(max_length=10)
    published_at = models.DateTimeField(null=True)
    standing = models.IntegerField(default=0, db_default=0)
    name_key = models.CharField(max_length=400, db_collation="C")
    name_words = SearchVectorField()
    words = SearchVectorField()

    objects: ClassVar[ToolDocumentQuerySet] = ToolDocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["words"], name="tool_by_its_words", fastupdate=False),
            GinIndex(fields=["name_words"], name="tool_by_words_of_its_name", fastupdate=False),
            models.Index(fields=["name_key"], name="tool_by_its_name"),
            models.Index(fields=["-standing", "-tool"], name="tool_by_standing"),
        ]

    def __str__(self) -> str:
        return self.name_key


class SearchTerm(models.Model):
    """A word that names, makers and taglines have used: what a mistyped one is compared with.

    Words of drafts and of withdrawn tools stand here too: none is shown that finds no public tool.
    """

    word = models.CharField(max_length=60, primary_key=True, db_collation="C")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="search_term_by_trigrams", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.word


class Plan(models.Model):
    """One price of a tool, as it was read at its source on a day."""

    class Period(models.TextChoices):
        FREE = "free", "free"
        ONCE = "once", "once"
        MONTH = "month", "a month"
        YEAR = "year", "a year"
        USAGE = "usage", "by usage"

    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="plans")
    name = models.CharField(max_length=80)
    amount = models.DecimalField(
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[
            MinValueValidator(Decimal("0.0001"), "A price is above nothing; a plan without one is period: free.")
        ],
        help_text="Empty for a free plan.",
    )
    currency = models.CharField(
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{3}\Z", "Three capital letters, for instance USD.")],
        help_text="Three letters: USD, EUR, GBP. Empty for a free plan.",
    )
    period = models.CharField(max_length=5, choices=Period)
    unit = models.CharField(max_length=40, blank=True, help_text="What one price buys: seat, 1M tokens, image.")
    note = models.CharField(max_length=160, blank=True, help_text="What the reader gets for it.")
    source = models.URLField(max_length=300, validators=[web_address])
    checked_on = models.DateField(validators=[validate_past])
    position = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[PlanQuerySet] = PlanQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["tool", "position", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tool", "name"], name="one_plan_per_tool_and_name"),
            models.CheckConstraint(
                condition=Q(period__in=("free", "once", "month", "year", "usage")), name="plan_period_is_known"
            ),
            models.CheckConstraint(
                condition=Q(period="free", amount__isnull=True, currency="")
                | (~Q(period="free") & Q(amount__isnull=False, amount__gt=0) & Q(currency__regex=r"^[A-Z]{3}$")),
                name="plan_has_a_price_unless_free",
                violation_error_message="A free plan has no amount and no currency; every other plan has both.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        free = self.period == self.Period.FREE
        if free and (self.amount is not None or self.currency):
            raise ValidationError({"amount": "A free plan has no amount and no currency."})
        if not free and self.amount is None:
            raise ValidationError({"amount": "Give the price, or make it period: free."})
        if not free and not self.currency:
            raise ValidationError({"currency": "Give the currency of the price, for instance USD."})


class Criterion(models.Model):
    """A row of the comparison table."""

    class Kind(models.TextChoices):
        TEXT = "text", "words"
        YES_NO = "yes_no", "yes or no"
        NUMBER = "number", "a number"

    slug = SlugField()
    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=6, choices=Kind)
    unit = models.CharField(max_length=40, blank=True, help_text="For numbers: tokens, parameters.")
    help = models.CharField(max_length=240, blank=True, help_text="What is compared, and how a value is read.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "criteria"
        ordering: ClassVar[list[str]] = ["position", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            slug_check("criterion_slug_is_clean"),
            models.CheckConstraint(condition=Q(kind__in=("text", "yes_no", "number")), name="criterion_kind_is_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The kind of a criterion that has facts stays: their stored values were checked against it."""
        stored = Criterion.objects.filter(pk=self.pk).first() if self.pk else None
        if stored and stored.kind != self.kind and stored.facts.exists():
            raise ValidationError({"kind": f"{self.name} has facts of its kind already. Make a new criterion instead."})

    def clean_value(self, value: str) -> str:
        """The value as it is stored: "yes" or "no", a plain decimal number, or words; ValidationError if not one."""
        match self.kind:
            case self.Kind.YES_NO:
                if value.lower() not in ("yes", "no"):
                    raise ValidationError(f"{self.name} is a yes-or-no question: write yes or no.")
                return value.lower()
            case self.Kind.NUMBER:
                return _plain_number(value, self.name)
        return value


class Fact(models.Model):
    """A tool's value for a criterion, with where and when it was read."""

    tool = models.ForeignKey(Tool, on_delete=models.CASCADE, related_name="facts")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="facts")
    value = models.CharField(max_length=160, help_text="yes or no, a plain number such as 256000, or words.")
    note = models.CharField(max_length=120, blank=True, help_text='A short qualification: "native".')
    source = models.URLField(max_length=300, validators=[web_address])
    checked_on = models.DateField(validators=[validate_past])

    objects: ClassVar[FactQuerySet] = FactQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["criterion__position", "criterion__name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tool", "criterion"], name="one_fact_per_tool_and_criterion"),
        ]

    def __str__(self) -> str:
        return self.value

    def clean(self) -> None:
        try:
            self.value = self.criterion.clean_value(self.value)
        except ValidationError as problem:
            raise ValidationError({"value": problem.messages}) from problem
        except Criterion.DoesNotExist:
            return  # the missing criterion is reported by its own field


class WantedTool(models.Model):
    """A tool that is not here and that readers ask for, however each of them wrote its name and website.

    How many ask is counted from the asks. One that an editor merged into another keeps its row without asks, so that
    its name and website lead to the other from then on.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DECLINED = "declined", "Declined"
        PUBLISHED = "published", "Published"

    name = models.CharField(max_length=120)
    website = models.URLField(max_length=WEBSITE_LENGTH, validators=[web_address])
    name_key = models.CharField(max_length=KEY_LENGTH, editable=False)
    website_key = models.CharField(max_length=KEY_LENGTH, editable=False)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    tool = models.ForeignKey(Tool, null=True, blank=True, on_delete=models.SET_NULL, related_name="wanted_as")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="merged")
    first_asked_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[WantedToolQuerySet] = WantedToolQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "asked inspection"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name_key"], name="one_wanted_tool_per_name"),
            models.UniqueConstraint(fields=["website_key"], name="one_wanted_tool_per_website"),
            models.CheckConstraint(
                condition=Q(state__in=("open", "declined", "published")), name="wanted_tool_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(name_key="") & ~Q(website_key=""), name="wanted_tool_can_be_recognised"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")),
                name="wanted_tool_is_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        """What a list shows of the website: `lathe.example.com`."""
        return website_host(self.website)


class Ask(models.Model):
    """One reader's wish to have one tool inspected."""

    wanted_tool = models.ForeignKey(WantedTool, on_delete=models.CASCADE, related_name="asks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="asks")
    why = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    wants_mail = models.BooleanField("wants a mail when it is published", default=True)
    told_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the tool was published and this ask was done with."
    )

    objects: ClassVar[AskQuerySet] = AskQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["wanted_tool", "user"], name="one_ask_per_account_and_tool"),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d}"


class AskMailStop(models.Model):
    """This account wants no mail about tools it asked for, now or later, until it says otherwise."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="ask_mail_stop"
    )
    stopped_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return f"{self.stopped_at:%Y-%m-%d}"


def _plain_number(value: str, name: str) -> str:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal("1e18"):
        raise ValidationError(f"{name} is a number: write it plainly, for instance 256000.")
    plain = format(number.normalize(), "f")
    if len(plain) > 40:
        raise ValidationError(f"{name} is a number of at most 40 digits.")
    return plain
