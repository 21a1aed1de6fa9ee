"""Two tools become one: what goes along, what stays, where every address leads, and what the books say."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.roles import EDITOR, PUBLISHER
from comparisons.merging import CannotMergeError, look_ahead, merge_tools
from comparisons.models import Comparison, Merge, Receipt, ReviewerMonth
from comparisons.standings import find_mismatches
from editorial.services import CannotPublishError, publish
from reviews.models import Review
from tests.editorial.people import person
from tests.factories import (
    make_comparison,
    make_criterion,
    make_fact,
    make_panel,
    make_plan,
    make_review,
    make_reviewer,
    make_tool,
    make_wanted,
)
from tests.pages import text_of
from tests.passing_time import pass_time
from tools.models import Tool

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
WHY = "Its maker says that both are one product."


def lands(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 301, path
    return str(response["Location"])


def merge(gone: Tool, kept: Tool, **how: Any) -> Merge:
    return merge_tools(gone, kept, **{"by": None, "reason": WHY, **how})


@pytest.fixture
def lathe() -> Tool:
    return make_tool(name="Lathe", slug="lathe", published_at=timezone.now())


@pytest.fixture
def double(lathe: Tool) -> Tool:
    """The same tool, entered twice; it was renamed once."""
    double = make_tool(name="Lathe AI", slug="ai-lathe", published_at=timezone.now())
    double.slug = "lathe-ai"
    double.save()
    return double


class TestEveryAddressLeadsOn:
    def test_of_the_tool(self, client: Client, lathe: Tool, double: Tool) -> None:
        make_panel(double, "ssk")
        merge(double, lathe)
        for old in ("lathe-ai", "ai-lathe"):
            assert lands(client, f"/tools/{old}/") == "/tools/lathe/"
            assert lands(client, f"/badge/{old}.svg") == "/badge/lathe.svg"
            assert lands(client, f"/embed/{old}/") == "/embed/lathe/"
            assert lands(client, f"/og/tools/{old}.png") == "/og/tools/lathe.png"
            assert lands(client, f"/api/v1/tools/{old}/").endswith("/api/v1/tools/lathe/")
        sent: dict[str, Any] = {"data": {"choice": "ship"}, "headers": {"sec-fetch-site": "same-origin"}}
        assert client.post("/votes/lathe-ai/", **sent)["Location"] == "/votes/lathe/"
        assert client.get("/tools/lathe/").status_code == 200

    def test_of_every_comparison_in_any_order(self, client: Client, lathe: Tool, double: Tool) -> None:
        for slug in ("anvil", "plane", "vice"):
            make_tool(slug=slug)
        merge(double, lathe)
        for old in ("lathe-ai", "ai-lathe"):
            assert lands(client, f"/compare/anvil-vs-{old}/") == "/compare/anvil-vs-lathe/"
            assert lands(client, f"/compare/{old}-vs-anvil/") == "/compare/anvil-vs-lathe/"
            assert lands(client, f"/compare/{old}-vs-vice-vs-anvil/") == "/compare/anvil-vs-lathe-vs-vice/"
            assert lands(client, f"/compare/{old}-vs-lathe-vs-anvil/") == "/compare/anvil-vs-lathe/"
            four = f"/compare/plane-vs-{old}-vs-vice-vs-anvil/"
            assert lands(client, four) == "/compare/anvil-vs-lathe-vs-plane-vs-vice/"
            assert lands(client, f"/og/compare/anvil-vs-{old}.png") == "/og/compare/anvil-vs-lathe.png"
            assert lands(client, f"/compare/lathe-vs-{old}/") == "/tools/lathe/"
            assert lands(client, f"/compare/{old}-vs-lathe/") == "/tools/lathe/"
        assert client.get("/compare/anvil-vs-lathe/").status_code == 200

    def test_after_a_rename_and_after_the_next_merge(self, client: Client, lathe: Tool, double: Tool) -> None:
        merge(double, lathe)
        lathe.refresh_from_db()
        lathe.slug = "turner"
        lathe.save()
        assert lands(client, "/tools/ai-lathe/") == lands(client, "/tools/lathe-ai/") == "/tools/turner/"
        last = make_tool(name="Turnery", slug="turnery")
        merge(lathe, last)
        for old in ("ai-lathe", "lathe-ai", "lathe", "turner"):
            assert lands(client, f"/tools/{old}/") == "/tools/turnery/", old
        double.refresh_from_db()
        assert double.merged_into == last  # no chains

    def test_a_later_withdrawal_says_so_at_all_of_them(self, client: Client, lathe: Tool, double: Tool) -> None:
        merge(double, lathe)
        Tool.objects.filter(pk=lathe.pk).update(status="withdrawn")
        assert client.get("/tools/lathe-ai/").status_code == client.get("/tools/lathe/").status_code == 410

    def test_a_draft_nobody_has_seen_leaves_no_trace(self, client: Client, lathe: Tool) -> None:
        secret = make_tool(name="Secret", slug="secret", status="draft", published_at=None)
        make_plan(secret, name="Pro")
        merge(secret, lathe)
        assert client.get("/tools/secret/").status_code == 404
        assert lathe.plans.get().name == "Pro"
        assert "Secret" not in client.get("/tools/lathe/").content.decode()
        assert "Secret" not in client.get("/receipts/").content.decode()
        secret.refresh_from_db()
        assert (secret.status, secret.merged_into) == ("draft", lathe)


class TestWhatGoesAlong:
    def test_prices_and_facts_the_newest_of_each(self, client: Client, lathe: Tool, double: Tool) -> None:
        old, new = date(2026, 11, 2), date(2026, 11, 20)
        context, licence = make_criterion(name="Context", kind="number"), make_criterion(name="Offline")
        make_plan(lathe, name="Pro", amount=Decimal(20), checked_on=old)
        make_plan(double, name="Pro", amount=Decimal(25), checked_on=new)
        make_plan(double, name="Team")
        make_fact(lathe, context, value="1000", checked_on=new)
        make_fact(double, context, value="2000", checked_on=old)
        make_fact(double, licence, value="Yes")
        ahead = look_ahead(double, lathe, by=None)
        assert (ahead.plan_count, ahead.fact_count) == (1, 1)
        assert [clash.is_theirs_newer for clash in ahead.differing] == [True, False]
        merge(double, lathe)
        prices = {plan.name: (plan.amount, plan.checked_on) for plan in lathe.plans.all()}
        assert prices["Pro"] == (Decimal(25), new)
        assert set(prices) == {"Pro", "Team"}
        assert {fact.criterion.name: fact.value for fact in lathe.facts.all()} == {"Context": "1000", "Offline": "Yes"}
        assert (double.plans.get().amount, double.facts.get().value) == (Decimal(25), "2000")  # kept, out of sight
        changed = Receipt.objects.get(kind="price", act="changed", tool=lathe)
        assert (changed.before or {})["amount"] == 20
        assert ((changed.after or {})["amount"], changed.reason) == (25, WHY)
        assert "$25/mo" in text_of(client.get("/tools/lathe/"))

    def test_an_editor_may_choose_otherwise(self, lathe: Tool, double: Tool) -> None:
        mine = make_plan(lathe, name="Pro", amount=Decimal(20), checked_on=date(2026, 11, 2))
        make_plan(double, name="Pro", amount=Decimal(25), checked_on=date(2026, 11, 20))
        merge(double, lathe, theirs=set())
        mine.refresh_from_db()
        assert mine.amount == Decimal(20)

    def test_reviews_one_of_each_reviewer(self, client: Client, lathe: Tool, double: Tool) -> None:
        both, only = make_reviewer(name="Both"), make_reviewer(name="Only")
        stays = make_review(lathe, both, "ship")
        left = make_review(double, both, "skip", headline="Left behind.")
        comes = make_review(double, only, "skip", published_at=timezone.now())
        draft = make_review(double, make_reviewer(), "ship", status="draft", published_at=None)
        pass_time(3 * DAY)
        comes.refresh_from_db()
        said = comes.published_at
        merge(double, lathe)
        assert set(Review.objects.filter(tool=lathe)) == {stays, comes, draft}
        left.refresh_from_db()
        comes.refresh_from_db()
        assert (left.tool, left.status, left.headline) == (double, "withdrawn", "Left behind.")
        assert comes.published_at == said  # its own date
        words = text_of(client.get("/tools/lathe/"))
        assert "1 of 2" in words
        assert "Left behind." not in words
        assert sum(ReviewerMonth.objects.values_list("reversals", flat=True)) == 0  # nobody changed their mind
        assert find_mismatches() == []

    def test_advice_on_pairs_whose_words_follow_their_tools(self, client: Client, lathe: Tool, double: Tool) -> None:
        anvil, mill, vice = (make_tool(name=slug.title(), slug=slug) for slug in ("anvil", "lathe-a", "vice"))
        turned = make_comparison(mill, double, choose_first_if="you mill", choose_second_if="you turn")
        moved = make_comparison(double, vice, choose_first_if="you turn", choose_second_if="you hold")
        kept = make_comparison(anvil, lathe, summary="Kept.")
        left = make_comparison(anvil, double, summary="Left behind.")
        itself = make_comparison(lathe, double, summary="Of themselves.")
        assert look_ahead(double, lathe, by=None).pairs_left == [left, itself]
        merge(double, lathe)
        turned.refresh_from_db()
        moved.refresh_from_db()
        assert (turned.first_tool, turned.second_tool) == (lathe, mill)  # lathe before lathe-a
        assert (turned.choose_first_if, turned.choose_second_if) == ("you turn", "you mill")
        assert (moved.choose_first_if, moved.choose_second_if) == ("you turn", "you hold")
        stands = dict(Comparison.objects.values_list("pk", "status"))
        assert (stands[kept.pk], stands[left.pk], stands[itself.pk]) == ("published", "withdrawn", "withdrawn")
        words = text_of(client.get("/compare/lathe-vs-lathe-a/"))
        assert "you turn" in words

    def test_who_asked_for_the_one_asked_for_the_other(self, lathe: Tool, double: Tool) -> None:
        wanted = make_wanted("Lathe AI Pro", by=2)
        wanted.tool = double
        wanted.save()
        merge(double, lathe)
        wanted.refresh_from_db()
        assert (wanted.tool, wanted.asks.count()) == (lathe, 2)


class TestTheBooks:
    def test_both_get_a_receipt_that_names_the_other_and_the_reason(
        self, client: Client, lathe: Tool, double: Tool
    ) -> None:
        merge(double, lathe)
        gone = Receipt.objects.get(kind="tool", act="withdrawn", tool=double)
        took = Receipt.objects.get(kind="tool", act="changed", tool=lathe)
        for receipt, words in ((gone, "Merged into Lathe."), (took, "Took in Lathe AI.")):
            assert receipt.reason == WHY
            page = text_of(client.get(receipt.get_absolute_url()))
            assert words in page
            assert WHY in page
        assert 'href="/tools/lathe/"' in client.get(gone.get_absolute_url()).content.decode()
        assert "Took in Lathe AI." in text_of(client.get("/tools/lathe/"))
        listed = text_of(client.get("/receipts/?tool=lathe-ai"))
        assert "Merged into Lathe." in listed
        assert "Took in Lathe AI." in client.get("/feeds/receipts.atom").content.decode()
        Tool.objects.filter(pk=lathe.pk).update(status="withdrawn")
        assert "Taken off the list." in text_of(client.get("/receipts/?tool=lathe"))  # its next receipt tells its own
        assert "Took in" not in text_of(client.get(Receipt.objects.latest("pk").get_absolute_url()))

    def test_old_receipts_and_old_pages_stay_readable(self, client: Client, lathe: Tool, double: Tool) -> None:
        make_panel(double, "ssk")
        make_comparison(lathe, double, summary="Both turn.")
        pass_time(10 * DAY)
        early = (timezone.now() - 5 * DAY).date().isoformat()
        merge(double, lathe)
        page = client.get("/tools/lathe-ai/", {"as_of": early})
        assert page.status_code == 200
        assert "2 of 3" in text_of(page)
        assert client.get("/compare/lathe-vs-lathe-ai/", {"as_of": early}).status_code == 200
        assert client.get("/api/v1/tools/lathe-ai/", {"as_of": early}).json()["name"] == "Lathe AI"
        today = timezone.now().date().isoformat()
        assert lands(client, f"/tools/lathe-ai/?as_of={today}") == f"/tools/lathe/?as_of={today}"
        for receipt in Receipt.objects.in_effect().filter(tool=double):
            assert client.get(receipt.get_absolute_url()).status_code == 200

    def test_the_record_says_who_and_how_much(self, lathe: Tool, double: Tool) -> None:
        make_panel(double, "ss")
        by = person(PUBLISHER)
        made = merge(double, lathe, by=by)
        assert (made.by, made.reason, made.counts["reviews"]) == (by, WHY, 2)
        double.refresh_from_db()
        assert (double.status, double.changed_by) == ("withdrawn", by)


class TestWhatForbidsIt:
    def refused(self, gone: Tool, kept: Tool, **how: Any) -> str:
        with pytest.raises(CannotMergeError) as caught:
            merge(gone, kept, **how)
        assert not Merge.objects.exists()
        return str(caught.value)

    def test_readers_must_find_what_it_goes_into(self, lathe: Tool) -> None:
        draft = make_tool(name="Draft", status="draft", published_at=None)
        later = make_tool(name="Later", status="scheduled", published_at=timezone.now() + DAY)
        for kept in (draft, later):
            assert f"Readers know Lathe, and do not see {kept} now." in self.refused(lathe, kept)
        merge(make_tool(status="draft", published_at=None), draft)

    def test_a_reason_a_right_and_two_tools(self, lathe: Tool, double: Tool) -> None:
        assert "Give the reason" in self.refused(double, lathe, reason=" ")
        assert self.refused(lathe, lathe) == "Choose two different tools."
        with pytest.raises(PermissionDenied):
            merge(double, lathe, by=person(EDITOR))

    def test_four_eyes(self, settings: LazySettings, lathe: Tool, double: Tool) -> None:
        settings.FOUR_EYES = True
        by = person(PUBLISHER)
        Tool.objects.filter(pk=double.pk).update(changed_by=by)
        double.refresh_from_db()
        words = "You made the last change to Lathe AI. Somebody else has to merge it."
        assert self.refused(double, lathe, by=by) == words
        merge(double, lathe, by=person("superuser"))

    def test_a_draft_in_the_place_of_a_verdict(self, lathe: Tool, double: Tool) -> None:
        reviewer = make_reviewer(name="The Skeptic")
        make_review(lathe, reviewer, status="draft", published_at=None)
        make_review(double, reviewer)
        assert "The Skeptic has a draft on Lathe" in self.refused(double, lathe)

    def test_once_is_for_good(self, lathe: Tool, double: Tool) -> None:
        merge(double, lathe)
        double.refresh_from_db()
        other = make_tool(name="Other")
        for gone, kept in ((double, other), (other, double)):
            with pytest.raises(CannotMergeError, match="Lathe AI was merged into Lathe already"):
                merge(gone, kept)
        with pytest.raises(CannotPublishError, match="that is for good"):
            publish(double)

    def test_all_or_nothing(self, client: Client, lathe: Tool, double: Tool) -> None:
        make_panel(double, "ssk")
        receipts = Receipt.objects.count()
        with transaction.atomic():
            merge(double, lathe)
            transaction.set_rollback(True)
        assert client.get("/tools/lathe-ai/").status_code == 200
        assert (Receipt.objects.count(), double.reviews.count(), Merge.objects.count()) == (receipts, 3, 0)


@pytest.mark.django_db(transaction=True)
def test_two_who_merge_the_same_at_once() -> None:
    """One does it, and the other is told; crosswise they do not wait for each other for ever."""
    one, two = make_tool(name="One"), make_tool(name="Two")
    said: list[str] = []

    def go(gone: Tool, kept: Tool) -> None:
        try:
            merge(gone, kept)
            said.append("done")
        except CannotMergeError as problem:
            said.append(str(problem))
        finally:
            connection.close()

    both = [threading.Thread(target=go, args=pair) for pair in ((one, two), (two, one))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert "done" in said
    assert any("already" in words for words in said)
    assert Merge.objects.count() == 1
