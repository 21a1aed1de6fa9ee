"""What an issue says, to whom, and that its two parts say the same."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from newsletter.links import preferences_path, unsubscribe_path
from newsletter.models import Block, Issue
from newsletter.rendering import (
    Rendered,
    fill,
    is_silent,
    personal,
    preview,
    readers_of,
    render,
    sample_reader,
    sections,
)
from newsletter.rendering.letters import text_bar
from newsletter.rendering.pages import read_page
from newsletter.wishes import Wishes
from tests.factories import make_reviewer, make_tool
from tests.newsletter.letters import full_issue, reader
from tests.newsletter.post import subscribed

pytestmark = pytest.mark.django_db

# Everything that Markdown can say here, a picture and an address in brackets among it.
MARKDOWN = f"""# A heading

Two *words* & a [link](/tools/gantry-agents/), `code <b>` and <https://elsewhere.example/a?b=1&c=2>.
Next line\\
after a break, {"a very long line " * 9}

1. one
2. two
   - below two

> Quoted, with [another](https://elsewhere.example/q).

![A hull](/media/{"a" * 40}.png#900x300)

```
as  typed
   indented
```

| Tool | Price |
| ---- | ----- |
| Lathe | $20 |

***

The end."""


def both(issue: Issue, **wishes: Any) -> tuple[str, str]:
    return fill(render(issue), reader(**wishes))


def words(text: str) -> str:
    """Words, figures and addresses, one blank between: lines, bars, brackets and marks are how a part looks."""
    plain = re.sub(r"\|[#.]+\|", " ", text).lower().split()
    return " ".join(bare for word in plain if (bare := word.strip('.,:;!()[]{}<>|*=-"“”\u00a0')))


def said_in_html(html: str) -> list[str]:
    """Each run of text, and each address that something leads to."""
    tree = lxml_html.fromstring(html)
    for hidden in tree.xpath("//head | //style"):
        hidden.drop_tree()
    texts = [text.strip() for text in tree.itertext() if isinstance(text, str) and text.strip(" \n\t\u00a0")]
    addresses = tree.xpath("//a/@href | //div[contains(@class, 'words')]//img/@src")
    return [*texts, *addresses, *tree.xpath("//img/@alt")]


def assert_equal(html: str, text: str) -> None:
    plain = words(text)
    said = said_in_html(html)
    missing = [one for one in said if words(one) not in plain]
    assert missing == []
    everything = set(" ".join(words(one) for one in said).split())
    assert [word for word in plain.split() if word not in everything and word not in ("1", "2")] == []


@pytest.mark.parametrize("wishes", [{}, {"tools": (3,), "reviewers": (9,)}, {"categories": (100, 101)}])
def test_both_parts_say_the_same(wishes: dict[str, Any]) -> None:
    issue = full_issue(introduction=MARKDOWN, left_out={"price": 12})
    Block.objects.filter(kind="changed").update(words=MARKDOWN)
    html, text = both(issue, **wishes)
    assert_equal(html, text)
    for one in ("Four to nil", "The Skeptic", "34% of 58", "12 more stand in the receipts", "2 October 2026", "Lathe"):
        assert one in text


def test_what_is_missing_in_one_part_is_found() -> None:
    html, text = both(full_issue())
    with pytest.raises(AssertionError):
        assert_equal(html.replace("34%", "35%", 1), text)
    with pytest.raises(AssertionError):
        assert_equal(html, f"{text}One more.")


def test_plain_text_of_every_sort_of_words() -> None:
    _html, text = both(full_issue(introduction=MARKDOWN))
    site = settings.SITE_URL
    for line in (
        "A heading\n",
        f"Two words & a link ({site}/tools/gantry-agents/), code\n<b> and https://elsewhere.example/",
        "/a?b=1&c=2. Next line\nafter a break",
        "1. one\n2. two\n   - below two\n",
        "> Quoted, with another (https://elsewhere.example/q).\n",
        f"[A hull]\n{site}/media/{'a' * 40}.png\n",
        "\nas  typed\n   indented\n",
        "Tool | Price\nLathe | $20\n",
        "* * *\n",
    ):
        assert line in text
    assert max(len(line) for line in text.splitlines() if "://" not in line) <= 70


def test_pictures_fit_and_addresses_are_whole() -> None:
    html, _text = both(full_issue(introduction=MARKDOWN))
    assert f'src="{settings.SITE_URL}/media/{"a" * 40}.png" alt="A hull" width="536"' in html
    assert all(re.match(r"https?://", address) for address in re.findall(r'(?:href|src)="([^"]*)"', html))


def test_nothing_watches() -> None:
    """No picture but our own, the same for everybody; no link by way of a counter."""
    html, text = both(full_issue())
    assert re.findall(r'src="([^"]*)"', html) == [f"{settings.SITE_URL}/static/img/email-header.png"]
    other, _ = fill(render(full_issue(number=88, iso_week="2026-W48")), reader(address="a@b.example"))
    assert re.findall(r'src="([^"]*)"', other) == re.findall(r'src="([^"]*)"', html)
    assert "url(" not in html
    assert set(re.findall(r"https?://[^/\s\"<]+", text)) == {settings.SITE_URL, "https://drydock.example"}


def test_styles_are_in_the_elements_and_the_head_keeps_what_depends_on_light_and_width() -> None:
    rendered = render(full_issue())
    tree = lxml_html.fromstring(rendered.html)
    (style,) = tree.xpath("//style/text()")
    assert "prefers-color-scheme: dark" in style
    assert "max-width: 480px" in style
    (heading,) = tree.xpath("//h1")
    assert "Georgia" in heading.get("style")
    assert rendered.html.startswith("<!DOCTYPE html><html lang=")
    tables = tree.xpath("//table")
    assert len(tables) > 20
    assert {table.get("role") for table in tables} == {"presentation"}


def test_blocks_stand_in_the_editors_order_and_dropped_ones_nowhere() -> None:
    issue = full_issue()
    Block.objects.filter(about="comparison:5").update(position=0)
    Block.objects.filter(about="tool:1").update(position=1)
    Block.objects.filter(kind="price").update(is_dropped=True)
    Block.objects.create(issue=issue, kind="note", about="note:2", words=" ", position=2)
    kinds = [(section.kind, len(section.blocks)) for section in sections(issue)]
    assert kinds == [("comparison", 1), ("new", 3), ("changed", 1), ("mover", 1), ("note", 1)]
    html, text = both(issue)
    assert "$24" not in html + text


class TestWhatOneFollows:
    def places(self, text: str, *names: str) -> list[int]:
        return [text.index(name) for name in names]

    def test_comes_first_under_its_own_heading_and_says_what_it_is(self) -> None:
        rendered = render(full_issue())
        html, text = fill(rendered, reader(tools=(6,)))
        for page, heading, rest in (
            (html, "What you follow", "New verdicts"),
            (text, "WHAT YOU FOLLOW", "NEW VERDICTS"),
        ):
            order = self.places(page, heading, "Changed verdict", "The Builder moves", "Price change", "$24", rest)
            assert order == sorted(order)
        for gone in ("CHANGED VERDICTS", "PRICE CHANGES"):
            assert gone not in text

    def test_nobody_who_follows_nothing_sees_that_heading(self) -> None:
        html, text = both(full_issue(), tools=(99,))
        assert "What you follow" not in html
        assert "WHAT YOU FOLLOW" not in text
        assert "New verdict:" not in text

    @pytest.mark.parametrize(
        ("wishes", "followed"),
        [
            ({"tools": (3,)}, {"tool:3", "comparison:5"}),
            ({"reviewers": (9,)}, {"tool:1"}),
            ({"categories": (101,)}, {"tool:1", "tool:3", "comparison:5"}),
            ({"tools": (99,), "categories": (7,)}, set()),
        ],
    )
    def test_is_what_touches_it(self, wishes: dict[str, Any], followed: set[str]) -> None:
        issue = full_issue()
        abouts = list(issue.blocks.values_list("about", flat=True))
        rendered = render(issue)
        for follows in (reader(**wishes), Wishes(**wishes)):
            assert {abouts[place] for place in personal(rendered, follows).places} == followed

    def test_silence_is_for_those_who_asked_for_it(self) -> None:
        rendered = render(full_issue())
        assert is_silent(rendered, reader(only_followed=True, tools=(99,)))
        assert not is_silent(rendered, reader(only_followed=True, tools=(3,)))
        assert not is_silent(rendered, reader(tools=(99,)))


BLOCK = "<!--\x02block {n} {n} - -\x03-->B{n};<!--\x02kicker\x03-->K{n};<!--\x02/kicker\x03-->A{n};"


@given(st.lists(st.integers(0, 4), max_size=5), st.integers(0, 2**20))
def test_no_block_is_lost_or_told_twice(runs: list[int], followed: int) -> None:
    """Whoever follows whatever: every block once, those first that are followed, all others in their order."""
    count = iter(range(100))
    body = "".join(
        f"<!--\x02section k{run}\x03-->S{run};" + "".join(BLOCK.format(n=next(count)) for _ in range(size))
        for run, size in enumerate(runs)
    )
    page = read_page(f"H;<!--\x02follow\x03-->F;{body}<!--\x02foot\x03-->E")
    followed &= (1 << sum(runs)) - 1
    told = [int(part[1:]) for part in "".join(page.arranged(followed)).split(";") if part.startswith("B")]
    first = [number for number in range(sum(runs)) if followed >> number & 1]
    assert told == first + [number for number in range(sum(runs)) if number not in first]
    assert Counter("".join(page.arranged(followed)).split(";"))["F"] == bool(followed)


def test_what_is_frozen_is_all_that_is_needed() -> None:
    issue = full_issue()
    rendered = render(issue)
    Issue.objects.filter(pk=issue.pk).update(html=rendered.html, text=rendered.text, content_sha256=b"x" * 32)
    issue.refresh_from_db()
    with CaptureQueriesContext(connection) as asked:
        again = render(issue)
    assert (again, len(asked)) == (rendered, 0)
    assert fill(Rendered.of_frozen(issue), reader(tools=(3,))) == fill(rendered, reader(tools=(3,)))


def test_nobody_types_a_mark() -> None:
    typed = "\x02=unsubscribe\x03 {{ place('address') }} <!--\x02foot\x03-->"
    html, text = both(full_issue(subject=f"Calm {typed}", introduction=typed, preheader=typed))
    assert html.count("/newsletter/unsubscribe/7-abc/") == text.count("/newsletter/unsubscribe/7-abc/") == 1
    assert "\x02" not in html + text
    assert "&lt;!--=unsubscribe" not in html
    assert "mate@example.org" not in text.split("You confirmed")[0]


def test_an_address_is_data_in_both_parts() -> None:
    html, text = both(full_issue(), address="a&b'<i>@example.org")
    assert "as a&amp;b&#x27;&lt;i&gt;@example.org." in html
    assert "as a&b'<i>@example.org." in text


def test_readers_take_their_wishes_along_in_a_fixed_number_of_queries() -> None:
    tools, reviewer = [make_tool(), make_tool()], make_reviewer()
    people = [subscribed(f"mate{number}@example.org", only_followed=number == 1) for number in range(3)]
    people[0].tools.set(tools)
    people[1].reviewers.add(reviewer)
    people[1].categories.add(tools[0].category)

    def made(some: list[Any]) -> tuple[list[Any], int]:
        with CaptureQueriesContext(connection) as asked:
            return list(readers_of(some)), len(asked)

    found, queries = made(people)
    assert made(people[:1])[1] == queries == 1
    assert [sorted(one.tools) for one in found] == [sorted(tool.pk for tool in tools), [], []]
    assert (list(found[1].reviewers), list(found[1].categories)) == ([reviewer.pk], [tools[0].category_id])
    assert [one.only_followed for one in found] == [False, True, False]
    assert found[2].unsubscribe == unsubscribe_path(people[2])
    assert found[2].preferences == preferences_path(people[2])


def test_a_preview_shows_what_somebody_would_get_and_its_links_do_nothing() -> None:
    issue, mate = full_issue(), subscribed()
    mate.tools.add(make_tool(pk=3))
    html, text = preview(issue, mate)
    assert "What you follow" in html
    assert "mate@example.org" in text
    for path in (unsubscribe_path(mate), preferences_path(mate)):
        assert path not in html + text
    html, text = preview(issue)
    assert "What you follow" not in html
    assert "you@example.org" in text


@pytest.mark.parametrize("link", ["unsubscribe", "preferences"])
def test_a_link_of_a_sample_opens_nothing(client: Any, link: str) -> None:
    path = getattr(sample_reader(), link)
    for answer in (client.get(path), client.post(path, {"List-Unsubscribe": "One-Click"})):
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("share", "bar"), [(0, "|....................|"), (75, "|###############.....|"), (100, f"|{'#' * 20}|")]
)
def test_a_bar_of_letters(share: int, bar: str) -> None:
    assert text_bar(share) == bar
