"""The desk beside the cases: single votes, pauses, waves, the log, and who may do what on any of its pages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
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
from tests.votes.voters import SHIP, SKIP, account, browser, cast, counted, make_reader, states
from tools.models import Tool
from votes.models import Campaign, Case, Crowd, Freeze, Moderation, Tally, Vote
from votes.services import VotingPausedError, find_mismatches, freeze_votes, release_case

pytestmark = pytest.mark.django_db

PAGES = (CASES, HOLD, VOTES, FREEZES, f"{FREEZES}add/", LOG, WAVES, f"{WAVES}add/")


def keys_of(tool: Tool, **wanted: Any) -> list[str]:
    voters = Vote.objects.filter(tool=tool, **wanted).values_list("voter_id", flat=True)
    return [f"{tool.pk}-{voter}" for voter in voters]


class TestSingleVotes:
    def test_are_found_by_tool_state_crowd_reason_date_and_case(self, admin_client: Client) -> None:
        case, other = make_burst(), make_tool(name="Lathe")
        cast(account(), other)
        today = timezone.now().date()
        for query, found in (
            ("", 101),
            (f"tool={case.tool.slug}", 100),
            ("tool=lath", 0),
            ("tool=LATHE", 1),
            ("state=quarantined", 60),
            ("crowd=passing", 0),
            ("reason=one+NETWORK", 60),
            (f"case={case.pk}", 60),
            (f"since={today - timedelta(days=1)}&until={today}", 61),
            ("until=2026-01-01", 0),
            ("since=0001-01-01&until=9999-12-31", 101),
        ):
            told = text_of(admin_client.get(f"{VOTES}?{query}"))
            assert (f", {found} vote" if found else "No vote is like that") in told, query
        assert "Page 2 of 2" in text_of(admin_client.get(f"{VOTES}?page=2"))

    @pytest.mark.parametrize("query", ["state=lost", "since=soon", "case=-1", f"case={'9' * 30}", "tool=%00", "page=x"])
    def test_nonsense_finds_nothing_and_breaks_nothing(self, admin_client: Client, query: str) -> None:
        assert admin_client.get(f"{VOTES}?{query}").status_code == 200

    def test_chosen_votes_are_voided_and_counted_again_with_the_same_rows(self, admin_client: Client) -> None:
        tool, other = make_tool(), make_tool()
        for choice in (SHIP, SHIP, SKIP):
            cast(account(), tool, choice)
        cast(browser(), other, SKIP)
        before = list(Tally.objects.order_by("pk").values_list())
        chosen = [*keys_of(tool, choice=SHIP), *keys_of(other)]
        for _ in range(2):
            answer = act(admin_client, VOTES, vote=chosen, step="void", reason="sold")
            assert (counted(tool), counted(other, Crowd.PASSING)) == ((0, 1), (0, 0))
        assert "No vote moved." in text_of(answer)
        told = text_of(act(admin_client, f"{VOTES}?state=void", vote=chosen, step="release", reason="not sold"))
        assert f"2 votes moved. {tool} now: accounts Too early: 3 of 10 votes needed (2 ship, 1 skip)." in told
        assert "No vote is like that" in told
        assert list(Tally.objects.order_by("pk").values_list()) == before
        log = Moderation.objects.order_by("pk").values_list("tool", "action", "vote_count", "reason", "actor__email")
        assert sorted(log) == sorted(
            (piece.pk, action, count, reason, "admin@example.com")
            for piece, count in ((tool, 2), (other, 1))
            for action, reason in (("voided", "sold"), ("released", "not sold"))
        )
        assert find_mismatches() == []

    def test_a_vote_that_was_judged_by_itself_is_not_moved_with_its_case(self, admin_client: Client) -> None:
        case = make_burst()
        chosen = keys_of(case.tool, case=case)[:10]
        act(admin_client, VOTES, vote=chosen, step="void", reason="these were sold")
        assert release_case(case, actor=None, reason="the others were not") == 50
        assert states(case.tool) == {"counted": 90, "void": 10}

    def test_a_vote_that_is_held_waits_in_a_case_while_new_ones_count(self, admin_client: Client) -> None:
        tool = make_tool()
        for _ in range(3):
            cast(account(), tool)
        act(admin_client, VOTES, vote=keys_of(tool)[:2], step="hold", reason="odd ones")
        case = Case.objects.get()
        assert (case.tool, case.crowd, case.is_burst, case.votes.count()) == (tool, "account", False, 2)
        assert cast(account(), tool).standing == "inked"
        assert "A moderator held these votes: odd ones." in text_of(admin_client.get(page_of(case)))
        assert "2 votes moved" in text_of(act(admin_client, page_of(case), step="release", reason="fine"))
        assert counted(tool) == (4, 0)

    def test_without_a_reason_the_choice_stays(self, admin_client: Client) -> None:
        tool = make_tool()
        cast(account(), tool)
        (key,) = keys_of(tool)
        answer = act(admin_client, VOTES, vote=[key], step="void", reason=" ")
        assert "Say why" in text_of(answer)
        assert re.search(rf'value="{key}"[^>]* checked', answer.content.decode())
        for form in (
            {"vote": [], "step": "void"},
            {"vote": [key], "step": "x"},
            {"vote": ["1-x"], "step": "void"},
        ):
            answer = act(admin_client, VOTES, **form, reason="kept words")
            assert "Choose votes" in text_of(answer)
            assert "kept words" in answer.content.decode()
        assert (counted(tool), Moderation.objects.count()) == ((1, 0), 0)


class TestPauses:
    def test_voting_is_paused_and_resumed_with_reasons(self, admin_client: Client) -> None:
        tool, reader = make_tool(), account()
        cast(reader, tool)
        told = text_of(act(admin_client, f"{FREEZES}add/", tool=tool.pk, reason="a story in the press"))
        assert "was added successfully" in told
        again = act(admin_client, f"{FREEZES}add/", tool=tool.pk, reason="kept words")
        assert "is paused already" in text_of(again)
        assert "kept words" in again.content.decode()
        with pytest.raises(VotingPausedError):
            cast(reader, tool, SKIP)
        freeze = Freeze.objects.get()
        assert "Say why" in text_of(act(admin_client, page_of(freeze), step="resume", reason=""))
        told = text_of(act(admin_client, page_of(freeze), step="resume", reason="over"))
        assert f"Readers can vote on {tool} again." in told
        assert 'value="resume"' not in admin_client.get(page_of(freeze)).content.decode()
        assert "again already" in text_of(act(admin_client, page_of(freeze), step="resume", reason="over"))
        cast(reader, tool, SKIP)
        assert counted(tool) == (0, 1)
        log = Moderation.objects.order_by("pk").values_list("action", "reason", "actor__email")
        assert list(log) == [
            ("frozen", "a story in the press", "admin@example.com"),
            ("unfrozen", "over", "admin@example.com"),
        ]

    def test_those_in_force_come_first_and_several_are_lifted_at_once(self, admin_client: Client) -> None:
        tools = [make_tool() for _ in range(3)]
        freezes = [freeze_votes(tool=tool, actor=None, reason="press") for tool in tools]
        form = {"action": "resume_selected", "_selected_action": [freeze.pk for freeze in freezes[1:]]}
        assert tools[1].name in text_of(admin_client.post(FREEZES, {**form, "index": 0}))
        act(admin_client, FREEZES, **form, reason="over")
        told = text_of(admin_client.get(FREEZES))
        assert told.index(tools[0].name) < told.index(tools[2].name)
        assert list(Freeze.objects.filter(lifted_at=None)) == freezes[:1]

    @pytest.mark.parametrize("form", [{"tool": "abc"}, {"tool": ""}, {"reason": " "}])
    def test_nonsense_is_explained(self, admin_client: Client, form: dict[str, str]) -> None:
        answer = act(admin_client, f"{FREEZES}add/", **{"tool": make_tool().pk, "reason": "press", **form})
        assert "Please correct" in text_of(answer)
        assert not Freeze.objects.exists()

    def test_nothing_is_deleted_or_typed_over(self, admin_client: Client) -> None:
        freeze = freeze_votes(tool=make_tool(), actor=None, reason="press")
        case = make_limit_case()
        for address in (page_of(freeze), page_of(case)):
            assert admin_client.get(address.replace("change", "delete")).status_code == 403
        assert admin_client.get(f"{CASES}add/").status_code == 403
        act(admin_client, page_of(freeze), reason="another", tool=case.tool_id, _save="Save")
        assert Freeze.objects.get().reason == "press"


class TestWavesAndLog:
    def test_a_wave_is_announced_and_must_end_after_it_begins(self, admin_client: Client) -> None:
        form = {
            **{"tool": make_tool().pk, "mark": "weekly email 12", "starts_at_0": "2026-12-01", "starts_at_1": "08:00"},
            **{"ends_at_0": "2026-12-01", "ends_at_1": "07:00"},
        }
        assert "The end must come after the start." in text_of(act(admin_client, f"{WAVES}add/", **form))
        act(admin_client, f"{WAVES}add/", **{**form, "ends_at_1": "20:00"})
        wave = Campaign.objects.get()
        assert wave.mark == "weekly email 12"
        act(admin_client, f"{WAVES}{wave.pk}/delete/", post="yes")
        log = Moderation.objects.order_by("pk").values_list("action", "reason", "actor__email")
        assert list(log) == [
            ("wave", "weekly email 12, 2026-12-01 08:00 to 2026-12-01 20:00 UTC", "admin@example.com"),
            ("calm", "weekly email 12", "admin@example.com"),
        ]
        assert "Wave announced" in text_of(Client().get("/methodology/votes/"))

    def test_the_log_is_newest_first_and_cannot_be_changed_and_outlives_its_tool(self, admin_client: Client) -> None:
        case = make_burst()
        act(admin_client, page_of(case), step="void", reason="bought")
        told = text_of(admin_client.get(LOG))
        assert told.index(f"voided {case.tool} {case.pk} 60 bought") < told.index("one network the published rules")
        entry = Moderation.objects.first()
        assert entry is not None
        page = f"{LOG}{entry.pk}/change/"
        assert "bought" in text_of(admin_client.get(page))
        assert admin_client.post(page, {"reason": "kind"}).status_code == 403
        assert admin_client.get(page.replace("change", "delete")).status_code == 403
        assert admin_client.get(f"{LOG}add/").status_code == 403
        Tool.objects.all().delete()
        assert "a tool that is gone" in text_of(admin_client.get(LOG))
        assert "a tool that is gone" in text_of(admin_client.get(page))


class TestRights:
    def test_nobody_else_comes_in(self, client: Client) -> None:
        case = make_burst()
        steps = [(page_of(case), {"step": "void", "reason": "x"}), (HOLD, {}), (VOTES, {"step": "void"})]
        for stranger, status in ((client, 302), (colleague(), 403)):
            for page in (*PAGES, page_of(case)):
                assert stranger.get(page).status_code == status
            for page, form in steps:
                assert stranger.post(page, form).status_code == status
        client.force_login(make_reader())
        assert [client.get(page).status_code for page in PAGES] == [302] * len(PAGES)
        assert (case.log.count(), Case.objects.get().decision) == (1, "open")

    def test_whoever_may_only_look_sees_no_button_and_gets_403(self) -> None:
        case, freeze = make_burst(), freeze_votes(tool=make_tool(), actor=None, reason="press")
        looker = colleague("view_case", "view_vote", "view_freeze", "view_moderation", "view_campaign")
        for page in (CASES, VOTES, FREEZES, LOG, WAVES, page_of(case), page_of(freeze)):
            html = looker.get(page).content.decode()
            assert not re.search('<textarea|name="(step|vote|action)"', html), page
            assert HOLD not in html
        for page in (HOLD, f"{FREEZES}add/", f"{WAVES}add/"):
            assert looker.get(page).status_code == 403
        selected = {"_selected_action": [case.pk], "action": "void_selected", "reason": "x"}
        for page, form in (
            (page_of(case), {"step": "void", "reason": "x"}),
            (page_of(freeze), {"step": "resume", "reason": "x"}),
            (CASES, selected),
            (HOLD, {}),
            (VOTES, {"vote": keys_of(case.tool), "step": "void", "reason": "x"}),
            (f"{FREEZES}add/", {"tool": case.tool_id, "reason": "x"}),
        ):
            assert looker.post(page, form).status_code == 403, page
        assert Moderation.objects.count() == 2

    def test_whoever_may_change_needs_no_other_right(self) -> None:
        case = make_burst()
        mate = colleague("change_case", "change_vote", "view_vote", "add_freeze", "change_freeze", "view_freeze")
        assert "60 votes moved" in text_of(act(mate, page_of(case), step="release", reason="fine"))
        assert "60 votes moved" in text_of(
            act(mate, CASES, action="void_selected", _selected_action=case.pk, reason="x")
        )
        assert f'<option value="{case.tool_id}">{case.tool}' in mate.get(HOLD).content.decode()  # no search needed
        act(mate, f"{FREEZES}add/", tool=case.tool_id, reason="press")
        act(mate, page_of(Freeze.objects.get()), step="resume", reason="over")
        act(mate, VOTES, vote=keys_of(case.tool, state="counted")[:1], step="void", reason="odd")
        actors = Moderation.objects.exclude(actor=None).values_list("actor__name", flat=True)
        assert list(actors) == ["Mate"] * 5

    def test_a_forged_form_is_refused(self) -> None:
        case, user = make_burst(), User.objects.create_superuser("editor@desk.example")
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        for page in (page_of(case), CASES, HOLD, VOTES, f"{FREEZES}add/"):
            assert client.post(page, {"step": "void", "reason": "x", "action": "void_selected"}).status_code == 403
        html = client.get(page_of(case)).content.decode()
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', html)[-1]
        form = {"step": "void", "reason": "x", "csrfmiddlewaretoken": token}
        assert client.post(page_of(case), form).status_code == 302
        assert Case.objects.get().decision == "voided"

    def test_no_page_names_a_reader_or_a_network(self) -> None:
        """Not even a moderator without a name, whose email is what the admin would show."""
        nameless = User.objects.create_superuser("nameless@desk.example")
        case = make_burst()
        release_case(case, actor=nameless, reason="fine")
        freeze = freeze_votes(tool=case.tool, actor=nameless, reason="press")
        user = User.objects.create_superuser("editor@desk.example", name="Edith")
        client = Client()
        client.force_login(user)
        votes = Vote.objects.filter(tool=case.tool).values_list("net_tag", "net_group_tag")
        tags = {bytes(tag) for pair in votes for tag in pair if tag}
        assert len(tags) > 50
        entry = Moderation.objects.latest("pk")
        for page in (*PAGES, page_of(case), page_of(freeze), f"{LOG}{entry.pk}/change/", "/admin/"):
            content = client.get(page).content
            assert set(re.findall(rb"[\w.]+@[\w.]+", content)) <= {b"editor@desk.example"}, page
            assert not any(tag in content or tag.hex().encode() in content for tag in tags), page
        assert f"moderator {nameless.pk}" in text_of(client.get(page_of(case)))

    def test_every_page_obeys_the_policy(self, admin_client: Client) -> None:
        case, freeze = make_burst(), freeze_votes(tool=make_tool(), actor=None, reason="press")
        for page in (*PAGES, page_of(case), page_of(freeze)):
            answer = admin_client.get(page)
            nonce = re.findall(r"'nonce-([^']+)'", answer["Content-Security-Policy"])[0]
            html = answer.content.decode()
            assert "'unsafe" not in answer["Content-Security-Policy"]
            for tag in re.findall(r"<(?:script|style)[^>]*>", html):
                assert 'src="/' in tag or f'nonce="{nonce}"' in tag, page
            assert not re.search(r"""\sstyle=|\son[a-z]+=["']""", html), page


def test_a_reader_who_deletes_the_account_leaves_the_desk_whole(admin_client: Client) -> None:
    case, editor = make_burst(), User.objects.create_superuser("gone@desk.example")
    release_case(case, actor=editor, reason="fine")
    User.objects.exclude(email="admin@example.com").delete()
    told = text_of(admin_client.get(page_of(case)))
    assert f"moderator {editor.pk}" in told
    assert f"moderator {editor.pk}" in text_of(admin_client.get(LOG))
