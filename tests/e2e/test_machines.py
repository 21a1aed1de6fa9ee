"""What browsers fetch for themselves, under the policy that forbids everything else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("path", ["/tools/code-llama-4/", "/compare/code-llama-4-vs-mistral-3-1/", "/privacy/"])
def test_no_policy_is_violated_by_structured_data_or_manifest(open_page: Callable[..., Page], path: str) -> None:
    page = open_page("/")
    page.add_init_script(
        "window.refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
    )
    page.goto(path)
    assert page.locator("script[type='application/ld+json']").count() == 1
    manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then(answer => answer.json())")
    assert manifest["short_name"] == "Drydock"
    session = page.context.new_cdp_session(page)
    found = session.send("Page.getAppManifest")
    assert found["errors"] == []
    assert found["data"]
    assert page.evaluate("refused") == []
