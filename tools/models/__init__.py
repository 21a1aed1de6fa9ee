"""What is reviewed, what search reads of it, and what readers ask for."""

from tools.models.asks import Ask, AskMailStop, WantedTool
from tools.models.catalogue import Category, Criterion, Fact, FormerSlug, Plan, Tool, validate_past, web_address
from tools.models.likeness import ComparedTool, Likeness
from tools.models.searching import SearchTerm, ToolDocument

__all__ = [
    "Ask",
    "AskMailStop",
    "Category",
    "ComparedTool",
    "Criterion",
    "Fact",
    "FormerSlug",
    "Likeness",
    "Plan",
    "SearchTerm",
    "Tool",
    "ToolDocument",
    "WantedTool",
    "validate_past",
    "web_address",
]
