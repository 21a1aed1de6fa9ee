"""Share images: what they show, how they are kept, and names that fit nowhere."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from pytest_django.fixtures import DjangoAssertNumQueries

from comparisons.sharing.faces import printable
from comparisons.sharing.hull import PAPER, SHIP, SKIP
from tests.factories import make_panel, make_review, make_tool
from tests.pages import html_of

pytestmark = pytest.mark.django_db

STAMP, BASIN = (64, 476, 600, 546), (652, 318, 1130, 542)


def picture(response: Any) -> Image.Image:
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    image = Image.open(BytesIO(response.content))
    assert image.size == (1200, 630)
    return image.convert("RGB")


def has(image: Image.Image, colour: str, box: tuple[int, int, int, int]) -> bool:
    """Whether a thousandth of the box or more has the colour, as near as the palette comes."""
    wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    part = image.crop(box)
    near = [count for count, found in part.getcolors(part.width * part.height) or [] if _near(found, wanted)]
    return sum(near) > part.width * part.height / 1000


def _near(found: Any, wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 12 for one, other in zip(found, wanted, strict=True))


def og(client: Client, address: str) -> dict[str, str]:
    html = html_of(client.get(address))
    return dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">', html))


def test_page_names_its_picture_and_the_picture_says_what_the_page_says(client: Client) -> None:
    tool = make_tool(slug="x", name="Lathe")
    make_panel(tool, "sssk")
    tags = og(client, "/tools/x/")
    assert tags["og:title"] == "Lathe: ship or skip?"
    assert tags["og:description"].startswith("Does one thing. Panel ship 75%, 3 of 4.")
    assert tags["og:url"] == "http://127.0.0.1:8000/tools/x/"
    assert tags["og:image:alt"] == "Lathe: Ship, 3 of 4 on the panel."
    assert tags["twitter:card"] == "summary_large_image"
    image = picture(client.get(tags["og:image"]))
    assert has(image, SHIP, STAMP)
    assert not has(image, SKIP, STAMP)


def test_a_changed_verdict_is_another_picture_at_another_address(client: Client) -> None:
    tool = make_tool(slug="x")
    make_review(tool, verdict="ship")
    before = og(client, "/tools/x/")["og:image"]
    for _ in range(2):
        make_review(tool, verdict="skip")
    after = og(client, "/tools/x/")["og:image"]
    assert before != after
    assert client.get(before).content == client.get(after).content  # the old address shows what holds now
    assert has(picture(client.get(after)), SKIP, STAMP)


def test_the_water_stands_where_the_panel_does(client: Client) -> None:
    heights = []
    for verdicts in ("kkkk", "skkk", "sskk", "ssss"):
        tool = make_tool()
        make_panel(tool, verdicts)
        column = picture(client.get(f"/og/tools/{tool.slug}.png")).crop((1000, 330, 1001, 540))
        inked = [y for y in range(column.height) if _near(column.getpixel((0, y)), (16, 36, 58))]
        heights.append(330 + inked[0])
    assert heights == [534, 496, 459, 384]


def test_an_unreviewed_tool_has_an_empty_basin(client: Client) -> None:
    make_tool(slug="x")
    assert not has(picture(client.get("/og/tools/x.png")), "#cde4e6", BASIN)


def test_pair_and_site_have_pictures(client: Client) -> None:
    make_panel(make_tool(slug="a", name="A"), "s")
    make_panel(make_tool(slug="b", name="B"), "k")
    tags = og(client, "/compare/a-vs-b/")
    assert tags["og:image:alt"] == "A: Ship, 1 of 1 on the panel. B: Skip, 0 of 1 on the panel."
    image = picture(client.get(tags["og:image"]))
    assert has(image, SHIP, (64, 260, 550, 310))
    assert has(image, SKIP, (650, 260, 1136, 310))
    assert has(picture(client.get(og(client, "/")["og:image"])), PAPER, (0, 100, 1200, 140))


def test_picture_is_kept_by_its_version(client: Client) -> None:
    make_tool(slug="x")
    named = client.get(og(client, "/tools/x/")["og:image"])
    assert named["Cache-Control"] == "public, max-age=31536000, immutable"
    assert named["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not named.cookies
    assert "Cookie" not in named.get("Vary", "")
    for address in ("/og/tools/x.png", "/og/tools/x.png?v=0000"):
        assert client.get(address)["Cache-Control"] == "public, max-age=3600"
    again = client.get("/og/tools/x.png", headers={"if-none-match": named["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("address", "queries"),
    [
        *(("/og/tools/a.png", 4), ("/og/tools/ghost.png", 2), ("/og/tools/draft.png", 2)),
        *(("/og/compare/a-vs-b.png", 4), ("/og/compare/b-vs-a.png", 2), ("/og/compare/a-vs-a.png", 2)),
        *(("/og/compare/a.png", 1), ("/og/compare/a-vs-ghost.png", 2), ("/og/site.png", 0)),
    ],
)
def test_what_is_unknown_is_refused_and_nothing_is_read_twice(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, address: str, queries: int
) -> None:
    for slug in "ab":
        make_panel(make_tool(slug=slug), "sk")
    make_tool(slug="draft", status="draft", published_at=None)
    with django_assert_num_queries(queries):
        assert client.get(address).status_code == (404 if queries in (1, 2) else 200)


def test_a_tool_whose_address_reads_like_a_pair_has_its_own_picture(client: Client) -> None:
    for slug in ("a", "b", "a-vs-b"):
        make_tool(slug=slug, name=slug.upper())
    picture(client.get("/og/tools/a-vs-b.png"))
    assert og(client, "/tools/a-vs-b/")["og:image:alt"] == "A-VS-B: Unreviewed."


@pytest.mark.parametrize(
    "name",
    [
        "W" * 120,
        "The considerate meeting decliner " * 3,
        "工具の名前",
        "אונייה",
        "🚢🚢🚢",
        "e\u0301clair",
        "\u202eevil",
        ".",
        "A\tB",
    ],
)
def test_any_name_is_drawn(client: Client, name: str) -> None:
    make_tool(slug="x", name=name)
    make_tool(slug="y", name=name)
    picture(client.get("/og/tools/x.png"))
    picture(client.get("/og/compare/x-vs-y.png"))


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Café Œuvre – 3.1™", "Café Œuvre – 3.1"),
        ("🚀 Rocket 👩🏽‍🚀", "Rocket"),
        ("e\u0301clair", "éclair"),
        ("工具", "the-slug"),
        ("Корабль", "the-slug"),
        ("🚢", "the-slug"),
    ],
)
def test_what_the_faces_lack_gives_way_to_the_address(name: str, printed: str) -> None:
    assert printable(name, "the-slug") == printed
