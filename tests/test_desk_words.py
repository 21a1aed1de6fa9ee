"""That the editors' desk can be translated: its pages under a language made up for the test hold no English of ours.

Django's own words are translated the same way from Django's own catalogues, so that only what nobody marked stands out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import allauth
import django
import pytest
from babel.messages.pofile import read_po
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.template import engines
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import trans_real
from lxml import html

from accounts.models import OutgoingMail
from newsletter.models import Issue, Subscriber, Suppression
from newsletter.services import suppress
from reviews.verdicts import word_text
from testbed.catalogue import compiled, extract
from tests.factories import (
    make_category,
    make_comparison,
    make_criterion,
    make_fact,
    make_free_plan,
    make_image,
    make_link,
    make_page,
    make_plan,
    make_review,
    make_tool,
    make_user,
    make_wanted,
)
from tests.newsletter.desk import MAKE, SCHEDULE, week_with
from tests.newsletter.post import fill_in, mails, subscribed
from tests.pseudo import translate
from tests.votes.desk import CASES, FREEZES, HOLD, LOG, VOTES, WAVES, make_burst, make_limit_case, page_of
from tools import figures
from tools.models import Tool
from votes.models import Case, Freeze
from votes.services import freeze_votes

pytestmark = pytest.mark.django_db

OURS = ("accounts", "editorial", "tools", "reviews", "votes", "comparisons", "newsletter")
DESKS = [model for model in admin.site._registry if model._meta.app_label in OURS]
# Units, addresses and raw values; and what the log of votes keeps in English whatever the edition's language is.
SAME = {"https", "com", "example", "org", "utc", "cast", "held", "burst", "released", "voided"}
SAME |= {"about", "methodology", "privacy"}
# Names of roles, which are stored when the database is made.
SAME |= {"writer", "editor", "publisher", "reviewer", "support"}
SAME |= {"csv", "json", "kb"}  # kinds of files, and a unit
SAME |= {"search", "true", "false", "authenticator"}  # what Django and django-allauth do not translate
NO_ROWS = {f"{name}-{count}_FORMS": 0 for name in ("plans", "facts") for count in ("TOTAL", "INITIAL")}
NO_BLOCKS = {"blocks-TOTAL_FORMS": 0, "blocks-INITIAL_FORMS": 0}
TIMES = {"weekday": 5, "local_time": "09:00", "zone": "UTC", "mode": "approved", "veto_hours": 24}
_SAID = ("aria-label", "placeholder", "title", "alt")


def forget_words() -> None:
    """An edition has one language for good and remembers what it printed; a test run has two."""
    for printed in (word_text, *vars(figures).values()):
        if hasattr(printed, "cache_clear"):
            printed.cache_clear()


@pytest.fixture
def made_up(tmp_path: Path, settings: Any) -> Iterator[None]:
    """An edition in Hebrew letters: our catalogue and those of Django and of django-allauth."""
    catalogue = extract()
    catalogue.locale = "he"
    packages = [Path(package.__file__).parent for package in (django, allauth) if package.__file__]
    for path in (path for package in packages for path in package.rglob("locale/en/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    catalogue.add(message.id, context=message.context)
    translate(catalogue)
    compiled(catalogue, tmp_path, "he")
    forgotten: Any = trans_real._translations  # type: ignore[attr-defined]
    looking_up: Any = vars(translation._trans)  # type: ignore[attr-defined]
    english = dict(looking_up)
    # Pages for readers, and mails, have their words compiled into their templates.
    printing: Any = vars(engines)["_engines"]
    pages = printing.pop("jinja2", None)
    settings.LOCALE_PATHS, settings.LANGUAGE_CODE, settings.USE_I18N = [tmp_path], "he", True
    forgotten.clear()
    looking_up.clear()
    forget_words()
    yield
    forgotten.clear()
    looking_up.clear()
    forget_words()
    looking_up.update(english)
    printing.pop("jinja2", None)
    printing.update({"jinja2": pages} if pages else {})


@pytest.fixture
def desk(made_up: None, admin_client: Client) -> Client:
    return admin_client


def stocked() -> Tool:
    """One of everything that the desk shows."""
    tool, criterion = make_tool(category=make_category()), make_criterion(kind="yes_no")
    make_plan(tool), make_free_plan(tool), make_fact(tool, criterion, value="yes"), make_review(tool)
    make_comparison(tool, make_tool()), make_image(), make_page(), make_wanted(why="To see."), make_user(name="Mate")
    freeze_votes(tool=tool, actor=make_user(is_staff=True), reason="Too hot")
    make_burst(), make_limit_case()
    now = timezone.now()
    make_link(tool, failed_days=3, failing_since=now, problem="Nothing there.", checked_at=now)
    (
        make_tool(status="in_review", published_at=None),
        make_tool(status="scheduled", published_at=now + timedelta(days=2)),
    )
    OutgoingMail.objects.create(to="mate@example.org", subject="Words", text="Words")
    OutgoingMail.objects.update(written_at=now - timedelta(hours=1))
    suppress("5@example.org", Suppression.Reason.COMPLAINED, source="To see.")
    subscribed("mate@example.org")
    fill_in(Client(), "bosun@example.org")
    mails()
    week_with("Anchor")
    return tool


def written() -> set[str]:
    """Every text in the database: what people typed, addresses, and the names that Django gave to rights."""
    kept: set[str] = set()
    for model in [model for label in OURS for model in apps.get_app_config(label).get_models()]:
        choosing: Any = getattr(model, "pgh_tracked_model", model)  # a version keeps no choices of its own
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField)
            and not field.name.startswith("pgh_")
            and not choosing._meta.get_field(field.name).choices
        ]
        kept |= {text for row in model._default_manager.values_list(*names) for text in row if text} if names else set()
    kept |= set(Permission.objects.values_list("name", flat=True))
    kept |= set(LogEntry.objects.values_list("object_repr", flat=True))
    return {text for text in kept if re.search("[A-Za-z]{2}", text)}


def english(page: Any) -> list[str]:
    """What stands on a page in Latin letters and was not typed by anybody."""
    tree = html.fromstring(page.content.decode())
    said = list(
        tree.xpath("//text()[not(ancestor::script or ancestor::style or ancestor::textarea or ancestor::code)]")
    )
    said += [node.get(name) for name in _SAID for node in tree.xpath(f"//*[@{name}]")]
    said += tree.xpath("//input[@type='submit']/@value")
    text = "\n".join(said)
    for words in sorted(written(), key=len, reverse=True):
        text = text.replace(words, "\0")
    found = (re.findall("[A-Za-z]{2,}", line) for line in text.splitlines())
    return [" ".join(words) for words in found if {word.lower() for word in words} - SAME]


def addresses_of(model: type[models.Model]) -> Iterator[str]:
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    yield base
    yield f"{base}add/"
    if row := model._default_manager.order_by("pk").last():
        key = bytes(row.pk).hex() if isinstance(row.pk, memoryview | bytes) else row.pk
        yield from (f"{base}{key}/{page}/" for page in ("change", "delete", "history"))


def test_no_page_of_the_desk_has_words_that_cannot_be_translated(desk: Client) -> None:
    tool = stocked()
    found: dict[str, list[str]] = {}
    subscribers = "/admin/newsletter/subscriber/"
    walked_too = [f"{subscribers}{page}/" for page in ("figures", "import", "export")]
    walked_too += [f"{subscribers}{row.pk}/change/" for row in Subscriber.objects.all()]
    walked = ["/admin/", *(f"/admin/{label}/" for label in sorted({model._meta.app_label for model in DESKS}))]
    walked += [address for model in DESKS for address in addresses_of(model)]
    walked += [page_of(piece) for piece in Case.objects.all()] + [page_of(piece) for piece in Freeze.objects.all()]
    walked += [f"/admin/tools/tool/{tool.pk}/panel/", "/admin/tools/tool/evidence/"]
    preview = f"/admin/tools/tool/{Tool.objects.latest('pk').pk}/preview/"
    walked += [preview, HOLD, VOTES, f"{VOTES}?state=counted", f"{VOTES}?tool=none", LOG, WAVES, "/admin/login/"]
    walked += [HOLD, VOTES, f"{VOTES}?state=counted", f"{VOTES}?tool=none", LOG, WAVES, "/admin/login/"]
    walked += ["/admin/editorial/image/picker/", "/admin/tools/tool/import/", "/admin/reviews/review/export/"]
    walked += [f"/admin/newsletter/issue/{Issue.objects.get().pk}/preview/"]
    for address in [*walked, *walked_too]:
        page = desk.get(address, follow=True)
        if page.status_code != 403:  # nobody adds to the log
            assert page.status_code == 200, address
            found |= {address: words} if (words := english(page)) else {}
    assert found == {}


def test_what_the_desk_answers_can_be_translated(desk: Client) -> None:
    """Messages, refusals and questions of actions."""
    tool = stocked()
    burst = Case.objects.filter(is_burst=True).first()
    assert burst
    draft = make_tool(status="draft", published_at=None)
    fresh = make_review(draft, status="draft", published_at=None)
    other = make_comparison(draft, tool, status="draft", published_at=None)
    wanted, someone = [make_wanted().pk, make_wanted().pk], [make_user(name="Mate").pk]
    freeze = Freeze.objects.get()
    issue = f"/admin/newsletter/issue/{Issue.objects.get().pk}/"
    tried: list[tuple[str, dict[str, Any]]] = [
        ("/admin/tools/tool/add/", {"slug": "No Slug", **NO_ROWS}),
        ("/admin/comparisons/comparison/add/", {"first_tool": tool.pk, "second_tool": tool.pk}),
        ("/admin/reviews/review/add/", {"tool": tool.pk, "reviewer": tool.reviews.get().reviewer_id}),
        ("/admin/tools/tool/", {"action": "withdraw_selected", "_selected_action": [draft.pk, tool.pk]}),
        ("/admin/reviews/review/", {"action": "publish_selected", "_selected_action": [fresh.pk]}),
        ("/admin/comparisons/comparison/", {"action": "publish_selected", "_selected_action": [other.pk]}),
        (f"/admin/tools/tool/{tool.pk}/panel/", {"_step": "publish", "r0-headline": ""}),
        (f"/admin/tools/tool/{draft.pk}/panel/", {"_step": "publish", f"r{fresh.reviewer_id}-headline": "It sinks."}),
        (f"/admin/tools/tool/{draft.pk}/panel/", {"_step": "publish"}),
        ("/admin/tools/tool/", {"action": "check_selected", "_selected_action": [draft.pk, tool.pk]}),
        (
            "/admin/tools/tool/",
            {"action": "check_selected", "_selected_action": [draft.pk, tool.pk], "confirmed": "yes"},
        ),
        ("/admin/tools/tool/evidence/", {"_checked": "undo"}),
        ("/admin/tools/tool/evidence/", {"_checked": f"plan-{tool.plans.order_by('pk')[0].pk}"}),
        ("/admin/tools/tool/evidence/", {"_checked": f"plan-{tool.plans.order_by('pk')[0].pk}"}),
        ("/admin/tools/wantedtool/", {"action": "decline_selected", "_selected_action": wanted}),
        ("/admin/tools/wantedtool/", {"action": "decline_selected", "_selected_action": wanted, "confirmed": "yes"}),
        ("/admin/tools/wantedtool/", {"action": "reopen_selected", "_selected_action": wanted}),
        ("/admin/tools/wantedtool/", {"action": "reopen_selected", "_selected_action": wanted, "confirmed": "yes"}),
        ("/admin/tools/wantedtool/", {"action": "draft_selected", "_selected_action": wanted}),
        ("/admin/tools/wantedtool/", {"action": "merge_selected", "_selected_action": wanted[:1]}),
        ("/admin/tools/wantedtool/", {"action": "merge_selected", "_selected_action": wanted}),
        ("/admin/tools/wantedtool/", {"action": "merge_selected", "_selected_action": wanted, "confirmed": "yes"}),
        ("/admin/accounts/user/", {"action": "reset_selected", "_selected_action": someone}),
        ("/admin/accounts/user/", {"action": "reset_selected", "_selected_action": someone, "confirmed": "yes"}),
        (CASES, {"action": "void_selected", "_selected_action": [burst.pk]}),
        (page_of(burst), {}),
        (page_of(burst), {"step": "void", "reason": "Sold by the dozen"}),
        (page_of(burst), {"step": "void", "reason": "Sold by the dozen"}),
        (page_of(burst), {"step": "hold_again", "reason": "Look closer"}),
        (HOLD, {"tool": tool.pk, "crowd": "passing", "since_0": "2999-01-01", "since_1": "00:00"}),
        (HOLD, {"tool": tool.pk, "crowd": "passing", "since_0": "2020-01-01", "since_1": "00:00", "reason": "Odd"}),
        (VOTES, {}),
        ("/admin/editorial/image/picker/", {"picture": SimpleUploadedFile("a.gif", b"GIF89a"), "alt": ""}),
        ("/admin/tools/tool/import/", {"kind": "tools", "file": SimpleUploadedFile("a.csv", b"slug,name\nA b,")}),
        (
            "/admin/tools/tool/import/",
            {"kind": "tools", "file": SimpleUploadedFile("a.csv", "slug,מחיר\nA b,".encode())},
        ),
        ("/admin/tools/tool/import/", {"kind": "plans", "file": SimpleUploadedFile("a.xls", b"slug")}),
        (f"{FREEZES}add/", {"tool": tool.pk, "reason": "Too hot"}),
        (page_of(freeze), {"step": "resume", "reason": "Cooler"}),
        (page_of(freeze), {"step": "resume", "reason": "Cooler"}),
        (f"/admin/tools/tool/{draft.pk}/preview/", {"days": 7}),
        (f"/admin/tools/tool/{draft.pk}/preview/", {"days": "x"}),
        (f"/admin/tools/tool/{draft.pk}/preview/", {"revoke": "1"}),
        (f"{WAVES}add/", {"tool": tool.pk, "mark": "Letter 12"}),
        *((MAKE, {}), (MAKE, {}), (SCHEDULE, {"zone": "7"}), (SCHEDULE, {**TIMES, "_look": "1"}), (SCHEDULE, TIMES)),
        *((f"{issue}change/", {**NO_BLOCKS, "_step": step}) for step in ("hold", "let_go", "assemble", "approve")),
        *((f"{issue}change/", {**NO_BLOCKS, **typed}) for typed in ({"subject": "7", "_step": "approve"}, {})),
        (f"{issue}change/", {"_step": "take_back"}),
        *((f"{issue}preview/", {"_as": "1", "address": address}) for address in ("7", "mate@example.org")),
        *((f"{issue}preview/", {"_test": "1", "addresses": typed}) for typed in ("", "7", "mate@example.org")),
    ]
    found: dict[str, list[str]] = {}
    for address, form in [*tried, *tried_with_readers()]:
        page = desk.post(address, form, follow=True)
        assert page.status_code == 200, address
        found |= {f"{address} {form}": words} if (words := english(page)) else {}
    assert found == {}


def tried_with_readers() -> list[tuple[str, dict[str, Any]]]:
    """Every refusal and every step with a subscriber, a suppression and a list; all but the first are in this order."""
    subscribers = "/admin/newsletter/subscriber/"
    page = f"{subscribers}{Subscriber.objects.get(address='mate@example.org').pk}/change/"
    steps = [{"step": name, f"{name}-reason": "7"} for name in ("suppress", "lift", "unsubscribe")]
    lines = ["7,2025-01-01,7", "9@example.org,,7", "8@example.org,2025-01-01,7", "5@example.org,2025-01-01,7"]
    lines += ["bosun@example.org,2025-01-01,7", "8@example.org,2025-01-01,7", "7"]
    list_ = "\n".join(["email,consented_at,consent_source", *lines])
    return [
        (f"{subscribers}add/", {"email": "7", "source": "7@7", "tools": "7"}),
        (f"{subscribers}add/", {"email": "5@example.org"}),
        (f"{subscribers}add/", {"email": "8@example.org", "source": "7"}),
        (f"{subscribers}add/", {"email": "8@example.org", "source": "7"}),
        (page, {}),
        (page, {"step": "erase", "erase-typed": "8@example.org"}),
        *((page, step) for step in steps),
        (page, {"step": "erase", "erase-typed": "mate@example.org", "erase-reason": "7"}),
        (f"{subscribers}import/", {}),
        (f"{subscribers}import/", {"file": SimpleUploadedFile("a.csv", b"PK\x03\x04")}),
        (f"{subscribers}import/", {"file": SimpleUploadedFile("a.csv", list_.encode())}),
        ("/admin/newsletter/suppression/add/", {"email": "8@example.org", "reason": "7"}),
    ]


def test_history_and_collisions_can_be_translated(desk: Client) -> None:
    tool = stocked()
    address = f"/admin/tools/tool/{tool.pk}"
    form = {"name": tool.name, "slug": tool.slug, "maker": tool.maker, "category": tool.category_id, **NO_ROWS}
    form |= {"website": tool.website, "description": "7\n" * 9, "tagline": "1", "reason": "2"}
    desk.post(f"{address}/change/", form)
    desk.post(f"{address}/change/", {**form, "tagline": "3", "description": "7\n" * 9 + "4"})
    past: Any = desk.get(f"{address}/history/")
    key = past.context_data["older"].key
    collision = desk.post(f"{address}/change/", {**form, "tagline": "5", "_opened_at": "0.0.0"})
    restoring: Any = desk.get(f"{address}/restore/", {"version": key})
    stale = desk.post(f"{address}/restore/", {"version": key, "_opened_at": "0.0.0"})
    back = {"version": key, "_opened_at": restoring.context_data["token"]}
    restored = desk.post(f"{address}/restore/", back, follow=True)
    assert [english(page) for page in (past, collision, restoring, stale, restored)] == [[]] * 5
    assert "_theirs" in collision.content.decode()
    assert english(desk.get(f"{address}/history/")) == []


def test_words_that_nobody_marked_are_found(desk: Client) -> None:
    """The test's own eye: a label that is put back into plain English stands out."""
    field = Tool._meta.get_field("maker")
    marked, field.verbose_name = field.verbose_name, "builder of it"
    try:
        assert "Builder of it:" in " ".join(english(desk.get("/admin/tools/tool/add/"))) + ":"
    finally:
        field.verbose_name = marked
