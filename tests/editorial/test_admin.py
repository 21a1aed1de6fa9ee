"""The desk, through its own pages: an editor makes, publishes and withdraws pieces."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from comparisons.models import Comparison
from reviews.models import Review
from tests.factories import (
    make_category,
    make_comparison,
    make_criterion,
    make_fact,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_wanted,
)
from tests.pages import html_of, text_of
from tools.models import Tool

pytestmark = pytest.mark.django_db

CHANGELISTS = [
    f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    for model in admin.site._registry
    if apps.get_app_config(model._meta.app_label).name in ("accounts", "editorial", "tools", "reviews", "comparisons")
]


def act(client: Client, address: str, action: str, pk: int) -> str:
    form = {"action": action, "_selected_action": [pk]}
    asked = client.post(address, form)
    assert f'<input type="hidden" name="_selected_action" value="{pk}">' in html_of(asked)
    answer = client.post(address, {**form, "_step": action.removesuffix("_selected")}, follow=True)
    assert answer.status_code == 200
    return text_of(answer)


def test_an_editor_makes_and_publishes_a_tool_with_plan_fact_and_review(admin_client: Client, client: Client) -> None:
    category, criterion, reviewer = make_category(), make_criterion(kind="yes_no"), make_reviewer()
    form = {
        **{"name": "Lathe", "slug": "lathe", "maker": "Turners", "tagline": "Turns.", "category": category.pk},
        **{"website": "https://lathe.example.com/", "licence": "MIT", "launched_on": "", "description": "Words."},
        **{"plans-TOTAL_FORMS": 1, "plans-INITIAL_FORMS": 0, "plans-0-name": "Pro", "plans-0-amount": "20"},
        **{"plans-0-currency": "USD", "plans-0-period": "month", "plans-0-position": 0},
        **{"plans-0-source": "https://lathe.example.com/", "plans-0-checked_on": "2026-11-02"},
        **{"facts-TOTAL_FORMS": 1, "facts-INITIAL_FORMS": 0, "facts-0-criterion": criterion.pk},
        **{"facts-0-value": "Yes", "facts-0-source": "https://lathe.example.com/", "facts-0-checked_on": "2026-11-02"},
    }
    answer = admin_client.post("/admin/tools/tool/add/", form)
    assert answer.status_code == 302, text_of(answer)
    tool = Tool.objects.get()
    assert tool.status == "draft"
    assert client.get("/tools/lathe/").status_code == 404

    review_form = {"tool": tool.pk, "reviewer": reviewer.pk, "verdict": "ship", "headline": "It turns.", "body": "So."}
    assert admin_client.post("/admin/reviews/review/add/", review_form).status_code == 302
    review = Review.objects.get()
    assert "Publish the tool first" in act(admin_client, "/admin/reviews/review/", "publish_selected", review.pk)
    assert "Lathe is published" in act(admin_client, "/admin/tools/tool/", "publish_selected", tool.pk)
    act(admin_client, "/admin/reviews/review/", "publish_selected", review.pk)
    page = text_of(client.get("/tools/lathe/"))
    assert "$20/mo" in page
    assert "1 of 1" in page
    assert "Yes" in page
    act(admin_client, "/admin/tools/tool/", "withdraw_selected", tool.pk)
    assert client.get("/tools/lathe/").status_code == 410


def test_status_cannot_be_typed(admin_client: Client) -> None:
    form = {
        "title": "About",
        "slug": "about",
        "body": "Words that wait",
        "status": "published",
        "published_at": "2026-01-01",
    }
    assert admin_client.post("/admin/editorial/page/add/", form).status_code == 302
    assert "Words that wait" not in text_of(admin_client.get("/about/"))


def test_a_second_review_of_one_pair_is_explained_and_keeps_what_was_typed(admin_client: Client) -> None:
    review = make_review(make_tool())
    form = {"tool": review.tool_id, "reviewer": review.reviewer_id, "verdict": "skip", "headline": "Typed", "body": ""}
    answer = admin_client.post("/admin/reviews/review/add/", form)
    assert "already has a review of this tool" in text_of(answer)
    assert 'value="Typed"' in answer.content.decode()


def test_a_colleague_can_be_added(admin_client: Client) -> None:
    assert admin_client.get("/admin/accounts/user/add/").status_code == 200
    form = {
        "email": "mate@example.org",
        "name": "Mate",
        "usable_password": "true",
        "password1": "harbour-light",
        "password2": "harbour-light",
    }
    assert admin_client.post("/admin/accounts/user/add/", form).status_code == 302
    assert User.objects.get(email="mate@example.org").check_password("harbour-light")


def test_a_comparison_waits_for_its_tools(admin_client: Client) -> None:
    comparison = make_comparison(make_tool(), make_tool(status="draft"), status="draft", published_at=None)
    told = act(admin_client, "/admin/comparisons/comparison/", "publish_selected", comparison.pk)
    assert "is not published. Publish the tool first" in told


def test_a_criterion_with_facts_keeps_its_kind(admin_client: Client) -> None:
    criterion = make_fact(make_tool()).criterion
    form = {"name": criterion.name, "slug": criterion.slug, "kind": "number", "position": 0}
    answer = admin_client.post(f"/admin/tools/criterion/{criterion.pk}/change/", form)
    assert "has facts of its kind already" in text_of(answer)


def test_a_comparison_in_the_wrong_order_is_explained(admin_client: Client) -> None:
    first, second = make_tool(slug="a"), make_tool(slug="b")
    wrong = {"first_tool": second.pk, "second_tool": first.pk}
    assert "comes first: a" in text_of(admin_client.post("/admin/comparisons/comparison/add/", wrong))
    same = {"first_tool": first.pk, "second_tool": first.pk}
    assert "Choose two different tools" in text_of(admin_client.post("/admin/comparisons/comparison/add/", same))
    assert not Comparison.objects.exists()
    right = {"first_tool": first.pk, "second_tool": second.pk}
    assert admin_client.post("/admin/comparisons/comparison/add/", right).status_code == 302
    assert "already is a comparison" in text_of(admin_client.post("/admin/comparisons/comparison/add/", right))


def test_a_price_that_says_two_things_is_explained_and_nothing_typed_is_lost(admin_client: Client) -> None:
    tool = make_tool()
    form = {
        **{"name": tool.name, "slug": tool.slug, "maker": "Kept words", "tagline": tool.tagline},
        **{"category": tool.category_id, "website": tool.website, "licence": "MIT", "description": "x"},
        **{"plans-TOTAL_FORMS": 1, "plans-INITIAL_FORMS": 0, "plans-0-name": "Odd", "plans-0-amount": "5"},
        **{"plans-0-period": "free", "plans-0-position": 0, "plans-0-source": "https://x.example.com/"},
        **{"plans-0-checked_on": "2026-11-02", "facts-TOTAL_FORMS": 0, "facts-INITIAL_FORMS": 0},
    }
    answer = admin_client.post(f"/admin/tools/tool/{tool.pk}/change/", form)
    assert answer.status_code == 200
    assert "A free plan has no amount" in text_of(answer)
    assert "Kept words" in answer.content.decode()


def add_one_of_each() -> None:
    tool = make_tool()
    make_plan(tool)
    make_fact(tool)
    make_review(tool)
    make_comparison(tool, make_tool())
    make_wanted(by=2)
    User.objects.create_user(f"{tool.slug}@example.org")


@pytest.mark.parametrize("address", CHANGELISTS)
def test_changelist_takes_as_many_queries_for_three_as_for_one(admin_client: Client, address: str) -> None:
    counts = []
    for _ in range(2):
        add_one_of_each()
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(address).status_code == 200
        counts.append(len(queries))
        add_one_of_each()
    assert counts[0] == counts[1] <= 9


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/", "/admin/tools/tool/add/"])
def test_admin_has_its_own_policy_with_a_nonce_on_every_script_and_style(admin_client: Client, address: str) -> None:
    answer = admin_client.get(address, follow=True)
    policy = answer["Content-Security-Policy"]
    assert "'unsafe" not in policy
    nonces = set(re.findall(r"'nonce-([^']+)'", policy))
    assert len(nonces) == 1
    for tag in re.findall(r"<script[^>]*>", answer.content.decode()):
        assert 'src="/static/' in tag or f'nonce="{next(iter(nonces))}"' in tag


def test_no_two_parts_of_a_desk_have_a_private_method_of_one_name() -> None:
    """A desk is put together of parts that know nothing of each other: one would answer for the other."""
    shared = set()
    for desk in map(type, admin.site._registry.values()):
        parts = [part for part in desk.__mro__ if not part.__module__.startswith("django")]
        for part, other in combinations(parts, 2):
            if not issubclass(part, other):
                shared |= {f"{part.__name__}, {other.__name__}: {name}" for name in _own(part) & _own(other)}
    assert shared == set()


def _own(part: type) -> set[str]:
    return {name for name in vars(part) if name.startswith("_") and not name.startswith("__")}
