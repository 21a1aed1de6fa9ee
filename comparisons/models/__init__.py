"""What editors add to pairs of tools, and where every tool stands."""

from comparisons.models.pairs import Comparison
from comparisons.models.standings import Board, Licence, ReviewerRecord, Shelf, ToolStanding

__all__ = ["Board", "Comparison", "Licence", "ReviewerRecord", "Shelf", "ToolStanding"]
