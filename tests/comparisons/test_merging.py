"""Two tools become one: what goes along, what stays, where every address leads, and what the books say."""

from __future__ import annotations

import pytest
from django.test import Client

from comparisons.merging import merge_tools
from tests.factories import make_comparison, make_panel, make_plan, make_tool, make_user
from tools.models import Tool

pytestmark = pytest.mark.django_db


def test_first(client: Client) -> None:
    a, b = make_tool(name="Lathe", slug="lathe"), make_tool(name="Lathe AI", slug="lathe-ai")
    c = make_tool(slug="anvil")
    make_panel(b, "ssk")
    make_plan(b)
    make_comparison(b, c)
    make_comparison(a, b)
    merge_tools(b, a, by=None, reason="They are one.")
    answer = client.get("/tools/lathe-ai/")
    assert (answer.status_code, answer["Location"]) == (301, "/tools/lathe/")
    html = client.get("/tools/lathe/").content.decode()
    assert "Took in Lathe AI" in html
