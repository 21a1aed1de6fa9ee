"""What the comparison weighs as a server sends it; `make weight` prints all pages."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings

from gates.lighthouse import PAGES
from gates.weight import Ask, is_too_heavy, weigh

pytestmark = pytest.mark.django_db

STORED = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """Asks a site whose files are collected, hashed and compressed as on a server."""
    served = override_settings(
        STORAGES={**settings.STORAGES, "staticfiles": STORED},
        STATIC_ROOT=str(tmp_path),
        WHITENOISE_USE_FINDERS=False,
        WHITENOISE_AUTOREFRESH=False,
    )
    with served:
        call_command("collectstatic", "--noinput", stdout=StringIO())
        client = Client()

        def ask_it(address: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
            response = client.get(address, headers=headers)
            return response.status_code, response.get("Content-Encoding", ""), response.getvalue()

        yield ask_it


def test_the_comparison_is_light_enough_for_a_slow_line(ask: Ask) -> None:
    call_command("load_publication", str(Path(settings.BASE_DIR) / "demo"), stdout=StringIO())
    weight = weigh(ask, PAGES["comparison"])
    assert weight.unpacked["page"] > 40_000
    assert weight.unpacked["fonts"] > 100_000
    assert weight.sent["styles"] < weight.unpacked["styles"] / 4
    assert weight.total <= 150_000
    assert weight.without_fonts <= 60_000
    assert not is_too_heavy(weight)


PAGE = b'<link rel="stylesheet" href="a.css"><script src="/s.js"></script><img src="p.png"><a href="/elsewhere/">x</a>'
SITE = {
    "/x/": PAGE,
    "/x/a.css": b'a { background: url("../p.svg") }',
    "/s.js": b"s" * 60_000,
    "/x/p.png": b"p" * 90_000,
}


def test_everything_a_page_and_its_styles_name_is_weighed_once() -> None:
    site = {**SITE, "/p.svg": b"v" * 7}
    weight = weigh(lambda address, _: (200, "", site[address]), "/x/")
    assert weight.sent == weight.unpacked
    assert weight.sent == {"page": len(PAGE), "styles": 33, "scripts": 60_000, "fonts": 0, "pictures": 90_007}
    assert is_too_heavy(weight)


def test_a_file_that_is_not_there_is_no_light_file() -> None:
    with pytest.raises(SystemExit, match=r"/p\.svg, which /x/ needs, answered 404"):
        weigh(lambda address, _: (200 if address in SITE else 404, "", SITE.get(address, b"")), "/x/")
