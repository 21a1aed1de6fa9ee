"""The page of an issue that goes out: what somebody at the desk reads there, and what they do about it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import html

from accounts.roles import EDITOR, PUBLISHER
from newsletter.models import Carrier, Delivery, Issue, Pause
from newsletter.sending import queue
from newsletter.sending.carriers import carrier_name
from newsletter.sending.pausing import Kind as Why
from newsletter.sending.pausing import halt, pause_issue, resume_issue
from newsletter.sending.rounds import look_after
from newsletter.sending.transport import Kind, Outcome, Stage
from tests.editorial.people import at_desk, person
from tests.newsletter.audiences import approved, being_sent, make_readers, states
from tests.newsletter.desk import LIST, page_of
from tests.pages import html_of, text_of
from tools.figures import minute

pytestmark = pytest.mark.django_db
TAKEN, SILENCE = Outcome(Kind.ACCEPTED, Stage.ANSWER, 250), Outcome(Kind.IN_DOUBT, Stage.ANSWER)
GONE, LATER = Outcome(Kind.REJECTED, Stage.RCPT, 550), Outcome(Kind.DEFERRED, Stage.RCPT, 450)


@pytest.fixture
def publisher() -> Client:
    return at_desk(person(PUBLISHER))


def sending_of(issue: Issue) -> str:
    return f"{LIST}{issue.pk}/sending/"


def press(client: Client, issue: Issue, step: str, **typed: Any) -> str:
    return text_of(client.post(sending_of(issue), {"step": step, **typed}, follow=True))


def buttons(client: Client, issue: Issue) -> list[str]:
    tree = html.fromstring(html_of(client.get(sending_of(issue))))
    return [str(value) for value in tree.xpath("//button[@name='step']/@value")]


def status(issue: Issue) -> str:
    return Issue.objects.get(pk=issue.pk).status


def settle(issue: Issue, outcome: Outcome, most: int = 1) -> None:
    for claim in queue.claim(connection, issue_id=issue.pk, slot=1, most=most):
        assert queue.mark(connection, claim)
        assert queue.record(connection, claim, outcome)


def numbers(client: Client, issue: Issue) -> dict[str, str]:
    live: dict[str, str] = client.get(f"{sending_of(issue)}numbers/").json()["live"]
    return live


def hold(issue: Issue, most: int = 1) -> None:
    """Nobody knows whether these arrived, and nobody will."""
    Issue.objects.filter(pk=issue.pk).update(doubt_policy="hold")
    settle(issue, SILENCE, most)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE newsletter_delivery SET doubt_until = now() WHERE state = 'in_doubt'")
    look_after()


class TestTheAccount:
    def test_says_where_everybody_is_and_that_it_adds_up(self, publisher: Client) -> None:
        issue = being_sent(9)
        for outcome, count in ((TAKEN, 3), (SILENCE, 2), (GONE, 1), (LATER, 1)):
            settle(issue, outcome, count)
        queue.claim(connection, issue_id=issue.pk, slot=2, most=1)
        page = text_of(publisher.get(sending_of(issue)))
        assert "2 in doubt; policy resend-once; at most 2 readers may see it twice." in page
        assert "4 of 9 are settled, 5 are still open." in page
        assert f"Frozen and in the archive since {minute(issue.frozen_at)}." in page
        doubtful = Delivery.objects.filter(state="in_doubt").values_list("address", flat=True)
        assert all(f"{address} in doubt" in page for address in doubtful)
        found = numbers(publisher, issue)
        counts = ("expected", "accepted", "doubtful", "rejected", "deferred", "flight", "queued", "held", "skipped")
        assert [found[name] for name in counts] == ["9", "3", "2", "1", "1", "1", "1", "0", "0"]

    def test_names_nobody_to_those_who_may_not_see_subscribers(self) -> None:
        issue = being_sent(2)
        settle(issue, SILENCE)
        page = text_of(at_desk(person(EDITOR)).get(sending_of(issue)))
        assert "@example.org in doubt" not in page
        assert f"reader {Delivery.objects.get(state='in_doubt').subscriber_id}" in page

    def test_costs_as_many_queries_for_many_as_for_few(self, publisher: Client) -> None:
        issue = being_sent(40)
        settle(issue, TAKEN)
        settle(issue, SILENCE)
        publisher.get(sending_of(issue))
        with CaptureQueriesContext(connection) as few:
            publisher.get(sending_of(issue))
        settle(issue, TAKEN, 20)
        settle(issue, SILENCE, 8)
        with CaptureQueriesContext(connection) as many:
            publisher.get(sending_of(issue))
        assert len(many) == len(few)

    def test_tells_a_script_when_the_page_is_no_longer_right(self, publisher: Client) -> None:
        issue = being_sent(4)
        (account,) = html.fromstring(html_of(publisher.get(sending_of(issue)))).xpath("//*[@data-shape]")
        address = account.get("data-numbers")
        settle(issue, TAKEN)
        assert publisher.get(address).json()["shape"] == account.get("data-shape")
        settle(issue, SILENCE)
        assert publisher.get(address).json()["shape"] != account.get("data-shape")

    def test_does_not_hide_that_somebody_is_missing(self, publisher: Client) -> None:
        issue = being_sent(3)
        settle(issue, TAKEN, 3)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE newsletter_tally SET count = count + 2")
        assert numbers(publisher, issue)["sum"] == "It does not add up: 3 are expected and 5 are counted."


class TestTheSteps:
    def test_send_now_names_how_many_and_asks_first(self, publisher: Client) -> None:
        make_readers(3)
        issue = approved()
        assert "Yes, send No. 1 (2026-W47) to 3 readers now." in text_of(publisher.get(sending_of(issue))).replace(
            issue.iso_week, "2026-W47"
        )
        assert "Tick the box" in press(publisher, issue, "send")
        assert status(issue) == "approved"
        assert "is on its way to 3 readers." in press(publisher, issue, "send", confirmed="on")
        assert (status(issue), states(issue)) == ("sending", ["queued"] * 3)
        assert "by now" in press(publisher, issue, "send", confirmed="on")

    def test_what_the_engine_refuses_is_said_in_its_words(self, publisher: Client, settings: Any) -> None:
        issue = approved()
        settings.NEWSLETTER_POSTAL_ADDRESS = ""
        assert "Mail has to name a postal address" in press(publisher, issue, "send", confirmed="on")
        assert status(issue) == "approved"

    def test_a_pause_has_words_which_the_cockpit_repeats(self, publisher: Client) -> None:
        issue = being_sent(2)
        assert "Say why" in press(publisher, issue, "pause")
        said = press(publisher, issue, "pause", said="A wrong price")
        assert "is paused" in said
        assert "By a person: A wrong price" in said
        assert "By a person: A wrong price. 0 of 2 accepted." in text_of(publisher.get("/admin/"))
        assert buttons(publisher, issue) == ["resume", "policy", "cancel"]
        assert "goes on where it was" in press(publisher, issue, "resume")
        assert (status(issue), Pause.objects.get().ended_at is None) == ("sending", False)

    def test_what_the_mail_server_had_against_it_stands_on_the_page(self, publisher: Client) -> None:
        issue = being_sent(2)
        halt(connection, issue.pk, Why.SENDER, "auth: 535 Wrong password")
        page = text_of(publisher.get(sending_of(issue)))
        assert "The mail server refuses us: auth: 535 Wrong password" in page
        assert "still paused" in page

    def test_the_rest_is_called_off_with_a_tick(self, publisher: Client) -> None:
        issue = being_sent(3)
        settle(issue, TAKEN)
        assert "at most 2 readers will not get it" in text_of(publisher.get(sending_of(issue)))
        press(publisher, issue, "cancel")
        assert status(issue) == "sending"
        assert "is called off" in press(publisher, issue, "cancel", confirmed="on")
        look_after()
        assert "2 the issue was cancelled" in text_of(publisher.get(sending_of(issue)))
        assert buttons(publisher, issue) == []

    def test_what_is_held_is_sent_again_or_left(self, publisher: Client) -> None:
        issue = being_sent(4)
        hold(issue, 3)
        assert sorted(states(issue)) == ["held"] * 3 + ["queued"]
        assert "3 are held and wait for you." in text_of(publisher.get("/admin/"))
        assert "Tick those that you mean" in press(publisher, issue, "again")
        first = Delivery.objects.filter(state="held").earliest("pk")
        assert "1 is sent again." in press(publisher, issue, "again", rows=[first.pk])
        assert numbers(publisher, issue)["again"].startswith("1 was in doubt before and sent once more")
        assert sorted(states(issue)) == ["held", "held", "queued", "queued"]
        assert "All that are held are 2 by now" in press(publisher, issue, "leave", everyone="on", held=3)
        assert "2 are left as they are." in press(publisher, issue, "leave", everyone="on", held=2)
        assert numbers(publisher, issue)["let_go"] == "2"

    def test_nobody_is_sent_a_third_copy(self, publisher: Client) -> None:
        issue = being_sent(1)
        hold(issue)
        press(publisher, issue, "again", everyone="on", held=1)
        hold(issue)
        assert "Perhaps two copies already" in text_of(publisher.get(sending_of(issue)))
        assert numbers(publisher, issue)["again"].startswith("1 was in doubt before")
        said = press(publisher, issue, "again", everyone="on", held=1)
        assert "1 may have had two copies already, so it stays." in said
        assert states(issue) == ["held"]

    def test_the_policy_is_chosen_before_and_during(self, publisher: Client) -> None:
        make_readers(1)
        issue = approved()
        press(publisher, issue, "policy", policy="hold")
        press(publisher, issue, "send", confirmed="on")
        settle(issue, SILENCE)
        assert "1 in doubt; policy hold; nobody sees it twice" in text_of(publisher.get(sending_of(issue)))
        press(publisher, issue, "policy", policy="resend_once")
        assert "at most 1 reader may see it twice" in numbers(publisher, issue)["doubt"]
        press(publisher, issue, "policy", policy="whatever")
        assert Issue.objects.get().doubt_policy == "resend_once"

    def test_says_what_is_in_the_way_while_nothing_goes_out(self, publisher: Client) -> None:
        issue = being_sent(2)
        before = publisher.get(f"{sending_of(issue)}numbers/").json()["shape"]
        Carrier.objects.create(name=carrier_name(), failures=3, said="No route to host")
        page = text_of(publisher.get(sending_of(issue)))
        assert "it is tried again by itself. It says: No route to host" in page
        assert publisher.get(f"{sending_of(issue)}numbers/").json()["shape"] != before
        hold(issue)
        pause_issue(issue, said="Wait.")
        held = {"rows": [Delivery.objects.get(state="held").pk]}
        assert "They go out once the issue goes on." in press(publisher, issue, "again", **held)
        resume_issue(issue)
        assert Carrier.objects.get().failures == 0

    def test_warns_of_complaints_and_says_how_many_came_back(self, publisher: Client) -> None:
        issue = being_sent(3)
        settle(issue, TAKEN, 2)
        assert (numbers(publisher, issue)["complaints"], numbers(publisher, issue)["bounced"]) == ("", "0")
        Delivery.objects.filter(state="accepted").update(bounced_at=timezone.now(), complained_at=timezone.now())
        found = numbers(publisher, issue)
        assert (found["bounced"], found["complained"]) == ("2", "2")
        assert "call it spam" in found["complaints"]

    def test_the_first_page_names_what_is_halted(self, publisher: Client) -> None:
        being_sent(1)
        second = being_sent(1)
        pause_issue(second, said="Wait.")
        page = text_of(publisher.get("/admin/"))
        assert f"paused: {second}" in page.lower() or str(second) in page
        assert "1 other is under way." in page

    def test_an_editor_reads_and_presses_nothing(self) -> None:
        issue = being_sent(1)
        editor = at_desk(person(EDITOR))
        assert buttons(editor, issue) == []
        assert editor.post(sending_of(issue), {"step": "pause", "said": "No."}).status_code == 403
        assert status(issue) == "sending"

    def test_the_issue_leads_there(self, publisher: Client) -> None:
        issue = being_sent(1)
        assert f'href="{sending_of(issue)}"' in html_of(publisher.get(page_of(issue)))
