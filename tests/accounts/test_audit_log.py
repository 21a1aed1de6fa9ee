"""The log of the desk: what is written into it, that nobody changes it, and who reads it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.audit import note_failure
from accounts.models import AuditEntry, FailedTry, User
from accounts.roles import PUBLISHER, WRITER
from accounts.services import close_account
from tests.accounts.entrance import sign_in
from tests.editorial.people import at_desk, page_of, person, press, typed
from tests.factories import make_category, make_plan, make_reviewer, make_tool, make_user, make_wanted
from tests.pages import html_of, text_of

pytestmark = pytest.mark.django_db

LOG, EXPORT = "/admin/accounts/auditentry/", "/admin/accounts/auditentry/export/"


def newest(**wanted: Any) -> AuditEntry:
    entry = AuditEntry.objects.filter(**wanted).first()
    assert entry
    return entry


class TestWhatIsWritten:
    def test_a_change_with_its_fields_before_and_after(self, admin_client: Client, admin_user: User) -> None:
        tool = make_tool(status="draft", published_at=None, maker="Turners", category=make_category(name="Saws"))
        plan = make_plan(tool, name="Pro", amount="20")
        rows = {f"plans-0-{name}": getattr(plan, name) for name in ("id", "name", "currency", "period", "source")}
        rows |= {"plans-0-tool": tool.pk, "plans-0-amount": "25", "plans-0-checked_on": "2026-11-02"}
        rows |= {"plans-0-position": 0, "plans-TOTAL_FORMS": 1, "plans-INITIAL_FORMS": 1, "plans-0-note": plan.note}
        form = typed(tool, maker="Wrights", category=make_category(name="Lathes").pk, description="w" * 500)
        answer = admin_client.post(page_of(tool), form | rows)
        assert answer.status_code == 302, text_of(answer)
        entry = newest(kind="tools.tool")
        assert (entry.actor, entry.action, entry.object_id, entry.name) == (
            *(admin_user, "changed", str(tool.pk), tool.name),
        )
        assert entry.changes["maker"] == ["Turners", "Wrights"]
        assert entry.changes["category"] == ["Saws", "Lathes"]
        assert entry.changes["description"][1] == "500 characters"
        assert [pair for name, pair in entry.changes.items() if name.endswith(": amount")] == [["20", "25"]]
        page = text_of(admin_client.get(f"{LOG}{entry.pk}/change/"))
        assert "maker: Turners → Wrights" in page

    def test_what_changed_in_one_form_is_not_told_of_the_next(self, admin_client: Client) -> None:
        tool = make_tool(status="draft", published_at=None)
        admin_client.post(page_of(tool), typed(tool, maker="Wrights"))
        assert "maker" in newest(kind="tools.tool").changes
        press(admin_client, tool, "submit", maker="Wrights")
        assert newest(words__startswith="Send to review").changes == {}

    def test_steps_actions_and_deletions(self, admin_client: Client) -> None:
        tool, wanted = make_tool(status="draft", published_at=None), make_wanted("Lathe")
        press(admin_client, tool, "publish")
        assert newest().words == "Publish now: published."
        form = {"action": "decline_selected", "_selected_action": wanted.pk, "confirmed": "yes"}
        admin_client.post("/admin/tools/wantedtool/", form)
        assert (newest().words, newest().name) == ("Declined.", "Lathe")
        reviewer = make_reviewer(name="The Cook")
        admin_client.post(f"/admin/reviews/reviewer/{reviewer.pk}/delete/", {"post": "yes"})
        assert (newest().action, newest().name) == ("deleted", "The Cook")

    def test_rights_of_people_and_none_of_their_names(self, admin_client: Client) -> None:
        user = make_user(email="secret@example.org", name="Secret Mate")
        form = {"email": "other@example.org", "name": "Open Mate", "is_active": "on", "is_staff": "on"}
        group = Group.objects.get(name=WRITER)
        admin_client.post(f"/admin/accounts/user/{user.pk}/change/", {**form, "groups": group.pk})
        entry = newest(kind="accounts.user")
        assert entry.changes == {
            **{"is_staff": ["False", "True"], "groups": ["", WRITER], "email": None, "name": None},
        }
        assert (entry.name, entry.object_id) == ("", str(user.pk))
        admin_client.post(f"/admin/accounts/user/{user.pk}/delete/", {"post": "yes"})
        kept = json.dumps([*AuditEntry.objects.values(), *LogEntry.objects.values()], default=str).lower()
        assert not any(word in kept for word in ("secret", "other@", "open mate"))

    def test_a_webhooks_secret_is_not_in_it(self, admin_client: Client) -> None:
        form = {"name": "Harbour", "url": "https://hooks.example.org/in", "kinds": ["price"], "is_active": "on"}
        admin_client.post("/admin/comparisons/webhook/add/", form)
        page = f"/admin/comparisons/webhook/{newest(kind='comparisons.webhook').object_id}/"
        admin_client.post(f"{page}change/", {**form, "name": "Quay"})
        assert newest().changes == {"name": ["Harbour", "Quay"]}
        admin_client.post(f"{page}receiver/", {"since": "2026-11-01"})
        assert newest().words.startswith("Sent again: ")

    def test_a_press_of_save_that_changes_nothing_is_no_entry(self, admin_client: Client) -> None:
        tool = make_tool(status="draft", published_at=None, licence="MIT")
        press(admin_client, tool, "submit")
        assert [entry.words for entry in AuditEntry.objects.filter(action="changed")] == ["Send to review: in review."]
        page = text_of(admin_client.get(LOG))
        assert "No fields changed" not in page
        count = AuditEntry.objects.count()
        assert ("1 entry" if count == 1 else f"{count} entries") in page
        assert "0 entries" in text_of(admin_client.get("/admin/votes/moderation/"))

    def test_sign_ins_of_the_desk_and_not_of_readers(self) -> None:
        User.objects.create_superuser("boss@example.org", "harbour-light")
        client = Client()
        client.post("/admin/login/", {"username": "boss@example.org", "password": "harbour-light"})
        assert (newest().action, newest().words) == ("signed_in", "by password")
        sign_in(Client(), "boss@example.org")
        assert newest().words == "by emailed code"
        sign_in(Client(), "mate@example.org")
        assert AuditEntry.objects.count() == 2

    def test_failures_are_counted_by_day_and_account(self, admin_user: User, admin_client: Client) -> None:
        for account in (admin_user, admin_user, make_user(), None):
            note_failure(FailedTry.Door.PASSWORD, account)
        assert dict(FailedTry.objects.values_list("account", "tries")) == {admin_user.pk: 2, 0: 2}
        assert "password nobody of the desk 2" in text_of(admin_client.get(LOG))


class TestThatItIsForGood:
    @pytest.mark.parametrize(
        "statement",
        [
            *("UPDATE accounts_auditentry SET words = 'nothing'", "DELETE FROM accounts_auditentry"),
            *("DELETE FROM accounts_failedtry", "UPDATE accounts_failedtry SET tries = 0"),
            "ALTER TABLE accounts_auditentry ENABLE TRIGGER audit_is_not_emptied; TRUNCATE accounts_auditentry",
        ],
    )
    def test_no_statement_changes_it(self, admin_user: User, statement: str) -> None:
        AuditEntry.objects.create(actor=admin_user, action="changed", words="everything")
        note_failure(FailedTry.Door.CODE, None)
        with pytest.raises(IntegrityError, match="for good"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert (newest().words, FailedTry.objects.get().tries) == ("everything", 1)

    def test_who_leaves_stays_as_a_number(self, admin_client: Client) -> None:
        chief = person(PUBLISHER)
        assert chief
        tool = make_tool(status="draft", published_at=None)
        press(at_desk(chief), tool, "publish")
        number = chief.pk
        assert f">{chief.name}</a>" in html_of(admin_client.get(LOG))
        close_account(chief)
        page = html_of(admin_client.get(LOG))
        assert f"an editor who left, no. {number}" in page
        assert f"?person={number}" in page
        assert not LogEntry.objects.filter(object_repr=tool.name).exists()
        assert newest(name=tool.name).actor_id == number
        assert tool.name in text_of(admin_client.get(f"{LOG}?person={number}"))
        assert "an editor who left" in text_of(admin_client.get(f"{LOG}{newest(name=tool.name).pk}/change/"))


class TestReadingIt:
    def test_publishers_read_and_others_do_not(self) -> None:
        AuditEntry.objects.create(action="changed", kind="tools.tool", object_id="7", name="Lathe")
        assert "Lathe" in text_of(at_desk(person(PUBLISHER)).get(LOG))
        assert at_desk(person(WRITER)).get(LOG).status_code == 403

    def test_it_is_searched_and_filtered_by_kind_action_person_and_day(self, admin_client: Client) -> None:
        for number, name in enumerate(("Lathe", "Plane", "Saw")):
            AuditEntry.objects.create(
                action="deleted" if number else "changed",
                kind=f"tools.{('tool', 'category')[number % 2]}",
                object_id=str(70 + number),
                name=name,
                actor=make_user(name=f"Mate {number}"),
            )
        saw = newest(name="Saw")
        asked = {
            "": {"Lathe", "Plane", "Saw"},
            "?q=lat": {"Lathe"},
            "?q=71": {"Plane"},
            "?kind=tools.tool": {"Lathe", "Saw"},
            "?action__exact=changed": {"Lathe"},
            f"?person={saw.actor_id}": {"Saw"},
            f"?day={saw.at:%Y-%m-%d}": {"Lathe", "Plane", "Saw"},
            "?day=2020-02-02": set(),
            "?person=x&day=never": {"Lathe", "Plane", "Saw"},
        }
        for query, wanted in asked.items():
            page = html_of(admin_client.get(LOG + query))
            rows = page.partition('id="result_list"')[2]
            assert {name for name in ("Lathe", "Plane", "Saw") if name in rows} == wanted, query

    def test_an_entry_leads_to_the_history_of_what_it_is_about(self, admin_client: Client) -> None:
        tool = make_tool(status="draft", published_at=None)
        press(admin_client, tool, "submit")
        assert f'href="/admin/tools/tool/{tool.pk}/history/"' in html_of(admin_client.get(LOG))

    def test_superusers_take_it_as_a_file_that_no_spreadsheet_runs(self, admin_client: Client) -> None:
        AuditEntry.objects.create(action="changed", kind="tools.tool", object_id="7", name="=1+1", words="Made it so.")
        AuditEntry.objects.create(action="changed", kind="tools.category", object_id="8", name="Saws")
        answer: Any = admin_client.get(f"{EXPORT}?kind=tools.tool")
        lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
        assert lines[0] == ["at", "actor", "action", "kind", "object_id", "name", "words", "changes"]
        assert [line[2:] for line in lines[1:]] == [["changed", "tools.tool", "7", "'=1+1", "Made it so.", ""]]
        assert (newest().action, newest().words) == ("exported", "1 rows")
        assert at_desk(person(PUBLISHER)).get(EXPORT).status_code == 403

    def test_everything_asked_of_it_goes_by_an_index(self, admin_client: Client) -> None:
        """With as many rows as are worth an index, each query of the list, as the list asks it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO accounts_auditentry (at, actor_id, action, kind, object_id, name, words, changes) "
                "SELECT now() - n * interval '1 minute', n % 50, 'changed', 'tools.tool', n, 'Tool ' || md5(n::text), "
                "'', '{}' FROM generate_series(1, 30000) n"
            )
            cursor.execute("ANALYZE accounts_auditentry")
        asked = ("", "?person=7", "?kind=tools.category", "?action__exact=deleted", "?day=2020-02-02", "?q=0cc175b9c0")
        for query in asked:
            with CapturedPlans() as plans:
                assert admin_client.get(LOG + query).status_code == 200
            assert plans.read, query
            assert not any("Seq Scan on accounts_auditentry" in plan for plan in plans.read), (query, plans.read)


class CapturedPlans:
    """How PostgreSQL reads the log for each query of the log that is sent meanwhile."""

    def __enter__(self) -> CapturedPlans:
        self.read: list[str] = []
        self.wrapped = connection.execute_wrapper(self.explain)
        self.wrapped.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self.wrapped.__exit__(*raised)

    def explain(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if sql.startswith("SELECT") and "accounts_auditentry" in sql:
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                self.read.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)
