"""Every action of every list of the desk: alone it changes nothing and asks; what it does goes through services."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory

from accounts.models import User
from tests.editorial.people import make_piece
from tests.editorial.test_matrix import PIECES, rows
from tests.factories import make_user, make_wanted
from tests.pages import html_of

pytestmark = pytest.mark.django_db

# Lead to a form, or hand out a file, and change nothing; and what the session keeps of what was said.
READ_ONLY = {"draft_selected"}
SESSIONS = "accounts_ownedsession"
DESK = [path for path in Path(__file__).resolve().parents[2].glob("*/admin*/**/*.py") if "tests" not in path.parts]
DESK += list(Path(__file__).resolve().parents[2].glob("*/admin.py"))


def digests() -> dict[str, Any]:
    """Every table by the number of its rows, their last writers and their words."""
    tables = [name for name in connection.introspection.table_names() if name != SESSIONS]
    each = [
        f"SELECT '{table}', count(*), sum(hashtext(t::text)::bigint), sum(xmin::text::bigint) FROM \"{table}\" t"  # noqa: S608
        for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        return {name: rest for name, *rest in cursor.fetchall()}


def stocked() -> dict[str, list[Any]]:
    """Two of everything that the desk lists, by kind."""
    made = {label: [row] for label, row in rows().items()}
    for label in PIECES:
        made[label] = [make_piece(label.partition(".")[2], status) for status in ("draft", "in_review")]
    made["tools.wantedtool"].append(make_wanted())
    made["accounts.user"].append(make_user())
    return made


def test_an_action_alone_changes_no_row_and_asks(admin_client: Client, admin_user: User) -> None:
    made, tried = stocked(), []
    request = RequestFactory().get("/admin/")
    request.user = admin_user
    before = digests()
    for model, desk in admin.site._registry.items():
        label = model._meta.label_lower
        for name in desk.get_actions(request) or {}:
            form = {"action": name, "_selected_action": [row.pk for row in made[label]]}
            answer = admin_client.post(f"/admin/{model._meta.app_label}/{model._meta.model_name}/", form)
            assert digests() == before, f"{label}: {name} changes something before it has asked"
            if name not in READ_ONLY:
                assert answer.status_code == 200, f"{label}: {name} does not ask"
                page = html_of(answer)
                assert f'name="action" value="{name}"' in page, f"{label}: {name} does not ask"
                assert all(f'name="_selected_action" value="{row.pk}"' in page for row in made[label]), label
            tried.append(name)
    assert len(tried) > 30


def test_the_digest_sees_a_change(admin_client: Client) -> None:
    """The test's own eye."""
    wanted, before = make_wanted(), digests()
    assert digests() == before
    form = {"action": "decline_selected", "_selected_action": wanted.pk, "confirmed": "yes"}
    admin_client.post("/admin/tools/wantedtool/", form)
    changed = {name for name, digest in digests().items() if digest != before[name]}
    assert changed == {"tools_wantedtool", "django_admin_log", "accounts_auditentry"}


def test_no_page_of_the_desk_writes_in_bulk_by_itself() -> None:
    """`update` with fields, `bulk_update` and `bulk_create` belong to services; a context is a plain dictionary."""
    assert len(DESK) > 10
    for path in DESK:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in ("bulk_update", "bulk_create"), path
                assert not (node.func.attr == "update" and node.keywords), path
