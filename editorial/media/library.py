"""The pictures that editors may show: one row for each file, however often it was uploaded."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from editorial.characters import Written
from editorial.media.names import address_of, snippet_of

ALT_LENGTH = 200


class Image(Written):
    """A picture in the library. `file` is the whole one, `small` what lists show of a logo; often they are the same."""

    file = models.FileField(_("file"), max_length=60, unique=True, editable=False)
    small = models.CharField(max_length=60, editable=False)
    width = models.PositiveSmallIntegerField(_("width"), editable=False)
    height = models.PositiveSmallIntegerField(_("height"), editable=False)
    weight = models.PositiveIntegerField(_("bytes"), editable=False)
    alt = models.CharField(
        _("alt text"),
        max_length=ALT_LENGTH,
        help_text=_("What the picture shows, for whoever cannot see it. Of a logo: the name, and that it is the logo."),
    )
    uploaded_by = models.ForeignKey(
        *(settings.AUTH_USER_MODEL, models.SET_NULL),
        verbose_name=_("uploaded by"),
        null=True,
        editable=False,
        related_name="+",
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("picture"), _("pictures")
        ordering: ClassVar[list[str]] = ["-uploaded_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(alt=""), name="image_has_an_alt_text"),
            models.CheckConstraint(
                condition=Q(
                    file__regex=r"^[0-9a-f]{40}\.(png|jpg|webp)$", small__regex=r"^[0-9a-f]{40}\.(png|jpg|webp)$"
                ),
                name="image_is_called_by_its_content",
            ),
        ]

    def __str__(self) -> str:
        return self.alt

    def get_absolute_url(self) -> str:
        return reverse("media", args=[str(self.file)])

    @property
    def small_url(self) -> str:
        return address_of(self.small)

    @property
    def snippet(self) -> str:
        """What an editor puts into a Markdown text to show it."""
        return snippet_of(str(self.file), self.alt, self.width, self.height)
