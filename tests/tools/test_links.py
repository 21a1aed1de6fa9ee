"""Whether anything is at the addresses that tools name: asked politely, of real servers on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.roles import EDITOR, WRITER
from editorial.reaching import Reach
from tests.editorial.people import at_desk, person
from tests.factories import make_criterion, make_fact, make_link, make_plan, make_tool
from tests.pages import text_of
from tools.links.asking import Look, Manners, look_at
from tools.links.rounds import check_due, collect
from tools.models import Link
from tools.tasks import check_links_task

HERE = Reach(private=True)  # for these tests alone: nothing of ours may look at a server on this machine


@dataclass
class Site:
    """A web server: `answers` says what becomes of a path, in tuples of status and headers, or by a function."""

    port: int = 0
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            made.asked.append((self.command, self.path))
            made.agents.add(self.headers["User-Agent"])
            answer = made.answers.get(self.path, 200)
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            if callable(status):
                status(self)
                return
            self.send_response(status.get(self.command, 200) if isinstance(status, dict) else status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def look(url: str, **how: Any) -> Look:
    return look_at(url, manners=Manners(pause=0), **{"reach": HERE, **how})


def chain(site: Site, hops: int) -> str:
    """An address that leads through so many others."""
    for hop in range(hops):
        site.answers[f"/{hop}"] = (302, {"Location": f"/{hop + 1}"})
    return site.url("/0")


class TestOneLook:
    def test_a_page_that_is_there_costs_one_request_that_names_us(self, site: Site, settings: LazySettings) -> None:
        assert look(site.url("/")) == Look(200)
        assert site.asked == [("HEAD", "/")]
        assert site.agents == {f"Drydock-Links/1 (+{settings.SITE_URL})"}

    @pytest.mark.parametrize("status", [403, 404, 405, 500, 501])
    def test_a_server_that_knows_no_head_is_asked_again(self, site: Site, status: int) -> None:
        site.answers["/"] = ({"HEAD": status}, {})
        assert look(site.url("/")) == Look(200)
        assert site.asked == [("HEAD", "/"), ("GET", "/")]

    @pytest.mark.parametrize("status", [404, 410, 500, 503])
    def test_what_is_not_there_is_said(self, site: Site, status: int) -> None:
        site.answers["/"] = status
        assert look(site.url("/")) == Look(status, f"It answered {status}.")

    @pytest.mark.parametrize("status", [401, 403, 429, 451])
    def test_who_lets_no_programs_in_is_there(self, site: Site, status: int) -> None:
        site.answers["/"] = status
        assert look(site.url("/")) == Look(status)

    def test_five_redirects_are_followed_and_no_more(self, site: Site) -> None:
        assert look(chain(site, 5)) == Look(200)
        assert look(chain(site, 6)) == Look(302, "It leads from one address to the next, more than five times.")

    def test_what_follows_the_hash_is_never_sent(self, site: Site) -> None:
        assert look(site.url("/prices#monthly")) == Look(200)
        assert site.asked == [("HEAD", "/prices")]

    def test_letters_of_other_alphabets_are_written_as_browsers_do(self, site: Site) -> None:
        assert look(site.url("/preise/für alle")) == Look(200)
        assert site.asked == [("HEAD", "/preise/f%C3%BCr%20alle")]

    def test_only_the_beginning_of_a_long_page_is_read(self, site: Site) -> None:
        sent: list[int] = []

        def pour(handler: Any) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while len(sent) < 2000:
                    handler.wfile.write(b"x" * 65_536)
                    sent.append(1)
            except OSError:
                pass

        site.answers["/"] = (
            lambda handler: handler.send_error(500) if handler.command == "HEAD" else pour(handler),
            {},
        )
        assert look(site.url("/")) == Look(200)
        assert len(sent) < 2000

    def test_a_server_that_drips_is_left_after_its_time(self, site: Site) -> None:
        def drip(handler: Any) -> None:
            try:
                for letter in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200:
                    handler.wfile.write(bytes([letter]))
                    time.sleep(0.05)
            except OSError:
                pass

        site.answers["/"] = (drip, {})
        assert look(site.url("/"), seconds=0.5) == Look(None, "No answer within 0.5 seconds.")

    def test_what_is_no_web_server_is_said(self, site: Site) -> None:
        site.answers["/"] = (lambda handler: handler.wfile.write(b"220 mail.example.com\r\n"), {})
        assert look(site.url("/")) == Look(None, "What came back is no HTTP answer.")
        assert look("http://127.0.0.1:1/").problem == "Use the port 443, 80, or one from 1024 on."
        assert not look("http://no-such-host.invalid/").is_alive

    @pytest.mark.parametrize(
        "url",
        [
            *("http://127.0.0.1/", "http://localhost/", "http://10.0.0.1/", "http://169.254.169.254/latest/"),
            *(
                "http://[::1]/",
                "http://2130706433/",
                "http://user@127.0.0.1/",
                "file:///etc/hosts",
                "gopher://127.0.0.1/",
            ),
        ],
    )
    def test_nothing_of_our_own_network_is_asked(self, url: str) -> None:
        found = look_at(url, manners=Manners(pause=0), seconds=3)
        assert found.status is None
        assert found.problem

    def test_no_redirect_leads_into_our_own_network(self, site: Site) -> None:
        site.answers["/"] = (302, {"Location": "http://169.254.169.254/latest/"})
        assert look(site.url("/")).problem == "169.254.169.254 is not a public address."
        site.answers["/"] = (302, {"Location": "file:///etc/hosts"})
        assert look(site.url("/")).problem == "The address must begin with https://."


class TestManners:
    def test_one_host_is_never_asked_twice_at_once_and_has_pauses(self, site: Site) -> None:
        """Five at once ask for pages of one host; a server sees who else is there while it answers."""
        there, together = [0], []

        def serve(handler: Any) -> None:
            there[0] += 1
            together.append(there[0])
            time.sleep(0.02)
            there[0] -= 1
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")

        manners, begun = Manners(pause=0.05), time.monotonic()
        urls = [site.url(f"/{number}") for number in range(5)]
        site.answers = {f"/{number}": (serve, {}) for number in range(5)}
        with ThreadPoolExecutor(5) as pool:
            looks = list(pool.map(lambda url: look_at(url, manners=manners, reach=HERE), urls))
        assert (looks, together) == ([Look(200)] * 5, [1] * 5)
        assert time.monotonic() - begun >= 4 * 0.05, "so long at least"


def pass_days(days: int) -> None:
    step = timedelta(days=days)
    Link.objects.filter(failing_since=None).update(checked_at=F("checked_at") - step)
    Link.objects.exclude(failing_since=None).update(
        checked_at=F("checked_at") - step, failing_since=F("failing_since") - step
    )


def check() -> dict[str, str]:
    """A round; what was asked, with its problem."""
    return {link.url.rpartition("/")[2]: link.problem for link in check_due(seconds=30, reach=HERE, pause=0)}


@pytest.mark.django_db
class TestRounds:
    def test_the_addresses_of_public_tools_are_collected_and_no_others(self) -> None:
        tool = make_tool(website="https://a.example.com/")
        (
            make_plan(tool, source="https://A.example.com:8443/prices?x=1"),
            make_plan(tool, source="https://a.example.com/"),
        )
        make_fact(make_tool(website=""), make_criterion(), source="https://b.example.com/")
        for status in ("draft", "in_review", "withdrawn"):
            published_at = None if status != "withdrawn" else timezone.now()
            make_tool(website="https://secret.example.com/", status=status, published_at=published_at)
        assert collect() == 3
        assert dict(Link.objects.values_list("url", "host")) == {
            "https://a.example.com/": "a.example.com",
            "https://A.example.com:8443/prices?x=1": "a.example.com",
            "https://b.example.com/": "b.example.com",
        }
        tool.website = "https://c.example.com/"
        tool.save()
        tool.plans.filter(source="https://a.example.com/").delete()
        collect()
        assert "https://a.example.com/" not in set(Link.objects.values_list("url", flat=True))

    def test_a_link_is_dead_after_three_days_that_failed(self, site: Site) -> None:
        site.answers["/gone"] = 404
        make_tool(website=site.url("/gone")), make_tool(website=site.url("/well"))
        problem = "It answered 404."
        assert check() == {"gone": problem, "well": ""}
        link = Link.objects.get(url=site.url("/gone"))
        for days in (1, 2):
            assert (link.failed_days, link.is_dead) == (days, False)
            assert check() == {}, "not twice a day"
            pass_days(1)
            assert check() == {"gone": problem}
            link.refresh_from_db()
        assert (link.failed_days, link.is_dead, link.status) == (3, True, 404)
        pass_days(1)
        assert check() == {}, "a dead one waits for its week like the living"
        pass_days(7)
        site.answers["/gone"] = 200
        assert check() == {"gone": "", "well": ""}
        link.refresh_from_db()
        assert (link.failed_days, link.failing_since, link.problem) == (0, None, "")

    def test_checks_on_one_day_count_once(self, site: Site) -> None:
        site.answers["/gone"] = 404
        tool = make_tool(website=site.url("/gone"))
        check()
        client = at_desk(person(EDITOR))
        link = Link.objects.get(tools=tool)
        for _ in range(3):
            client.post(f"/admin/tools/link/{link.pk}/check/")
        link.refresh_from_db()
        assert link.failed_days == 1

    def test_a_host_that_is_being_asked_is_left_alone(self, site: Site) -> None:
        make_tool(website=site.url("/one"))
        collect()
        busy = make_link(make_tool(website=site.url("/two")), url=site.url("/two"))
        Link.objects.filter(pk=busy.pk).update(claimed_until=timezone.now() + timedelta(minutes=1))
        assert check() == {}
        Link.objects.update(claimed_until=timezone.now() - timedelta(minutes=1))
        assert set(check()) == {"one", "two"}
        assert not Link.objects.exclude(claimed_until=None).exists()

    def test_a_round_ends_when_its_time_is_over(self, site: Site) -> None:
        make_tool(website=site.url("/one"))
        assert check_due(seconds=0, reach=HERE) == []
        assert site.asked == []

    def test_the_command_checks_and_never_looks_at_our_own_network(self, site: Site) -> None:
        make_tool(website=site.url("/inside"))
        said = StringIO()
        call_command("check_links", seconds=20, stdout=said)
        assert f"{site.url('/inside')}: 127.0.0.1 is not a public address." in said.getvalue()
        assert "1 checked, 1 failed, 0 dead." in said.getvalue()
        assert site.asked == []

    def test_nobody_is_visited_unless_the_operator_wants_it(self, site: Site, settings: LazySettings) -> None:
        make_tool(website=site.url("/inside"))
        check_links_task()
        assert not Link.objects.exists()
        settings.CHECK_LINKS = True
        check_links_task()
        assert Link.objects.filter(checked_at__isnull=False).count() == 1


@pytest.mark.django_db
class TestDesk:
    def test_a_dead_link_says_where_it_is_used_and_is_checked_again(self, site: Site) -> None:
        tool = make_tool(name="Lathe", website=site.url("/gone"))
        make_plan(tool, name="Yard", source=site.url("/gone"))
        make_fact(tool, make_criterion(name="Draught"), source=site.url("/gone"))
        site.answers["/gone"] = 404
        for _ in range(3):
            check()
            pass_days(1)
        link = Link.objects.get()
        client = at_desk(person(EDITOR))
        assert f"Dead links {link.url}: It answered 404." in text_of(client.get("/admin/"))
        assert "DEAD, failing since" in text_of(client.get("/admin/tools/link/?state=dead"))
        page = text_of(client.get(f"/admin/tools/link/{link.pk}/change/"))
        assert "Lathe: website, source of the plan Yard, source of the fact Draught" in page
        answer = client.post(f"/admin/tools/link/{link.pk}/check/", follow=True)
        assert "127.0.0.1 is not a public address." in text_of(answer)

    def test_a_tool_that_is_a_draft_again_is_not_named(self) -> None:
        tool = make_tool(name="Marker", status="draft", published_at=None)
        link = make_link(tool, make_tool(name="Lathe"))
        for role, names in ((WRITER, 403), (EDITOR, 200)):
            assert at_desk(person(role)).get(f"/admin/tools/link/{link.pk}/change/").status_code == names

    def test_no_page_of_readers_changes(self, client: Client) -> None:
        tool = make_tool(website="https://tool.example.com/")
        before = client.get(f"/tools/{tool.slug}/").content
        make_link(tool, url=tool.website, failed_days=3, failing_since=timezone.now(), problem="It answered 404.")
        assert client.get(f"/tools/{tool.slug}/").content == before
