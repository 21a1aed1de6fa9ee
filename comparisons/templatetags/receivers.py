"""What the front page of the admin says about receivers of receipts."""

from __future__ import annotations

from django import template

from comparisons.webhooks.desk import Attention, receivers_needing_attention

register = template.Library()


@register.simple_tag
def needing_attention() -> list[Attention]:
    """One query; a template asks only for people who may see receivers."""
    return receivers_needing_attention()
