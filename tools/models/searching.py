"""What search reads of tools: their words, and the words that have been used at all."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tools.models.catalogue import Tool
from tools.querysets import ToolDocumentQuerySet


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
        verbose_name, verbose_name_plural = _("tool document"), _("tool documents")
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
        verbose_name, verbose_name_plural = _("search term"), _("search terms")
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="search_term_by_trigrams", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.word
