"""What editors add to pairs of tools, where every tool stands, what was shown since when, and who is told of it."""

from comparisons.models.merges import Merge
from comparisons.models.pairs import Comparison
from comparisons.models.receipts import Receipt, ReceiptCount, ReviewerMonth
from comparisons.models.standings import Board, Licence, ReviewerRecord, Shelf, ToolStanding
from comparisons.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "Board",
    "Comparison",
    "Licence",
    "Merge",
    "Receipt",
    "ReceiptCount",
    "ReviewerMonth",
    "ReviewerRecord",
    "Shelf",
    "ToolStanding",
    "Webhook",
    "WebhookDelivery",
]
