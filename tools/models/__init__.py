"""What is reviewed, what search reads of it, and what readers ask for."""

from tools.models.asks import Ask, AskMailStop, WantedTool
from tools.models.catalogue import (
    FIRST_DAY,
    Category,
    Criterion,
    Fact,
    FormerSlug,
    Plan,
    Tool,
    validate_past,
    web_address,
)
from tools.models.likeness import ComparedTool, Likeness
from tools.models.links import Link
from tools.models.searching import SearchTerm, ToolDocument

__all__ = [
    "FIRST_DAY",
    "Ask",
    "AskMailStop",
    "Category",
    "ComparedTool",
    "Criterion",
    "Fact",
    "FormerSlug",
    "Likeness",
    "Link",
    "Plan",
    "SearchTerm",
    "Tool",
    "ToolDocument",
    "WantedTool",
    "validate_past",
    "web_address",
]
