"""robots.txt, llms.txt, security.txt, the manifest, the icons; and the headers of everything made for machines."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.robotparser import RobotFileParser

import pytest
from django.conf import settings
from django.test import Client, override_settings
from PIL import Image

from editorial.pages import standing_text
from tests.factories import make_category, make_comparison, make_panel, make_tool
from tests.pages import html_of, text_of
from votes.rules import KEY_LIFETIME

pytestmark = pytest.mark.django_db

ADDRESSES = (
    *("/robots.txt", "/llms.txt", "/.well-known/security.txt", "/site.webmanifest"),
    *("/sitemap.xml", "/sitemaps/tools-1.xml", "/feeds/verdicts.atom", "/feeds/categories/class.atom"),
    *("/og/site.png", "/og/tools/a.png", "/og/compare/a-vs-b.png"),
)


@pytest.fixture
def publication() -> None:
    category = make_category(slug="class")
    a, b = (make_tool(slug=slug, pk=number, category=category) for number, slug in enumerate("ab", start=1))
    make_panel(a, "sk")
    make_comparison(a, b)


@pytest.mark.usefixtures("publication")
class TestEveryFile:
    @pytest.mark.parametrize("address", ADDRESSES)
    def test_file_may_be_kept_and_knows_no_reader(self, client: Client, admin_client: Client, address: str) -> None:
        response = client.get(address)
        assert response.status_code == 200
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")
        assert response["Cache-Control"].startswith("public, max-age=")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"].startswith("default-src 'none'")
        wanted = "cross-origin" if address.startswith("/og/") else "same-origin"
        assert response["Cross-Origin-Resource-Policy"] == wanted
        assert response.content == admin_client.get(address).content

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_file_cannot_be_posted_to(self, client: Client, address: str) -> None:
        assert client.post(address).status_code == 405


def test_robots_may_read_what_readers_may(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    robots = RobotFileParser()
    robots.parse(response.content.decode().splitlines())
    for path in ("/", "/tools/x/", "/compare/a-vs-b/", "/og/site.png", "/ask/", "/static/css/base.css"):
        assert robots.can_fetch("Anybot", f"http://127.0.0.1:8000{path}"), path
    for path in ("/accounts/login/", "/admin/", "/votes/x/", "/ask/confirm/", "/ask/mine/"):
        assert not robots.can_fetch("Anybot", f"http://127.0.0.1:8000{path}"), path
    assert robots.site_maps() == ["http://127.0.0.1:8000/sitemap.xml"]


def test_llms_txt_has_a_title_a_summary_and_links_that_lead_somewhere(client: Client) -> None:
    text = client.get("/llms.txt").content.decode()
    assert text.startswith("# Drydock\n\n> ")
    links = re.findall(r"\]\(http://127\.0\.0\.1:8000(/[^)]*)\)", text)
    assert len(links) == 16
    for link in links:
        assert client.get(link).status_code == 200, link


def test_security_txt_is_valid_and_expires_within_a_year(client: Client) -> None:
    response = client.get("/.well-known/security.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert fields["Contact"] == "mailto:hello@127.0.0.1"
    assert fields["Preferred-Languages"] == "en"
    assert fields["Canonical"] == "http://127.0.0.1:8000/.well-known/security.txt"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=170) < expires - datetime.now(UTC) < timedelta(days=365)


def test_security_txt_prefers_the_language_of_the_edition(client: Client) -> None:
    with override_settings(LANGUAGE_CODE="de"):
        assert "Preferred-Languages: de\n" in client.get("/.well-known/security.txt").content.decode()


def test_security_contact_is_the_operators(client: Client) -> None:
    with override_settings(SECURITY_CONTACT="https://drydock.example/report"):
        text = client.get("/.well-known/security.txt").content
    assert b"Contact: https://drydock.example/report\n" in text


def test_manifest_names_icons_of_the_sizes_it_says(client: Client) -> None:
    assert '<link rel="manifest" href="/site.webmanifest">' in html_of(client.get("/"))
    response = client.get("/site.webmanifest")
    assert response["Content-Type"] == "application/manifest+json; charset=utf-8"
    manifest = json.loads(response.content)
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    named = [(icon["src"], icon["sizes"]) for icon in manifest["icons"]]
    for source, sizes in [*named, ("/static/img/icon-180.png", "180x180")]:
        answer = client.get(source)
        image = Image.open(BytesIO(b"".join(answer)))
        assert f"{image.width}x{image.height}" == sizes
        answer.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [("/privacy/", "set no cookie"), ("/methodology/", "exactly half do"), ("/about/", "No maker pays")],
)
def test_pages_have_a_true_text_until_an_editor_writes_one(client: Client, address: str, words: str) -> None:
    response = client.get(address)
    assert words in text_of(response)
    assert "Last changed" not in text_of(response)
    assert f'<a href="{address}">' in html_of(client.get("/"))


def test_privacy_page_says_what_the_settings_do() -> None:
    body = standing_text("privacy").body
    assert "| says that you are signed in | two weeks |" in body
    assert settings.SESSION_COOKIE_AGE == 14 * 24 * 3600
    assert "destroyed after 48 hours" in body
    assert timedelta(hours=48) == KEY_LIFETIME


@pytest.mark.parametrize("slug", ["methodology", "privacy"])
def test_the_demonstration_has_the_same_text(slug: str) -> None:
    demo = (settings.BASE_DIR / "demo" / "pages" / f"{slug}.md").read_text()
    standing = standing_text(slug)
    assert demo == f"---\ntitle: {standing.title}\n---\n\n{standing.body}\n"
