"""That every word a reader sees can be translated, and that numbers and days follow the edition's language."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from jinja2 import Environment

from config.env import BASE_DIR
from testbed.catalogue import SOURCE, compiled, extract

TEMPLATES = sorted([*(BASE_DIR / "templates").rglob("*.html"), *(BASE_DIR / "templates").rglob("*.txt")])
# The publication's name, and what is the same in every language.
NOT_TRANSLATED = re.compile(r"""Drydock:?|Dry|dock|SHA-256|https://|aria-(?:invalid|describedby)="[^"]*\"""")
_TAG = re.compile(r"<!--.*?-->|<[^<>]*>", re.DOTALL)
_SAID = re.compile(r'(?:aria-label|placeholder|title|alt)="([^"]*)"')
_HOLE = "\0"  # in place of whatever Jinja2 puts there


def test_the_catalogue_knows_every_message() -> None:
    """`make messages` writes locale/django.pot."""
    with SOURCE.open("rb") as file:
        written = read_po(file)
    assert {message.id for message in written if message.id} == {message.id for message in extract() if message.id}


def environment() -> Environment:
    backend = engines["jinja2"]
    assert isinstance(backend, Jinja2)
    return backend.env


def plain(env: Environment, source: str) -> str:
    """A template's own text: what stands outside of translations, expressions and statements."""
    text, translations, tokens = "", 0, [token for token in env.lex(source) if token[1] != "whitespace"]
    for (_, kind, words), (_, _, following) in zip(tokens, [*tokens[1:], (0, "", "")], strict=True):
        if kind == "block_begin":
            translations += {"trans": 1, "endtrans": -1}.get(following, 0)
            is_block = following in {"block", "endblock"}
            text += "" if is_block else _HOLE
        elif kind == "variable_begin":
            text += _HOLE
        elif kind == "data" and not translations:
            text += words
    return text


def untranslated(text: str) -> Iterator[str]:
    yield from (words for words in _SAID.findall(text))
    yield from _TAG.sub("\n", text).splitlines()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(BASE_DIR).as_posix())
def test_no_template_has_words_that_cannot_be_translated(path: Path) -> None:
    source = re.sub(r"\{% block page %\}.*?\{% endblock %\}", "", path.read_text())  # a class name
    text = plain(environment(), source)
    found = [words for words in untranslated(text) if re.search(r"[^\W\d_]{2}", NOT_TRANSLATED.sub("", words))]
    assert found == []


def test_words_outside_of_translations_are_found() -> None:
    env = environment()
    source = '<p title="One {{ a }}">Two {% trans %}three{% endtrans %} {{ _("four") }}{% if a %}five{% endif %}</p>'
    found = "\n".join(untranslated(plain(env, source))).replace(_HOLE, " ")
    assert sorted(found.split()) == ["One", "Two", "five"]


def edition(language: str, expression: str, **variables: str) -> str:
    """What a process of an edition in this language makes of an expression."""
    code = f"import django; django.setup(); from django.template import engines; print({expression})"
    answered = subprocess.run(
        [sys.executable, "-c", code],
        cwd=BASE_DIR,
        env={**os.environ, "LANGUAGE_CODE": language, "DJANGO_SETTINGS_MODULE": "tests.settings", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return answered.stdout.rstrip("\n")


SHOWN = "{{ n | number }}; {{ d | day }}; {{ 62 | percent }}; <{{ edition.language }} {{ edition.direction }}>"
FIGURES = (
    f"engines['jinja2'].from_string({SHOWN!r})"
    ".render({'n': __import__('decimal').Decimal('1234.5'), 'd': __import__('datetime').date(2026, 11, 7)})"
)


@pytest.mark.parametrize(
    ("language", "figures"),
    [
        ("en", "1,234.5; 7 Nov 2026; 62%; <en ltr>"),
        ("en-gb", "1,234.5; 7 Nov 2026; 62%; <en-gb ltr>"),
        ("de", "1.234,5; 7. November 2026; 62%; <de ltr>"),
        ("he", "1,234.5; 7 בנובמבר 2026; 62%; <he rtl>"),
        ("fa", "1,234.5; 7 نوامبر 2026; 62%; <fa rtl>"),
        ("ar", "1.234,5; 7 نوفمبر، 2026; 62%; <ar rtl>"),
    ],
)
def test_numbers_and_days_are_those_of_the_language(language: str, figures: str) -> None:
    assert edition(language, FIGURES) == figures


@pytest.mark.parametrize(("language", "words"), [("en", "7 November 2026"), ("de", "7. November 2026")])
def test_a_day_in_full_is_that_of_the_language(language: str, words: str) -> None:
    day = "__import__('datetime').date(2026, 11, 7)"
    assert edition(language, f"__import__('tools.figures', fromlist=['day_in_full']).day_in_full({day})") == words


def test_a_translation_is_put_into_the_template_names_escaped_and_plurals_chosen(tmp_path: Path) -> None:
    catalogue = extract()
    translations: dict[str | tuple[str, ...], str | tuple[str, ...]] = {
        "About %(name)s": "Über %(name)s",
        ("%(shown)s tool", "%(shown)s tools"): ("%(shown)s Werkzeug", "%(shown)s Werkzeuge"),
        "%(number)s%%": "%(number)s %%",
        "%(sign)s%(amount)s": "%(amount)s %(sign)s",
        "Panel ship": "Panel & <b>Schiff</b>",
    }
    for said, translated in translations.items():
        message = catalogue.get(said)
        assert message is not None, said
        message.string = translated
    compiled(catalogue, tmp_path, "de")
    source = (
        "{% trans name=who %}About {{ name }}{% endtrans %}; {{ _('Panel ship') }}; {{ 62 | percent }};"
        "{% for n in (1, 2000) %} {% trans n, shown=n | number %}{{ shown }} tool{% pluralize %}{{ shown }} tools"
        "{% endtrans %}{% endfor %}"
    )
    printed = edition(
        "de",
        f"engines['jinja2'].from_string({source!r}).render({{'who': 'A & B'}}), "
        "__import__('tools.pricing', fromlist=['money']).money(__import__('decimal').Decimal('1234.5'), 'USD')",
        DJANGO_SETTINGS_MODULE="tests.pseudo_settings",
        PSEUDO_LOCALE=str(tmp_path),
    )
    assert printed == "Über A &amp; B; Panel & <b>Schiff</b>; 62 %; 1 Werkzeug 2.000 Werkzeuge 1.234,50 $"
