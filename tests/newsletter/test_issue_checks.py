"""What keeps an issue from being approved, and what an editor is warned of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as conf
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.checks import UNFIT_SENDER, WITHOUT_ADDRESS, issues_can_go_out
from newsletter.findings import MOST
from newsletter.models import Block, Issue
from newsletter.rendering import NoPostalAddressError, checks, render, require_postal_address
from newsletter.services.issues import CannotStepError, approve_issue
from tests.factories import make_comparison, make_link, make_reviewer, make_tool
from tests.newsletter.letters import found, full_issue
from tests.newsletter.test_models import make_issue

pytestmark = pytest.mark.django_db
PICTURE = f"/media/{'a' * 40}.png#900x300"


def calm(**fields: Any) -> Issue:
    """An issue with which nothing is wrong."""
    return make_issue(**{"subject": "Calm seas", "introduction": "Nothing happened.", **fields})


def told(issue: Issue) -> dict[str, list[str]]:
    sentences: dict[str, list[str]] = {"error": [], "warning": []}
    for problem in checks(issue):
        sentences[problem.level].append(str(problem))
    return sentences


def test_of_a_calm_issue_there_is_nothing_to_say() -> None:
    assert checks(calm()) == []


@pytest.mark.parametrize(
    ("fields", "level", "said"),
    [
        ({"subject": "  "}, "error", "There is no subject."),
        ({"subject": "x" * 61}, "warning", "The subject has 61 characters"),
        ({"subject": "ALL HANDS ON DECK"}, "warning", "all in capitals"),
        ({"subject": "Calm seas!!!"}, "warning", "The subject shouts"),
        ({"subject": "Hello {{ name }}"}, "error", "“{{ name }}” in the subject was not filled in."),
        ({"preheader": "[[TODO]]"}, "error", "“[[TODO]]” in the first line was not filled in."),
        ({"introduction": "Six tools, %(count)s of them new."}, "error", "“%(count)s” in the introduction"),
        ({"introduction": "TODO: say something"}, "warning", "“TODO” in the introduction looks as if"),
        (
            {"introduction": "[Gone](/tools/nowhere/)"},
            "error",
            f"The link to {conf.SITE_URL}/tools/nowhere/ leads nowhere.",
        ),
        ({"introduction": "[Gone](/nowhere)"}, "error", "/nowhere leads nowhere."),
        ({"introduction": "[Relative](tools/gantry/)"}, "error", "The link to tools/gantry/ leads nowhere."),
        ({"introduction": "[Here](#below)"}, "error", "The link to #below leads nowhere."),
        ({"introduction": f"![A hull]({PICTURE})"}, "error", "png leads nowhere."),
    ],
)
def test_what_is_wrong_is_told(fields: dict[str, str], level: str, said: str) -> None:
    sentences = told(calm(**fields))
    assert [said in sentence for sentence in sentences[level]] == [True]
    assert sum(map(len, sentences.values())) == 1


def test_a_picture_that_is_there_has_to_say_something(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    default_storage.save(f"{'a' * 40}.png", ContentFile(b"a picture"))
    assert told(calm(introduction=f"![A hull]({PICTURE})")) == {"error": [], "warning": []}
    (said,) = told(calm(number=2, iso_week="2026-W02", introduction=f"![]({PICTURE})"))["error"]
    assert said.startswith("A picture in the introduction says nothing to whoever does not see it.")


def test_the_words_of_a_block_are_looked_at_as_well_and_those_of_a_dropped_one_are_not() -> None:
    issue = calm()
    note = Block.objects.create(issue=issue, kind="note", about="note:1", words="[[later]]")
    assert told(issue)["error"] == ["“[[later]]” in your words in “a note of your own” was not filled in."]
    Block.objects.filter(pk=note.pk).update(is_dropped=True)
    assert checks(issue) == []


def test_an_issue_without_introduction_is_a_warning_and_without_anything_an_error() -> None:
    issue = calm(introduction="")
    assert [sentence[:19] for sentence in told(issue)["error"]] == ["There is nothing in"]
    Block.objects.create(issue=issue, kind="note", about="note:1", words="Off next week.")
    assert told(issue) == {
        "error": [],
        "warning": ["There is no introduction: the issue begins with its first block."],
    }


def test_pages_that_are_there_are_found_and_what_was_withdrawn_since_is_not() -> None:
    lathe, mill, skeptic = make_tool(slug="lathe"), make_tool(slug="mill"), make_reviewer(slug="the-skeptic")
    make_comparison(lathe, mill)
    links = ["/", "/tools/", "/tools/lathe/?c=1#prices", "/compare/lathe-vs-mill/", "/reviewers/the-skeptic/"]
    links += ["/receipts/", "/feeds/verdicts.atom", "/newsletter/87/", f"{conf.SITE_URL}/tools/mill/", "/accounts/"]
    links += ["https://elsewhere.example/", "mailto:mate@example.org"]
    issue = calm(introduction=" ".join(f"[{number}]({link})" for number, link in enumerate(links)))
    assert checks(issue) == []
    mill.status, mill.published_at = "withdrawn", timezone.now()
    mill.save()
    skeptic.delete()
    gone = ["/compare/lathe-vs-mill/", "/reviewers/the-skeptic/", "/tools/mill/"]
    assert told(issue)["error"] == [f"The link to {conf.SITE_URL}{path} leads nowhere." for path in gone]


def test_what_our_weekly_checks_know_of_other_sites_is_a_warning() -> None:
    dead = {"failed_days": 3, "failing_since": timezone.now(), "problem": "It answered 404."}
    make_link(url="https://dead.example/", **dead)
    issue = calm(introduction="[One](https://dead.example/) and [two](https://alive.example/)")
    warnings = ["Nothing answers at https://dead.example/, as far as our checks know."]
    assert told(issue) == {"error": [], "warning": warnings}


def test_a_mail_that_would_be_cut_is_an_error() -> None:
    assert told(calm(introduction="A sentence of some length. " * 1_500))["error"] == []
    (said,) = told(calm(number=2, iso_week="2026-W02", introduction="A sentence of some length. " * 2_000))["error"]
    assert said == "The mail has 118 KB, and providers cut what has more than 100. Drop some blocks."


def test_all_that_can_be_found_in_a_week_fits() -> None:
    """Twelve of each kind, as an issue takes at most."""
    issue = full_issue()
    kinds = dict(found().values())
    for kind, count in {"new": MOST - 3, "changed": MOST - 1, "price": MOST - 1}.items():
        for number in range(count):
            Block.objects.create(issue=issue, kind=kind, about=f"{kind}:{number}", found=kinds[kind])
    assert not any("KB" in sentence for sentence in told(issue)["error"])


def test_a_mail_without_plain_text_is_an_error() -> None:
    issue = calm()
    Issue.objects.update(html=render(issue).html, text="", content_sha256=b"x" * 32)
    issue.refresh_from_db()
    assert told(issue)["error"] == ["The mail has no part in plain text."]


class TestThePostalAddress:
    @pytest.fixture(autouse=True)
    def _nowhere(self, settings: Any) -> None:
        settings.NEWSLETTER_POSTAL_ADDRESS = " \n"

    def test_nothing_is_approved_without_one(self) -> None:
        issue = calm()
        with pytest.raises(CannotStepError, match="There is no postal address"):
            approve_issue(issue, None)
        issue.refresh_from_db()
        assert issue.status == Issue.Status.DRAFT

    def test_nothing_is_sent_without_one(self) -> None:
        with pytest.raises(NoPostalAddressError, match="Set NEWSLETTER_POSTAL_ADDRESS"):
            require_postal_address()

    def test_the_deployment_check_says_so(self, settings: Any) -> None:
        assert issues_can_go_out() == [WITHOUT_ADDRESS]
        settings.NEWSLETTER_POSTAL_ADDRESS, settings.NEWSLETTER_FROM = "12 Example Quay", "nobody"
        assert issues_can_go_out() == [UNFIT_SENDER]


def test_the_postal_address_is_one_line(settings: Any) -> None:
    settings.NEWSLETTER_POSTAL_ADDRESS = "Drydock\n12 Example Quay\r\n00000 Port Example"
    assert require_postal_address() == "Drydock 12 Example Quay 00000 Port Example"


def test_approving_says_every_error_and_lets_warnings_pass() -> None:
    issue = calm(subject="", introduction="[[TODO]] [gone](/nowhere)")
    with pytest.raises(CannotStepError) as refused:
        approve_issue(issue, None)
    assert len(refused.value.sentences) == 3
    Issue.objects.update(subject="ALL HANDS", introduction="Fine.")
    assert approve_issue(issue, None).status == Issue.Status.APPROVED


def test_the_number_of_queries_does_not_follow_the_blocks() -> None:
    def queries(issue: Issue) -> int:
        with CaptureQueriesContext(connection) as asked:
            checks(issue)
        return len(asked)

    one = calm()
    Block.objects.create(issue=one, kind="note", about="note:1", words="Words.")
    some = calm(number=2, iso_week="2026-W02")
    for number in range(5):
        Block.objects.create(issue=some, kind="note", about=f"note:{number}", words=f"Words {number}.")
    assert queries(one) == queries(some)
