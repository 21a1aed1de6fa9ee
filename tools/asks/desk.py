"""What an editor does with what readers ask for: decline, open again, merge, and begin a draft."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from tools.asks.asking import ledger
from tools.asks.telling import tell_after_commit
from tools.models import Ask, Tool, WantedTool

_State = WantedTool.State


def decline(keys: Iterable[int]) -> int:
    """Take open ones from the public list; nobody is told. Returns how many."""
    return WantedTool.objects.filter(pk__in=list(keys), state=_State.OPEN).update(state=_State.DECLINED)


def reopen(keys: Iterable[int]) -> int:
    """Put declined ones back on the public list; returns how many."""
    return WantedTool.objects.filter(pk__in=list(keys), state=_State.DECLINED).update(state=_State.OPEN)


def merge(keys: Iterable[int]) -> WantedTool:
    """Make one of several: the most asked for keeps its name and gets the asks of all, one an account.

    The others' names and websites lead to it from then on. ValueError for fewer than two.
    """
    with ledger():
        rows = list(WantedTool.objects.unmerged().filter(pk__in=list(keys)).most_asked_first())
        if len(rows) < 2:
            raise ValueError(_("Choose at least two that mean the same tool."))
        kept: WantedTool = rows[0]
        others = rows[1:]
        for other in others:
            Ask.objects.filter(wanted_tool=other, user__in=kept.asks.values("user")).delete()
            Ask.objects.filter(wanted_tool=other).update(wanted_tool=kept)
            WantedTool.objects.filter(merged_into=other).update(merged_into=kept)
            WantedTool.objects.filter(pk=other.pk).update(merged_into=kept, tool=None)
        kept.state = _State.OPEN if _State.OPEN in {row.state for row in rows} else kept.state
        kept.tool_id = next((row.tool_id for row in rows if row.tool_id), None)
        kept.first_asked_at = min(row.first_asked_at for row in rows)
        kept.save(update_fields=["state", "tool", "first_asked_at"])
        tell_after_commit()
    return kept


def draft_fields(wanted: WantedTool) -> dict[str, str]:
    """What the form for a new tool can be filled with; its slug is free."""
    base = slugify(wanted.name)[:90] or f"asked-{wanted.pk}"
    taken = set(Tool.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slug = next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, 1000))) if slug not in taken)
    return {"name": wanted.name, "slug": slug, "website": wanted.website}


def link_draft(*, pk: int, tool: Tool) -> None:
    """Note which tool an asked inspection became: it is told about when that one is published."""
    WantedTool.objects.filter(pk=pk, merged_into=None).exclude(state=_State.PUBLISHED).update(tool=tool)
    tell_after_commit()
