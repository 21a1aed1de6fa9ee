"""Pictures at the desk: what is taken and what is not, where they show, and who may do what with them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import psutil
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db.models import ProtectedError
from django.test import Client
from PIL import Image as Pillow

from accounts.models import User
from accounts.roles import EDITOR, PUBLISHER, REVIEWERS_WRITER, SUPPORT, WRITER
from comparisons.models import Receipt
from editorial.markdown import to_html
from editorial.media import accepting, decoder
from editorial.models import Image
from tests.editorial.people import at_desk, make_piece, page_of, person, typed
from tests.editorial.pictures import MARK, corpus, packed, painted
from tests.factories import make_comparison, make_image, make_page, make_panel, make_tool, make_user
from tests.pages import html_of, text_of
from tools.logos import letter_of
from tools.models import Tool

pytestmark = pytest.mark.django_db

PICTURES = "/admin/editorial/image/"
PICKER = f"{PICTURES}picker/"


REFUSED = {
    *("bomb.png", "one-row.png", "just-too-wide.png", "too-many.png", "heavy.png", "moves.webp", "moves.png"),
    *("drawing.svg", "drawing.png", "entity.png", "archive.png", "nothing.png", "other.jpg", "other.png", "page.html"),
    *("logo.png.php", "picture.gif", "crc.png", "html.jpg", "script-first.png"),
    *(f"cut-{step}.png" for step in range(12)),
}
TAKEN = {"honest.png", "honest.JPEG", "honest.webp", "print.jpg", "exif.jpg", "deep.png", "logo.php.png", "palette.png"}


def chosen_files() -> Iterator[tuple[str, bytes, str]]:
    day = datetime.now(UTC).toordinal()
    for place, file in enumerate(corpus()):
        if os.environ.get("MEDIA_CORPUS") == "all" or (place + day) % 3 == 0:
            yield file


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where this test's pictures lie."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def editor() -> User:
    user = person(EDITOR)
    assert user
    return user


def upload(content: bytes, name: str = "logo.png", kind: str = "") -> SimpleUploadedFile:
    file = SimpleUploadedFile("plain.png", content, content_type=kind or "image/png")
    file.__dict__["_name"] = name  # as a hostile browser sends it
    return file


def bring(client: Client, content: bytes, name: str = "logo.png", kind: str = "", alt: str = "A logo") -> Any:
    return client.post(f"{PICKER}?format=json", {"picture": upload(content, name, kind), "alt": alt})


def brought(client: Client, content: bytes = b"", alt: str = "A logo") -> Image:
    assert bring(client, content or packed(), alt=alt).status_code == 201
    return Image.objects.latest("pk")


def test_of_all_that_may_be_uploaded_nothing_unsafe_is_stored(editor: User, folder: Path) -> None:
    """safety.md 1.2, file by file through the door; the child's work grows nothing in this process.

    A third of the files at a time, another third each day; all of them with MEDIA_CORPUS=all.
    """
    client, process, outcomes = at_desk(editor), psutil.Process(), {}
    bring(client, packed())
    before = process.memory_info().rss
    for name, content, kind in chosen_files():
        answer = bring(client, content, name, kind)
        assert answer.status_code in (201, 400), name
        outcomes[name] = answer.status_code == 201
    grown = process.memory_info().rss - before
    taken = sorted(name for name, is_taken in outcomes.items() if is_taken)
    print(f"{len(outcomes)} files, {len(taken)} taken, {grown / 2**20:.0f} MiB")  # noqa: T201
    assert len(outcomes) >= (90 if os.environ.get("MEDIA_CORPUS") == "all" else 30)
    assert grown < 50 * 2**20
    for path in folder.iterdir():
        stored = path.read_bytes()
        assert not any(word in stored for word in (MARK, b"<script", b"<?php", b"Exif", b"PK\x03\x04", b"ICC"))
        with Pillow.open(BytesIO(stored)) as picture:
            picture.load()
            assert (picture.format, picture.mode in ("L", "RGB", "RGBA")) == (
                {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP"}[path.suffix],
                True,
            )
            assert getattr(picture, "n_frames", 1) == 1
            again = BytesIO()
            picture.save(again, picture.format)
            assert max(picture.size) <= 4096
    refused = {name for name, is_taken in outcomes.items() if not is_taken}
    assert not refused & TAKEN
    assert not set(taken) & REFUSED


def test_the_child_has_no_way_out_and_little_memory() -> None:
    tried = (
        "import runpy, socket, sys; m = runpy.run_path(sys.argv[1]); m['_limit']()\n"
        "for attempt in (socket.socket, lambda: open('/dev/null'), lambda: bytearray(600 * 1024 * 1024)):\n"
        "    try: attempt(); print('opened')\n"
        "    except (OSError, MemoryError) as error: print(type(error).__name__)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", tried, decoder.__file__], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["OSError", "OSError", "MemoryError"]


def test_a_child_that_takes_too_long_is_killed() -> None:
    with TemporaryFile() as given, TemporaryFile() as answer, pytest.raises(ValidationError):
        accepting.run_bounded([sys.executable, "-c", "import time; time.sleep(60)"], given, answer, seconds=0.2)
    assert not [child for child in psutil.Process().children() if "time.sleep(60)" in " ".join(child.cmdline())]


def test_a_picture_is_turned_and_shrunk_and_keeps_its_colours(editor: User, folder: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    image = brought(at_desk(editor), packed("PNG", painted(800, 400), exif=exif))
    assert (image.width, image.height) == (400, 800)
    with Pillow.open(folder / image.small) as small:
        assert small.size == (96, 192)
    red = Pillow.new("CMYK", (300, 20), (0, 255, 255, 0))
    bring(at_desk(editor), packed("JPEG", red), "print.jpg")
    with Pillow.open(folder / str(Image.objects.latest("pk").file)) as shown:
        pixel: Any = shown.convert("RGB").getpixel((9, 9))
        assert pixel[0] > 200
        assert pixel[1] < 60


def test_the_same_picture_twice_is_one(editor: User, folder: Path) -> None:
    client = at_desk(editor)
    first = brought(client, packed(compress_level=0), alt="The first words")
    again = bring(client, packed(compress_level=9), name="another.png", alt="Other words")
    assert (again.json()["is_known"], again.json()["picture"]["alt"]) == (True, "The first words")
    assert Image.objects.count() == 1
    assert [path.name for path in folder.iterdir()] == [str(first.file)]


def test_a_picture_is_served_as_one_and_as_nothing_else(editor: User, client: Client) -> None:
    image = brought(at_desk(editor))
    answer = client.get(image.get_absolute_url())
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not answer.cookies
    assert "Vary" not in answer
    assert b"".join(answer).startswith(b"\x89PNG")
    assert client.get(image.get_absolute_url(), headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert client.post(image.get_absolute_url()).status_code == 405


@pytest.mark.parametrize("name", ["../settings.py", "%2e%2e/x.png", f"{'0' * 40}.svg", f"{'0' * 40}.png", "", "x.png"])
def test_no_other_name_leads_anywhere(client: Client, name: str) -> None:
    assert client.get(f"/media/{name}").status_code == 404


def test_alt_text_is_asked_for(editor: User) -> None:
    answer = bring(at_desk(editor), packed(), alt=" ")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["alt"])
    page = at_desk(editor).post(f"{PICTURES}add/", {"picture": upload(packed()), "alt": ""})
    assert "This field is required" in text_of(page)
    assert not Image.objects.exists()


def test_a_text_shows_our_own_pictures_alone(editor: User, client: Client) -> None:
    image = brought(at_desk(editor), alt="A [fine] *logo*")
    html = to_html(f"Look: {image.snippet}")
    assert f'<img src="{image.get_absolute_url()}" alt="A [fine] *logo*" width="48" height="32"' in html
    assert 'loading="lazy"' in html
    for address in (
        *("https://elsewhere.example/media/x.png", f"//elsewhere.example{image.get_absolute_url()}", "/media/../x.png"),
        *(f"https://elsewhere.example/{image.get_absolute_url()}", f"{image.get_absolute_url()}?x", "data:image/png,x"),
        *("/admin/logout/", f"{image.get_absolute_url()}#9x9'onload=x", f"{image.get_absolute_url()}#99999x1"),
    ):
        assert "<img" not in to_html(f"![x]({address})"), address
    make_page("about", body=image.snippet)
    assert image.get_absolute_url() in html_of(client.get("/about/"))


def test_a_feed_names_the_whole_address_of_a_picture(editor: User, client: Client, settings: Any) -> None:
    image = brought(at_desk(editor))
    (review,) = make_panel(make_tool(), "s")
    review.body = image.snippet
    review.save()
    assert f"{settings.SITE_URL}{image.get_absolute_url()}" in html_of(client.get("/feeds/verdicts.atom"))


def test_a_logo_is_uploaded_with_the_tool_and_shown_wherever_the_tool_is(client: Client) -> None:
    publisher = person(PUBLISHER)
    tool, other = make_tool(name="Lathe", slug="lathe"), make_tool(name="“deep” Sound", slug="sound")
    make_comparison(tool, other)
    make_panel(tool, "sssk")
    places = ("/tools/lathe/", "/compare/lathe-vs-sound/", "/tools/", "/embed/lathe/", "/search/?q=lathe")
    assert all('<b class="tile' in html_of(client.get(place)) for place in places)
    receipts = Receipt.objects.count()
    fields = {"logo_file": upload(packed("PNG", painted(400, 200))), "logo_alt": "Lathe: its logo"}
    at_desk(publisher).post(page_of(tool), typed(tool, licence=tool.licence, **fields))
    image = Image.objects.get()
    assert (image.alt, image.uploaded_by) == ("Lathe: its logo", publisher)
    for place in places:
        shown = html_of(client.get(place))
        assert f'src="{image.small_url}"' in shown, place
        assert 'width="192" height="96"' in shown, place
    page = html_of(client.get("/tools/lathe/"))
    assert 'alt="Lathe: its logo"' in page
    assert html_of(client.get("/compare/lathe-vs-sound/")).count('<b class="tile') == 1
    assert Receipt.objects.count() == receipts, "a logo is on no receipt"
    assert image.small_url not in html_of(client.get("/tools/lathe/?as_of=2026-11-20"))
    tool.refresh_from_db()
    assert tool.changed_by == publisher


def test_an_uploaded_logo_needs_its_alt_text_and_a_refused_one_changes_nothing() -> None:
    tool = make_piece("tool", "draft")
    client = at_desk(person(EDITOR))
    page = text_of(client.post(page_of(tool), typed(tool, logo_file=upload(packed()))))
    assert "Say what the logo shows" in page
    page = text_of(client.post(page_of(tool), typed(tool, logo_file=upload(b"<svg/>"), logo_alt="Its logo")))
    assert "Take a PNG, a JPEG or a WebP" in page
    assert not Image.objects.exists()
    image = make_image()
    client.post(page_of(tool), typed(tool, logo=image.pk))
    tool.refresh_from_db()
    assert tool.logo == image


def test_a_picture_in_use_stays_and_says_where_it_is_used(folder: Path) -> None:
    client = at_desk(person(PUBLISHER))
    image, free = brought(client), brought(client, packed("PNG", painted(64, 64)), alt="Nobody's")
    make_tool(name="Lathe", logo=image)
    make_page("about", title="All about us", body=image.snippet)
    for address in (f"{PICTURES}{image.pk}/delete/", f"{PICTURES}{image.pk}/change/"):
        page = text_of(client.get(address))
        assert "Lathe" in page, address
        assert "All about us" in page, address
    client.post(f"{PICTURES}{image.pk}/delete/", {"post": "yes"})
    client.post(PICTURES, {"action": "delete_selected", "_selected_action": [image.pk, free.pk], "post": "yes"})
    assert Image.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_deleted_picture_takes_its_files_along(folder: Path) -> None:
    client = at_desk(make_user(is_staff=True, is_superuser=True))
    image = brought(client, packed("PNG", painted(400, 400)))
    assert {path.name for path in folder.iterdir()} == {str(image.file), image.small}
    client.post(f"{PICTURES}{image.pk}/delete/", {"post": "yes"})
    assert not Image.objects.exists()
    assert not list(folder.iterdir())
    assert client.get(image.get_absolute_url()).status_code == 404


def test_anothers_draft_has_no_name_beside_a_picture() -> None:
    image = make_image()
    make_piece("tool", "draft", make_user(), name="Secretlathe", logo=image)
    page = text_of(at_desk(person(WRITER)).get(f"{PICTURES}{image.pk}/change/"))
    assert "Secretlathe" not in page
    assert "Tool that is not yours to see" in page


def test_alt_texts_change_for_those_who_may_change_what_shows_them() -> None:
    image = make_image(alt="Old words")
    tool = make_tool(logo=image)
    address = f"{PICTURES}{image.pk}/change/"
    for role, status in ((EDITOR, 403), (WRITER, 403), (REVIEWERS_WRITER, 403), (SUPPORT, 403), (PUBLISHER, 302)):
        assert at_desk(person(role)).post(address, {"alt": "New words"}).status_code == status, role
    assert "New words" in html_of(Client().get(tool.get_absolute_url()))


def test_the_picker_finds_pictures_by_their_words_for_people_and_for_scripts(editor: User) -> None:
    client = at_desk(editor)
    image = brought(client, alt="A brig at anchor")
    make_image(alt="A lathe")
    page = html_of(client.get(f"{PICKER}?q=anchor+brig"))
    assert image.snippet in page
    assert "A lathe" not in page
    found = client.get(f"{PICKER}?q=BRIG&format=json").json()
    assert [picture["snippet"] for picture in found["pictures"]] == [image.snippet]
    assert found["next_page"] is None
    assert "Nothing in the library shows that" in text_of(client.get(f"{PICKER}?q=%00xylophone"))
    answer = client.post(PICKER, {"picture": upload(packed("JPEG"), "a.jpg"), "alt": "Fresh"}, follow=True)
    assert "“Fresh” is in the library" in text_of(answer)


@pytest.mark.parametrize(
    ("name", "letter"), [("lathe", "L"), ("“deep” Sound", "D"), ("1-Up", "1"), ("ßo", "S"), ("!?", "!"), ("éa", "É")]
)
def test_the_letter_of_a_tile(name: str, letter: str) -> None:
    assert letter_of(name) == letter


def test_a_tool_keeps_its_logo_when_its_folder_is_loaded_again(tmp_path: Path) -> None:
    tool = make_tool(logo=make_image())
    call_command("dump_publication", str(tmp_path / "folder"), stdout=StringIO())
    Tool.objects.filter(pk=tool.pk).update(tagline="Changed.")
    call_command("load_publication", str(tmp_path / "folder"), stdout=StringIO())
    tool.refresh_from_db()
    assert (tool.tagline, tool.logo) == ("Does one thing.", Image.objects.get())
    with pytest.raises(ProtectedError):
        Image.objects.all().delete()
