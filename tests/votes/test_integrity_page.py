"""The public integrity page and its exports."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_tool
from tests.pages import html_of, text_of
from tests.votes.voters import SKIP, account, browser, cast, make_tags
from votes import rules
from votes.models import Case, Export, Moderation
from votes.services import close_day, freeze_votes, void_case

PAGE = "/methodology/votes/"


def make_record(votes: int = 3) -> Export:
    tool, tags = make_tool(name=f"Lathe {votes}"), make_tags()
    for _ in range(votes):
        cast(account(), tool)
        cast(browser(tags=tags), tool, SKIP)
    export = close_day(timezone.now() + timedelta(days=votes))
    assert export
    return export


@pytest.mark.django_db
class TestIntegrityPage:
    def test_prints_every_figure_of_the_rules(self, client: Client) -> None:
        said = text_of(client.get(PAGE))
        for figure in rules.limits():
            assert f" {figure} " in said
        for words in (
            f"More than {rules.BURST.least} votes",
            f"more than {rules.BASELINE_FACTOR} times what is usual",
            "more than 30% come from one network",
            "more than 85% come from accounts that never voted before",
            "more than 95% make one choice that so far had less than 85%",
            "gaps vary by less than 30% of their average",
            f"for more than {rules.SLOW_WAVE.least} votes",
        ):
            assert words in said

    def test_the_age_of_accounts_is_the_settings(self, client: Client, settings: object) -> None:
        settings.VOTE_ACCOUNT_AGE_HOURS = 72  # type: ignore[attr-defined]
        said = text_of(client.get(PAGE))
        assert "proven and that are 72 hours old" in said
        assert "Accounts younger than 72 hours, or with an unproven address" in said

    def test_is_honest_before_the_first_day_is_closed(self, client: Client) -> None:
        said = text_of(client.get(PAGE))
        assert all(words in said for words in ("No day closed yet", "Nothing set aside", "No file yet"))

    def test_shows_days_log_and_exports(self, client: Client) -> None:
        make_record(5)
        export = make_record(6)
        void_case(Case.objects.earliest("pk"), actor=None, reason="bought in a shop")
        freeze_votes(tool=make_tool(), actor=None, reason="a story in the press")
        page = client.get(PAGE)
        said = text_of(page)
        assert "2 votes: bought in a shop By the rules above." in said
        assert "Voting paused" in said
        assert "22 votes cast: 11 counted, accounts, 6 counted apart, passing by, 5 waiting for review" in html_of(page)
        assert export.sha256 in said

    def test_an_entry_on_a_tool_that_is_not_public_stays_and_names_nothing(self, client: Client) -> None:
        hidden, gone = make_tool(name="Hidden", status="draft", published_at=None), make_tool(name="Gone")
        for tool in (hidden, gone):
            Moderation.objects.create(tool=tool, action="held", reason="odd", vote_count=1)
        gone.delete()
        said = text_of(client.get(PAGE))
        assert said.count("Held, a tool that is not listed now, 1 vote: odd") == 2
        assert "Hidden" not in said

    def test_takes_the_same_queries_whatever_there_is_to_show(
        self, client: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for votes in (2, 4, 5):
            make_record(votes)
            Moderation.objects.create(tool=make_tool(), action="held", reason="odd")
            with django_assert_num_queries(2):
                client.get(PAGE)

    def test_is_the_same_for_everyone(self, client: Client) -> None:
        make_record()
        page = client.get(PAGE)
        assert (page.cookies, page["Vary"]) == ({}, "Accept-Encoding")


@pytest.mark.django_db
class TestExportFile:
    def test_is_what_the_page_says_and_never_changes(self, client: Client) -> None:
        export = make_record()
        file = client.get(f"{PAGE}{export.day}.zip")
        assert hashlib.sha256(file.content).hexdigest() == export.sha256
        assert (file["Content-Type"], file["ETag"], file.cookies) == ("application/zip", f'"{export.sha256}"', {})

    @pytest.mark.parametrize("name", ["2026-02-30", "0000-00-00", "1999-01-01", "x", "2026-1-1"])
    def test_a_day_without_one_is_unknown(self, client: Client, name: str) -> None:
        assert client.get(f"{PAGE}{name}.zip").status_code == 404
