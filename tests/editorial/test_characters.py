"""Characters that break pages and feeds: refused on the desk and in files, and never sent to a feed reader."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from reviews.models import Review, Reviewer
from tests.comparisons.test_feeds import feed, titles
from tests.factories import make_category, make_page, make_review, make_reviewer, make_tool
from tests.pages import text_of
from tests.publications import Folder
from tools.models import Category, Criterion, Fact, Plan, Tool

pytestmark = pytest.mark.django_db

BROKEN = ["\x01", "\x08", "\x0b", "\x0c", "\x1f", "\x7f", "\x80", "\x9f", "\ufdd0", "\ufffe", "\U0010ffff", "\ud800"]
TURNING = ["\u202a", "\u202e", "\u2066", "\u2069"]
FINE = ["\t", "\n", "\r\n", "\u200e", "\u200f", "\u061c", "\u200d", "é", "ב", "🚢", "\U000e0067"]


def refused(row: Tool | Review) -> dict[str, list[str]]:
    try:
        row.clean_fields()
    except ValidationError as error:
        return error.message_dict
    return {}


@pytest.mark.parametrize("character", BROKEN + TURNING)
def test_a_line_with_such_a_character_is_refused_with_its_place(character: str) -> None:
    tool = make_tool()
    tool.name = f"La{character}the"
    code = f"U+{ord(character):04X}"
    assert refused(tool) == {"name": [f"Character 3 is {code}, which cannot be shown safely. Take it out."]}


@pytest.mark.parametrize("character", BROKEN)
def test_a_body_with_a_broken_one_is_refused(character: str) -> None:
    tool = make_tool()
    tool.description = f"Good.\n{character}"
    assert refused(tool)["description"][0].startswith("Character 7 is U+")


@pytest.mark.parametrize("character", FINE + TURNING)
def test_other_characters_may_stand_in_a_body(character: str) -> None:
    review = make_review(make_tool())
    review.body = f"Good{character}."
    assert refused(review) == {}


@pytest.mark.parametrize("model", [Category, Criterion, Fact, Plan, Reviewer, Review, Tool])
def test_every_kind_of_row_that_is_typed_is_checked(model: type[Tool]) -> None:
    texts = [
        field.name for field in model._meta.concrete_fields if field.get_internal_type() in ("CharField", "TextField")
    ]
    row = model(**dict.fromkeys([name for name in texts if name not in ("status",)], "\x01"))
    with pytest.raises(ValidationError) as caught:
        row.clean_fields()
    for name in set(texts) - {"status"}:
        assert name in caught.value.message_dict, name


def test_the_desk_names_the_field_and_the_place(admin_client: Client) -> None:
    page = make_page()
    address = f"/admin/editorial/page/{page.pk}/change/"
    answer = admin_client.post(address, {"title": "Ab\x07out", "body": "Words."})
    assert "Character 3 is U+0007" in text_of(answer)
    answer = admin_client.post(address, {"title": "About", "body": "One\r\n\r\nTwo\t."})
    assert answer.status_code == 302


def test_a_file_is_refused_with_its_key_and_the_place(tmp_path: Path) -> None:
    folder = Folder(tmp_path).write("categories.yaml", "- slug: workshop\n  name: Workshop\n")
    folder.write("pages/about.md", "---\ntitle: About\n---\n\nBad \x07 bell.\n")
    (problem,) = folder.problems()
    assert "pages/about.md" in problem
    assert "body: Character 5 is U+0007, which cannot be shown safely. Take it out." in problem


def test_no_feed_breaks_when_such_characters_are_stored_all_the_same(client: Client) -> None:
    """As a hand at the database, or an older release, may have left them."""
    hostile = "A]]>&<b>\x0b\ufffe\"'"
    tool = make_tool(name=hostile, maker=hostile, category=make_category(slug="c", name=hostile))
    make_review(tool, make_reviewer(name=hostile), headline=hostile, body=hostile)
    for address in ("/feeds/verdicts.atom", "/feeds/categories/c.atom", "/feeds/receipts.atom"):
        assert titles(feed(client, address)), address
