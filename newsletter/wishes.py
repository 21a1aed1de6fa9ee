"""What a reader wants to follow: keys of classes, tools and reviewers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from newsletter.models import Subscriber
from reviews.models import Reviewer
from tools.models import Category, Tool

MOST_TOOLS = 200


@dataclass(frozen=True, slots=True)
class Wishes:
    categories: tuple[int, ...] = ()
    tools: tuple[int, ...] = ()
    reviewers: tuple[int, ...] = ()

    @classmethod
    def of(cls, subscriber: Subscriber) -> Self:
        return cls(*(tuple(sorted(row.pk for row in getattr(subscriber, name).all())) for name in _MODELS))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """What was stored a while ago; what does not exist any more is left out."""
        found = {
            name: tuple(model._default_manager.filter(pk__in=stored.get(name, ())).values_list("pk", flat=True))
            for name, model in _MODELS.items()
        }
        return cls(**found)

    def as_json(self) -> dict[str, list[int]]:
        return {name: list(keys) for name, keys in asdict(self).items()}

    def add_to(self, subscriber: Subscriber) -> None:
        """Follow these besides what is followed already."""
        for name in _MODELS:
            getattr(subscriber, name).add(*getattr(self, name))

    def replace_in(self, subscriber: Subscriber) -> None:
        """Follow these and nothing else."""
        for name in _MODELS:
            getattr(subscriber, name).set(getattr(self, name))

    def __bool__(self) -> bool:
        return bool(self.categories or self.tools or self.reviewers)


_MODELS: dict[str, Any] = {"categories": Category, "tools": Tool, "reviewers": Reviewer}
