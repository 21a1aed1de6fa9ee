"""What is looked at on every page: accessibility, overflow, the console."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Everything up to WCAG 2.2 AA; the size of targets is named apart because axe leaves it out by itself.
OPTIONS: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}


def violations(page: Page, context: dict[str, Any] | None = None) -> list[str]:
    """What axe finds on the page, or on a part of it; empty is good."""
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "given => axe.run(given.context ?? document, given.options)", {"context": context, "options": OPTIONS}
    )
    return [
        f"{item['id']}: {node['target']} {node['failureSummary']}"
        for item in found["violations"]
        for node in item["nodes"]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width
