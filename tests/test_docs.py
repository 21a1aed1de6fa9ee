"""That the handbook for editors names what there is: pictures, pages, and words of the desk."""

from __future__ import annotations

import re

from babel.messages.pofile import read_po

from config.env import BASE_DIR
from testbed.catalogue import SOURCE
from testbed.desk_shots import SHOTS
from testbed.screens import FOLDER, MOST_BYTES

HANDBOOK = (BASE_DIR / "docs" / "editors.md").read_text()
# What the desk says in Django's own words.
OF_THE_ADMIN = {"Add another Fact", "Add another Plan", "Add tool", "Delete", "History", "Users", "Your account"}
_HOLE = re.compile(r"%\(\w+\)s|…")


def test_every_picture_is_one_that_the_script_takes() -> None:
    named = re.findall(r"!\[[^\]]+\]\(images/editors/([\w-]+)\.png\)", HANDBOOK)
    assert sorted(named) == sorted(SHOTS)
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(f"{name}.png" for name in SHOTS)
    assert max(path.stat().st_size for path in FOLDER.iterdir()) <= MOST_BYTES


def test_every_link_leads_somewhere() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ")).lower().replace(" ", "-")
        for line in HANDBOOK.splitlines()
        if line.startswith("#")
    }
    for target in re.findall(r"\]\(([^)]+)\)", HANDBOOK):
        file, _, place = target.partition("#")
        assert (BASE_DIR / "docs" / file).exists() if file else place in headings, target


def _plain(text: str) -> str:
    """Without the holes that names and numbers fill."""
    return _HOLE.sub("", text).strip(" .()").casefold()


def test_every_word_in_italics_is_read_at_the_desk() -> None:
    with SOURCE.open("rb") as file:
        found = [message.id for message in read_po(file) if message.id]
    known = {_plain(text) for ids in found for text in ([ids] if isinstance(ids, str) else ids)}
    said = set(re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", " ".join(HANDBOOK.split()))) - {"italics"}
    assert len(said) > 80
    assert [words for words in sorted(said - OF_THE_ADMIN) if _plain(words) not in known] == []
