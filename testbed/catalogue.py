"""python -m testbed.catalogue [LANGUAGE ...]: bring the catalogues of words up to the sources.

Django's makemessages does not read Jinja2; Babel reads both, and Django reads what it writes. locale/django.pot holds
every message in English. A language that is named gets a catalogue to fill in; one that has its catalogue filled in is
compiled. See docs/operations.md, "Another language".
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from config.env import BASE_DIR


def extract_django(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """The messages of a template in Django's language: the desk's."""
    source = templatize(file.read().decode(), origin=getattr(file, "name", None))
    calls = "\n".join(line.strip() for line in source.splitlines())
    return extract_python(BytesIO(calls.encode()), keywords, comment_tags, {**options, "encoding": "utf-8"})


FOLDER = BASE_DIR / "locale"
SOURCE = FOLDER / "django.pot"
_APPS = ("accounts", "comparisons", "editorial", "newsletter", "reviews", "tools", "votes")
_METHODS: list[tuple[str, Any]] = [
    *((f"{app}/**.py", "python") for app in _APPS),
    *((f"{app}/templates/**.html", extract_django) for app in _APPS),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
]
_JINJA = dict.fromkeys(("newstyle_gettext", "trimmed", "trim_blocks", "lstrip_blocks"), "true")
_OPTIONS = {path: _JINJA for path, method in _METHODS if method == "jinja2"}
_KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2)}


def extract() -> Catalog:
    """Every message of the sources, as English has it."""
    catalog = Catalog(project="Drydock", copyright_holder="Drydock", msgid_bugs_address="", charset="utf-8")
    found = extract_from_dir(BASE_DIR, _METHODS, _OPTIONS, keywords=_KEYWORDS, directory_filter=_is_ours)
    for file, line, words, notes, context in sorted(found, key=lambda message: message[:2]):
        catalog.add(words, None, [(file, line)], auto_comments=notes, context=context)
    return catalog


def compiled(catalog: Catalog, root: Path, language: str) -> None:
    """Where gettext looks for it below a folder of LOCALE_PATHS."""
    place = root / str(Locale.parse(language, sep="-")) / "LC_MESSAGES"
    place.mkdir(parents=True, exist_ok=True)
    with (place / "django.mo").open("wb") as file:
        write_mo(file, catalog)


def _is_ours(folder: str) -> bool:
    return not Path(folder).name.startswith((".", "_")) and Path(folder).name not in {"migrations", "management"}


def _write(catalog: Catalog, path: Path) -> None:
    """Without line numbers and the hour, which would change with every run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=120, include_lineno=False, sort_by_file=True, omit_header=True)
    if path != SOURCE:
        header = 'msgid ""\nmsgstr ""\n' + "".join(f'"{name}: {text}\\n"\n' for name, text in _header(catalog))
        path.write_text(header + "\n" + path.read_text(encoding="utf-8"), encoding="utf-8")


def _header(catalog: Catalog) -> Iterator[tuple[str, str]]:
    yield "Language", str(catalog.locale_identifier)
    yield "Plural-Forms", catalog.plural_forms
    yield "Content-Type", "text/plain; charset=utf-8"


def main() -> None:
    source = extract()
    _write(source, SOURCE)
    known = {path.parent.parent.name.replace("_", "-") for path in FOLDER.glob("*/LC_MESSAGES/django.po")}
    for language in sorted(known | set(sys.argv[1:])):
        locale = Locale.parse(language, sep="-")
        path = FOLDER / str(locale) / "LC_MESSAGES" / "django.po"
        old = read_po(path.open("rb"), locale=locale) if path.exists() else Catalog(locale=locale)
        old.update(source)
        _write(old, path)
        compiled(old, FOLDER, language)


if __name__ == "__main__":
    main()
