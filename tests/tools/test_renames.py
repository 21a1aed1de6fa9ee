"""A tool that was renamed: its old addresses lead on, and nobody else can take them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from tests.factories import make_category, make_comparison, make_criterion, make_panel, make_reviewer, make_tool
from tools.models import FormerSlug, Tool
from votes.models import Tally

pytestmark = pytest.mark.django_db


def rename(tool: Tool, slug: str) -> None:
    tool.slug = slug
    tool.save()


@pytest.fixture
def moved() -> Tool:
    tool = make_tool(name="Bark", slug="bark")
    make_panel(tool, "ship skip ship")
    rename(tool, "barque")
    rename(tool, "brig")
    return tool


def lands(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 301, path
    return str(response["Location"])


class TestOldAddressesLeadOn:
    def test_the_page_with_whatever_was_asked_of_it(self, client: Client, moved: Tool) -> None:
        for old in ("bark", "barque"):
            assert lands(client, f"/tools/{old}/") == "/tools/brig/"
        assert lands(client, "/tools/bark/?the-skeptic=2") == "/tools/brig/?the-skeptic=2"
        assert lands(client, "/og/tools/barque.png?v=1") == "/og/tools/brig.png?v=1"
        assert lands(client, "/badge/bark.svg") == "/badge/brig.svg"
        assert lands(client, "/embed/bark/") == "/embed/brig/"
        assert client.get("/badge/bark.svg")["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert client.get("/tools/brig/").status_code == 200
        assert client.get("/tools/schooner/").status_code == 404

    def test_every_comparison_in_the_order_of_today(self, client: Client, moved: Tool) -> None:
        anchor, cutter = make_tool(slug="anchor"), make_tool(slug="cutter")
        make_comparison(anchor, moved)
        assert lands(client, "/compare/anchor-vs-bark/") == "/compare/anchor-vs-brig/"
        assert lands(client, "/compare/barque-vs-cutter/?the-skeptic=2") == "/compare/brig-vs-cutter/?the-skeptic=2"
        assert lands(client, "/compare/anchor-vs-bark-vs-cutter/") == "/compare/anchor-vs-brig-vs-cutter/"
        assert lands(client, "/og/compare/anchor-vs-bark.png") == "/og/compare/anchor-vs-brig.png"
        rename(cutter, "aardvark")
        assert lands(client, "/compare/barque-vs-cutter/") == "/compare/aardvark-vs-brig/"
        assert client.get("/compare/bark-vs-barque/").status_code == 404  # one tool under two of its names
        assert client.get("/compare/bark-vs-schooner/").status_code == 404

    def test_a_vote_from_a_page_that_a_cache_has_kept(self, client: Client, moved: Tool) -> None:
        sent: dict[str, Any] = {"data": {"choice": "ship"}, "headers": {"sec-fetch-site": "same-origin"}}
        response = client.post("/votes/bark/", **sent)
        assert (response.status_code, response["Location"]) == (308, "/votes/brig/")
        assert client.post("/votes/bark/", follow=True, **sent).status_code == 200
        assert Tally.objects.filter(tool=moved).exists()

    def test_a_withdrawn_tool_says_so_at_every_address(self, client: Client, moved: Tool) -> None:
        moved.status = Tool.Status.WITHDRAWN
        moved.save()
        assert client.get("/tools/bark/").status_code == client.get("/tools/brig/").status_code == 410


class TestAddressesAreOnesOwn:
    def test_a_tool_may_take_its_own_old_address_back(self, client: Client, moved: Tool) -> None:
        rename(moved, "bark")
        assert client.get("/tools/bark/").status_code == 200
        assert lands(client, "/tools/brig/") == "/tools/bark/"
        assert set(FormerSlug.objects.values_list("slug", flat=True)) == {"barque", "brig"}

    def test_nobody_else_may(self, moved: Tool) -> None:
        with pytest.raises(IntegrityError, match="was that of another tool"), transaction.atomic():
            make_tool(slug="bark")
        other = make_tool(slug="cutter")
        with pytest.raises(IntegrityError, match="was that of another tool"), transaction.atomic():
            rename(other, "barque")
        with pytest.raises(IntegrityError, match="is that of a tool today"), transaction.atomic():
            FormerSlug.objects.create(slug="cutter", tool=moved)

    def test_a_draft_leaves_nothing_behind(self) -> None:
        draft = make_tool(slug="bark", status=Tool.Status.DRAFT, published_at=None)
        rename(draft, "barque")
        assert not FormerSlug.objects.exists()
        scheduled = make_tool(slug="ketch", published_at=timezone.now() + timedelta(days=1))
        rename(scheduled, "yawl")
        assert FormerSlug.objects.filter(slug="ketch", tool=scheduled).exists()

    @pytest.mark.django_db(transaction=True)
    def test_two_at_once_cannot_both_have_it(self) -> None:
        """One leaves an address while another takes it: whoever comes second is refused."""
        tool = make_tool(slug="bark")
        category, problems, begun = tool.category, [], threading.Event()

        def take() -> None:
            begun.set()
            try:
                make_tool(slug="bark", category=category)
            except IntegrityError as problem:
                problems.append(str(problem))
            finally:
                connection.close()

        taker = threading.Thread(target=take)
        with transaction.atomic():
            rename(tool, "barque")
            taker.start()
            begun.wait()
            taker.join(0.5)
            assert taker.is_alive()  # it waits for the one that is leaving
        taker.join()
        assert len(problems) == 1
        assert "was that of another tool" in problems[0]
        assert Tool.objects.count() == 1


class TestAtTheDesk:
    @staticmethod
    def form(tool: Tool, slug: str) -> dict[str, Any]:
        typed = {name: getattr(tool, name) for name in ("name", "maker", "tagline", "website", "description")}
        counts = {f"{name}-{count}_FORMS": 0 for name in ("plans", "facts") for count in ("TOTAL", "INITIAL")}
        return {**typed, "slug": slug, "category": tool.category_id, **counts}

    def test_an_editor_renames_a_tool(self, admin_client: Client, client: Client) -> None:
        tool = make_tool(slug="bark")
        page = admin_client.get(f"/admin/tools/tool/{tool.pk}/change/").content.decode()
        assert "its old address leads here for good" in page
        assert admin_client.post(f"/admin/tools/tool/{tool.pk}/change/", self.form(tool, "barque")).status_code == 302
        assert lands(client, "/tools/bark/") == "/tools/barque/"

    def test_an_address_that_another_has_left_is_refused_in_words(self, admin_client: Client, moved: Tool) -> None:
        other = make_tool(name="Cutter", slug="cutter")
        words = "This was the address of Bark, and still leads there. Choose another."
        assert (
            words
            in admin_client.post(f"/admin/tools/tool/{other.pk}/change/", self.form(other, "barque")).content.decode()
        )
        new = self.form(other, "bark") | {"name": "Bark again"}
        assert words in admin_client.post("/admin/tools/tool/add/", new).content.decode()
        assert Tool.objects.count() == 2

    @pytest.mark.parametrize(
        ("path", "make"),
        [("tools/category", make_category), ("tools/criterion", make_criterion), ("reviews/reviewer", make_reviewer)],
    )
    def test_other_addresses_are_for_good(self, admin_client: Client, path: str, make: Callable[[], Any]) -> None:
        page = admin_client.get(f"/admin/{path}/{make().pk}/change/").content.decode()
        assert 'name="name"' in page
        assert 'name="slug"' not in page
