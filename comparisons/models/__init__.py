"""What editors add to pairs of tools, where every tool stands, and what was shown since when."""

from comparisons.models.pairs import Comparison
from comparisons.models.receipts import Receipt, ReceiptCount, ReviewerMonth
from comparisons.models.standings import Board, Licence, ReviewerRecord, Shelf, ToolStanding

__all__ = [
    "Board",
    "Comparison",
    "Licence",
    "Receipt",
    "ReceiptCount",
    "ReviewerMonth",
    "ReviewerRecord",
    "Shelf",
    "ToolStanding",
]
