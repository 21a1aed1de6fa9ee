"""The moderation desk, through its own pages: every button, in both directions, by everyone who may and may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests.factories import make_tool
from tests.pages import text_of
from tests.votes.desk import (
    CASES,
    FREEZES,
    HOLD,
    LOG,
    VOTES,
    WAVES,
    act,
    colleague,
    make_burst,
    make_limit_case,
    page_of,
)
from tests.votes.test_watch import make_wave
from tests.votes.voters import SKIP, account, browser, cast, counted, make_tags, states
from votes.models import Campaign, Case, Crowd, Moderation, Tally, VoteEvent
from votes.services import CannotModerateError, adopt_votes, find_mismatches, open_cases, reopen_case, void_case

pytestmark = pytest.mark.django_db


def tallies() -> list[tuple[Any, ...]]:
    return list(Tally.objects.order_by("pk").values_list())


class TestCase:
    def test_every_button_moves_the_votes_and_the_way_back_gives_the_same_rows(self, admin_client: Client) -> None:
        case, editor = make_burst(), User.objects.get(is_superuser=True)
        held = tallies()
        page = page_of(case)
        assert counted(case.tool) == (24, 16)
        told = text_of(act(admin_client, page, step="release", reason="A  conference\r\n named us"))
        assert "60 votes moved." in told
        assert f"{case.tool} now: accounts 60% of 100 votes (60 ship, 40 skip)." in told
        released = tallies()
        for _ in range(2):
            told = text_of(act(admin_client, page, step="void", reason="bought"))
            assert f"60 votes moved. {case.tool} now: accounts 60% of 40 votes (24 ship, 16 skip)." in told
            assert tallies() == held
            act(admin_client, page, step="hold_again", reason="not so sure")
            assert (tallies(), states(case.tool)) == (held, {"counted": 40, "quarantined": 60})
            act(admin_client, page, step="release", reason="not bought")
            assert tallies() == released
        assert find_mismatches() == []
        log = case.log.order_by("pk").values_list("action", "reason", "vote_count", "actor")
        assert list(log)[:3] == [
            ("held", "one network", 60, None),
            ("released", "A conference named us", 60, editor.pk),
            ("voided", "bought", 60, editor.pk),
        ]
        assert VoteEvent.objects.filter(actor_id=editor.pk, reason="voided: bought").count() == 120
        told = text_of(admin_client.get(page))
        assert "voided 60 bought" in told
        assert "the published rules" in told

    def test_the_page_shows_each_share_beside_its_threshold_and_the_numbers_to_come(self, admin_client: Client) -> None:
        told = text_of(admin_client.get(page_of(make_burst())))
        assert "Within 10 minutes, 60 votes of accounts came: 36 ship, 24 skip." in told
        assert "From one network 100.0% more than 30% yes" in told
        assert "Voters new to us 60.0% more than 85% no" in told
        assert "Of one choice 60.0% more than 95%, with less than 85% before no" in told
        line = (
            "60% of 40 votes (24 ship, 16 skip) 60% of 100 votes (60 ship, 40 skip) 60% of 40 votes (24 ship, 16 skip)"
        )
        assert f"Accounts {line}" in told
        assert "Quarantined 36 24 60" in told

    def test_what_was_not_asked_is_said(self, admin_client: Client) -> None:
        tool, end = make_tool(), timezone.now()
        Campaign.objects.create(tool=tool, mark="email 12", starts_at=end - timedelta(days=1), ends_at=end)
        make_wave(tool, votes=300, groups=1, new_share=0.0, minutes=355, until=end)
        told = text_of(admin_client.get(page_of(open_cases(end)[0])))
        assert "Within 6 hours, 300 votes of accounts" in told
        assert "The wave was announced: email 12." in told
        assert "not asked over hours" in told
        assert "not asked of an announced wave" in told
        passing = make_tool()
        make_wave(passing, votes=60, groups=1, crowd=Crowd.PASSING, until=end)
        told = text_of(admin_client.get(page_of(open_cases(end)[0])))
        assert "not asked: every browser is new with its first vote" in told

    def test_a_case_of_a_limit_names_the_limits(self, admin_client: Client) -> None:
        case = make_limit_case()
        told = text_of(admin_client.get(page_of(case)))
        assert "3 signed-out votes on a tool from one address" in told
        assert "Readers passing by 3 ship, 0 skip 5 ship, 0 skip 3 ship, 0 skip" in told
        assert "2 votes moved" in text_of(act(admin_client, page_of(case), step="release", reason="an office"))
        assert counted(case.tool, Crowd.PASSING) == (5, 0)

    def test_a_step_that_was_taken_already_is_explained_and_changes_nothing(self, admin_client: Client) -> None:
        case = make_burst()
        for _ in range(2):
            answer = act(admin_client, page_of(case), step="void", reason="bought twice")
        assert "is voided already" in text_of(answer)
        assert ">\nbought twice</textarea>" in answer.content.decode()
        assert case.log.count() == 2
        assert counted(case.tool) == (24, 16)

    def test_it_cannot_be_held_again_while_another_one_waits(self, admin_client: Client) -> None:
        case = make_limit_case()
        void_case(case, actor=None, reason="bought")
        Case.objects.create(tool=case.tool, crowd=case.crowd)
        answer = act(admin_client, page_of(case), step="hold_again", reason="unsure")
        assert "decide that one first" in text_of(answer)
        with pytest.raises(CannotModerateError):
            reopen_case(case, actor=None, reason="unsure")

    @pytest.mark.parametrize("reason", ["", "  \n", "x" * 201, "nul\x00"])
    def test_without_a_good_reason_nothing_happens_and_what_was_typed_stays(
        self, admin_client: Client, reason: str
    ) -> None:
        case = make_burst()
        answer = act(admin_client, page_of(case), step="release", reason=reason)
        assert "correct the error" in text_of(answer)
        assert reason.strip().replace("\x00", "\ufffd")[:150] in answer.content.decode().replace("\x00", "\ufffd")
        assert (case.log.count(), counted(case.tool)) == (1, (24, 16))

    def test_an_unknown_button_does_nothing(self, admin_client: Client) -> None:
        case = make_burst()
        answer = act(admin_client, page_of(case), step="delete", reason="kept words")
        assert "Choose one of the buttons." in text_of(answer)
        assert "kept words" in answer.content.decode()

    def test_a_case_that_is_not_there_is_said(self, admin_client: Client) -> None:
        for key in ("7", "nothing", "9" * 30):
            assert "Perhaps it was deleted?" in text_of(act(admin_client, f"{CASES}{key}/change/", step="void"))

    def test_a_vote_that_went_along_to_an_account_is_not_revived(self, admin_client: Client) -> None:
        tool, tags, mine = make_tool(), make_tags(), account()
        readers = [browser(tags=tags) for _ in range(5)]
        for reader in readers:
            cast(reader, tool)
        adopt_votes(secret=readers[-1].secret, account=mine)
        case = Case.objects.get(crowd=Crowd.PASSING)
        assert "1 of the void ones belong to accounts" in text_of(admin_client.get(page_of(case)))
        for step in ("void", "hold_again", "release"):
            assert "1 vote moved" in text_of(act(admin_client, page_of(case), step=step, reason="all"))
        assert counted(tool, Crowd.PASSING) == (4, 0)


class TestCaseList:
    def test_open_cases_come_first_with_what_is_in_them(self, admin_client: Client) -> None:
        burst, limit = make_burst(), make_limit_case()
        void_case(limit, actor=None, reason="bought")
        told = text_of(admin_client.get(CASES))
        assert f"{burst.tool} open 60 quarantined one network burst accounts" in told
        assert f"{limit.tool} voided 2 void more votes than the limits allow limit readers passing by" in told
        assert told.index("60 quarantined") < told.index("2 void")
        for query, found in (
            ("decision__exact=open", burst),
            ("crowd__exact=passing", limit),
            (f"q={limit.tool.slug}", limit),
        ):
            told = text_of(admin_client.get(f"{CASES}?{query}"))
            assert found.tool.name in told
            assert ({burst.tool.name, limit.tool.name} - {found.tool.name}).pop() not in told

    @pytest.mark.parametrize(
        "address", [CASES, VOTES, LOG, FREEZES, WAVES, f"{VOTES}?state=quarantined&crowd=account&reason=held"]
    )
    def test_takes_as_many_queries_for_three_as_for_one(self, admin_client: Client, address: str) -> None:
        counts = []
        for more in (1, 2):
            for _ in range(more):
                case = make_burst()
                act(admin_client, f"{FREEZES}add/", tool=case.tool_id, reason="press")
                now = timezone.now()
                Campaign.objects.create(tool=case.tool, mark="email", starts_at=now, ends_at=now + timedelta(hours=1))
            with CaptureQueriesContext(connection) as queries:
                assert admin_client.get(address).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 9

    def test_a_page_of_a_case_takes_as_many_queries_for_many_votes_as_for_few(self, admin_client: Client) -> None:
        counts = []
        for case in (make_limit_case(), make_burst()):
            for step in ("release", "void"):
                act(admin_client, page_of(case), step=step, reason="so")
            with CaptureQueriesContext(connection) as queries:
                admin_client.get(page_of(case))
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 9

    def test_several_cases_are_decided_with_one_reason(self, admin_client: Client) -> None:
        first, second, third = make_burst(), make_burst(), make_limit_case()
        chosen = [first.pk, third.pk]
        for action, decision in (("void", "voided"), ("release", "released"), ("hold_again", "open")):
            form = {"action": f"{action}_selected", "_selected_action": chosen}
            asked = admin_client.post(CASES, {**form, "index": 0})
            assert first.tool.name in text_of(asked)
            assert second.tool.name not in text_of(asked)
            refused = act(admin_client, CASES, **form, reason=" ")
            assert "Say why" in text_of(refused)
            told = text_of(act(admin_client, CASES, **form, reason="all alike"))
            assert "60 votes moved" in told
            assert "2 votes moved" in told
            assert list(Case.objects.filter(pk__in=chosen).values_list("decision", flat=True)) == [decision] * 2
            assert Case.objects.get(pk=second.pk).decision == "open"
        again = act(admin_client, CASES, **form, reason="kept words")
        assert "is open already" in text_of(again)
        assert "kept words" in again.content.decode()
        assert Moderation.objects.count() == 2 + 6
        form = {"action": "void_selected", "_selected_action": [10**9], "reason": "x"}
        assert "not in this list any more" in text_of(act(admin_client, CASES, **form))


class TestHold:
    FORM = {"crowd": "account", "since_0": "2026-01-01", "since_1": "00:00", "reason": "a shop sells votes"}  # noqa: RUF012

    def test_sets_aside_what_came_since_and_opens_a_case(self, admin_client: Client) -> None:
        tool = make_tool()
        cast(account(), tool)
        cast(browser(), tool, SKIP)
        assert f'<option value="{tool.pk}" selected' in admin_client.get(f"{HOLD}?tool={tool.slug}").content.decode()
        for _ in range(2):
            told = text_of(act(admin_client, HOLD, **self.FORM, tool=tool.pk))
        case = Case.objects.get()
        assert "1 of its votes wait." in told
        assert "A moderator held these votes: a shop sells votes." in told
        assert (counted(tool), counted(tool, Crowd.PASSING)) == ((0, 0), (0, 1))
        assert list(case.log.values_list("action", "actor__email")) == [("held", "admin@example.com")]
        assert cast(account(), tool).standing == "pending"
        act(admin_client, page_of(case), step="release", reason="no shop")
        assert counted(tool) == (2, 0)

    def test_what_was_measured_stays_when_a_burst_is_held_by_hand_too(self, admin_client: Client) -> None:
        case = make_burst()
        told = text_of(act(admin_client, HOLD, **self.FORM, tool=case.tool_id))
        assert "From one network 100.0%" in told
        assert counted(case.tool) == (0, 0)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("tool", "abc"),
            ("tool", "9" * 30),
            ("since_0", "2999-01-01"),
            ("since_0", "soon"),
            ("crowd", "x"),
            ("reason", ""),
        ],
    )
    def test_nonsense_is_explained_and_the_rest_stays(self, admin_client: Client, field: str, value: str) -> None:
        tool = make_tool()
        answer = act(admin_client, HOLD, **{**self.FORM, "tool": tool.pk, field: value})
        assert "Please correct" in text_of(answer)
        kept = "a shop sells votes" if field != "reason" else "2026-01-01"
        assert kept in answer.content.decode()
        assert not Case.objects.exists()

    def test_stands_on_the_page_of_a_tool_for_whoever_may(self, admin_client: Client) -> None:
        tool = make_tool()
        page = admin_client.get(f"/admin/tools/tool/{tool.pk}/change/").content.decode()
        assert all(address in page for address in (f"{HOLD}?tool={tool.slug}", f"{FREEZES}add/?tool={tool.pk}"))
        client = colleague("view_case")
        user = User.objects.get(email__startswith="mate")
        user.user_permissions.add(Permission.objects.get(codename="view_tool"))
        assert HOLD not in client.get(f"/admin/tools/tool/{tool.pk}/change/").content.decode()
        for nonsense in ("nothing", "%00", "abc'"):
            assert admin_client.get(f"{HOLD}?tool={nonsense}").status_code == 200
