"""Those who asked are told once, whatever way the tool became public, and leave with one click."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.core.signing import Signer
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import OutgoingMail
from accounts.services import send_mail
from config.celery import app
from config.env import BASE_DIR
from editorial.services import withdraw
from tests.factories import make_tool, make_user, make_wanted
from tests.pages import html_of, text_of
from tests.publications import TOOL, Folder
from tools.asks.asking import stop_mail
from tools.asks.telling import tell_askers, token_of
from tools.models import Ask, AskMailStop, Tool, WantedTool
from tools.services import publish_tool
from tools.tasks import tell_askers_task

DRAFT: dict[str, Any] = {"status": "draft", "published_at": None}


def written() -> list[str]:
    return sorted(OutgoingMail.objects.values_list("to", flat=True))


def link_in(text: str) -> str:
    (found,) = re.findall(rf"{settings.SITE_URL}(/ask/unsubscribe/\S+/)", text)
    return str(found)


def wait_for_mail() -> None:
    deadline = time.monotonic() + 20
    while not mail.outbox and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.mark.django_db
class TestTelling:
    def test_each_who_asked_gets_one_mail_of_their_own(self) -> None:
        first, second = make_user(email="a@example.org"), make_user(email="b@example.org")
        make_wanted("Lathe", by=[first, second])
        publish_tool(make_tool(slug="lathe", name="Lathe", **DRAFT))
        assert [tell_askers(), tell_askers()] == [2, 0]
        written = OutgoingMail.objects.get(to="a@example.org")
        link = f"{settings.SITE_URL}/ask/unsubscribe/{token_of(first.pk)}/"
        day = f"{timezone.now():%-d %b %Y}"
        assert (written.subject, written.html) == ("Lathe is here, as you asked", "")
        assert written.text == (
            f"You asked for an inspection of Lathe on {day}. So did 1 other reader. It is published:\n\n"
            f"{settings.SITE_URL}/tools/lathe/\n\nThis is the only mail about it.\n\n"
            f"-- \nNo more mail about tools you ask for, with one click:\n{link}\n"
        )
        assert written.headers == {
            "List-Unsubscribe": f"<{link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        wanted = WantedTool.objects.get()
        assert (wanted.state, wanted.tool, Ask.objects.filter(told_at=None).count()) == (
            *("published", Tool.objects.get()),
            0,
        )

    def test_only_one_asked(self) -> None:
        make_wanted("Lathe")
        make_tool(name="Lathe")
        tell_askers()
        assert "reader" not in OutgoingMail.objects.get().text

    @pytest.mark.parametrize(
        "tool",
        [
            {"name": "LATHE!", "website": "https://elsewhere.example.com/"},
            {"name": "Other", "website": "http://www.lathe.example.com/pricing"},
        ],
    )
    def test_the_tool_is_recognised_by_name_or_website(self, tool: dict[str, str]) -> None:
        make_wanted("Lathe", "https://lathe.example.com/")
        make_tool(**tool)
        assert tell_askers() == 1

    @pytest.mark.parametrize(
        "tool",
        [
            {"name": "Plane", "website": "https://plane.example.com/"},
            {"name": "Lathe", **DRAFT},
            {"name": "Lathe", "status": "in_review", "published_at": None},
            {"name": "Lathe", "status": "withdrawn"},
            {"name": "Lathe", "status": "scheduled", "published_at": timezone.now() + timedelta(days=1)},
        ],
    )
    def test_nobody_is_told_of_what_readers_cannot_see(self, tool: dict[str, Any]) -> None:
        make_wanted("Lathe", "https://lathe.example.com/")
        make_tool(**tool)
        assert (tell_askers(), WantedTool.objects.get().state) == (0, "open")

    def test_a_scheduled_tool_is_told_when_its_time_has_come(self) -> None:
        make_wanted("Lathe")
        tool = make_tool(name="Lathe", **DRAFT)
        publish_tool(tool, at=timezone.now() + timedelta(hours=1))
        tell_askers_task()
        assert written() == []
        Tool.objects.update(published_at=timezone.now() - timedelta(seconds=1))
        tell_askers_task()
        assert len(written()) == 1

    def test_who_wants_no_mail_or_cannot_get_any_is_done_with_silently(self) -> None:
        wants, without, stopped, gone = (make_user() for _ in range(4))
        make_wanted("Lathe", by=[wants, stopped, gone])
        make_wanted("Lathe", by=[without], wants_mail=False)
        stop_mail(stopped.pk)
        gone.is_active = False
        gone.save(update_fields=["is_active"])
        make_tool(name="Lathe")
        assert tell_askers() == 1
        assert written() == [wants.email]
        assert not Ask.objects.filter(told_at=None).exists()

    def test_a_declined_one_that_is_published_after_all_is_told(self) -> None:
        make_wanted("Lathe")
        WantedTool.objects.update(state="declined")
        make_tool(name="Lathe")
        assert tell_askers() == 1

    def test_withdrawing_and_publishing_again_tells_nobody_twice(self) -> None:
        make_wanted("Lathe")
        tool = make_tool(name="Lathe")
        tell_askers()
        withdraw(tool)
        newcomer = make_user()
        make_wanted("Lathe", by=[newcomer])
        assert (tell_askers(), WantedTool.objects.get().state) == (0, "open")
        publish_tool(tool)
        assert tell_askers() == 1
        assert OutgoingMail.objects.latest("pk").to == newcomer.email

    def test_with_nothing_waiting_one_query_is_enough(self, django_assert_num_queries: Any) -> None:
        make_wanted("Lathe")
        make_tool(name="Lathe")
        tell_askers()
        with django_assert_num_queries(1):
            assert tell_askers() == 0

    def test_a_name_on_two_lines_does_not_break_the_mail(self) -> None:
        make_wanted("Lathe")
        make_tool(name="Lathe\nBcc: x@example.org")
        Tool.objects.update(name="La\nthe")
        assert tell_askers() == 1
        assert send_mail(OutgoingMail.objects.get().pk)
        assert mail.outbox[0].subject == "La the is here, as you asked"


@pytest.mark.django_db(transaction=True)
class TestEveryRoad:
    def test_publishing_at_the_desk(self, admin_client: Client) -> None:
        make_wanted("Lathe", by=[make_user(email="mate@example.org")])
        tool = make_tool(name="Lathe", **DRAFT)
        with start_worker(app, perform_ping_check=False):
            form = {"action": "publish_selected", "_selected_action": [tool.pk], "_step": "publish"}
            admin_client.post("/admin/tools/tool/", form)
            wait_for_mail()
        assert [message.to for message in mail.outbox] == [["mate@example.org"]]

    def test_loading_a_publication(self, tmp_path: Path) -> None:
        Folder(tmp_path).write("categories.yaml", "- slug: tools\n  name: Tools\n").write(
            "criteria.yaml", "- {slug: window, name: Context window, kind: number, unit: tokens}\n"
        ).write("tools/lathe.md", TOOL)
        make_wanted("Lathe", by=[make_user(email="mate@example.org")])
        with start_worker(app, perform_ping_check=False):
            for _ in range(2):
                call_command("load_publication", str(tmp_path), stdout=StringIO())
                wait_for_mail()
        assert [message.to for message in mail.outbox] == [["mate@example.org"]]

    def test_without_a_broker_publishing_works_and_the_next_round_tells(self) -> None:
        make_wanted("Lathe")
        make_tool(name="Lathe", **DRAFT)
        server, _, _ = os.environ["DATABASE_URL"].rpartition("/")
        address = f"{server}/{connection.settings_dict['NAME']}"
        code = "from tools import models, services; services.publish_tool(models.Tool.objects.get())"
        subprocess.run(
            [sys.executable, "manage.py", "shell", "-v0", "-c", code],
            cwd=BASE_DIR,
            env={**os.environ, "DATABASE_URL": address, "REDIS_URL": "redis://127.0.0.1:1/0"},
            check=True,
            timeout=60,
        )
        assert (Tool.objects.get().status, written()) == ("published", [])
        tell_askers_task()
        assert len(written()) == 1

    def test_beat_looks_every_few_minutes(self) -> None:
        rounds = [
            entry["schedule"]
            for entry in settings.CELERY_BEAT_SCHEDULE.values()
            if entry["task"] == tell_askers_task.name
        ]
        assert rounds == [180]

    def test_ten_workers_at_once_write_each_mail_once(self) -> None:
        users = [make_user() for _ in range(5)]
        make_wanted("Lathe", by=users)
        make_wanted("Plane", by=users[:2])
        make_tool(name="Lathe")
        make_tool(name="Plane")

        def work(_: int) -> int:
            try:
                with transaction.atomic():
                    return tell_askers()
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            told = sum(pool.map(work, range(10)))
        assert told == 7
        assert Ask.objects.filter(told_at=None).count() == 0


@pytest.mark.django_db
class TestUnsubscribe:
    def test_the_link_shows_one_button_and_changes_nothing(self) -> None:
        user = make_user()
        page = Client().get(f"/ask/unsubscribe/{token_of(user.pk)}/")
        assert (page.status_code, html_of(page).count("<button"), "no-store" in page["Cache-Control"]) == (200, 2, True)
        assert "noindex" in html_of(page)
        assert not AskMailStop.objects.exists()

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": "https://mail.example.com"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-origin"},
        ],
    )
    def test_one_click_works_signed_out_without_cookie_and_twice(self, headers: dict[str, str]) -> None:
        user = make_user()
        make_wanted("Lathe", by=[user])
        client = Client(enforce_csrf_checks=True, headers=headers)
        for _ in range(2):
            answer = client.post(f"/ask/unsubscribe/{token_of(user.pk)}/", {"List-Unsubscribe": "One-Click"})
            assert (answer.status_code, dict(answer.cookies)) == (200, {})
            assert "We send you no more mail about tools you ask for." in text_of(answer)
        make_wanted("Plane", by=[user])
        make_tool(name="Lathe")
        make_tool(name="Plane")
        assert (tell_askers(), written()) == (0, [])

    def test_it_ends_the_mail_of_one_account_only(self) -> None:
        leaves, stays = make_user(), make_user()
        make_wanted("Lathe", by=[leaves, stays])
        Client().post(f"/ask/unsubscribe/{token_of(leaves.pk)}/")
        make_tool(name="Lathe")
        assert (tell_askers(), written()) == (1, [stays.email])

    @pytest.mark.parametrize(
        "token", ["1", "1:x", "x", "1:" + "a" * 43, Signer(salt="another").sign("1"), "%00", "a" * 4000, "١:x"]
    )
    def test_a_link_that_is_not_ours_changes_nothing(self, token: str) -> None:
        for method in ("get", "post"):
            answer = getattr(Client(), method)(f"/ask/unsubscribe/{token}/")
            assert answer.status_code == 404
            assert "This link is not whole" in text_of(answer)
        assert not AskMailStop.objects.exists()

    def test_it_outlives_the_account_and_a_new_key(self) -> None:
        user = make_user()
        address = f"/ask/unsubscribe/{token_of(user.pk)}/"
        with override_settings(SECRET_KEY="a new one", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
            assert Client().get(address).status_code == 200
        user.delete()
        assert "Done" in text_of(Client().post(address))

    def test_the_mail_as_it_leaves_has_the_address_whole(self) -> None:
        make_wanted("Lathe", by=[make_user(pk=9_000_000_000)])
        make_tool(name="Lathe")
        tell_askers()
        send_mail(OutgoingMail.objects.get().pk)
        lines = mail.outbox[0].message().as_bytes().decode().splitlines()
        link = f"{settings.SITE_URL}/ask/unsubscribe/{token_of(9_000_000_000)}/"
        assert len(link) > 80
        assert f"List-Unsubscribe: <{link}>" in lines
        assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
        assert link in lines
        assert "Done" in text_of(Client().post(link_in(str(mail.outbox[0].body))))
