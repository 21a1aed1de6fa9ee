"""What the public may see is decided here, by the query, so that a scheduled piece appears with no worker running."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


def is_published(prefix: str = "") -> Q:
    """The one condition for "public now", for use on a related piece too: `is_published("tool__")`.

    The database's clock decides, so that every web process agrees.
    """
    return Q(
        **{
            f"{prefix}status__in": ("published", "scheduled"),
            f"{prefix}published_at__lte": Now(),
        }
    )


class PublishableQuerySet[M: models.Model](models.QuerySet[M]):
    def published(self) -> Self:
        """What every reader may see now. A relation that the query did not load is an error, not a hidden query."""
        return self.filter(is_published()).fetch_mode(models.FETCH_RAISE)
