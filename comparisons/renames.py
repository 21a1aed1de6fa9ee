"""Where a comparison is whose tools were renamed or merged."""

from __future__ import annotations

from comparisons.addresses import SEPARATOR, possible_readings, readings
from comparisons.scorecards import find_tools
from tools.models import FormerSlug


def current_address(address: str) -> str | None:
    """The comparison that this address named before some of its tools were renamed; None if it never named one."""
    address = address.lower()
    named = {slug for reading in possible_readings(address) for slug in reading}
    moved = FormerSlug.objects.current(named)
    if not moved:
        return None
    known = {slug: slug for slug in find_tools(named)} | moved
    best = next((sorted({known[slug] for slug in reading}) for reading in readings(address, known)), [])
    return SEPARATOR.join(best) if len(best) > 1 else None


def only_tool(address: str) -> str | None:
    """The one tool that all of a comparison's tools are by now, since they were merged; None if it names others."""
    address = address.lower()
    named = {slug for reading in possible_readings(address) for slug in reading}
    merged = FormerSlug.objects.merged(named)
    known = {slug: slug for slug in find_tools(named)} | merged
    best = next(iter(readings(address, known)), ()) if merged else ()
    today = {known[slug] for slug in best}
    return today.pop() if len(set(best)) > 1 and len(today) == 1 else None
