"""When two readers mean the same tool."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from tools.matching import clean_website, name_key, website_key


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://lathe.example.com", "lathe.example.com"),
        ("http://www.LATHE.example.com:80/pricing/?from=mail#top", "lathe.example.com"),
        ("https://lathe.example.com.:443/", "lathe.example.com"),
        ("https://lathe.example.com:8443/", "lathe.example.com:8443"),
        ("https://bücher.example.com/", "xn--bcher-kva.example.com"),
        ("https://BÜCHER.example.com/", "xn--bcher-kva.example.com"),
        ("https://xn--bcher-kva.example.com/", "xn--bcher-kva.example.com"),
        ("https://github.com/Crew//Lathe/", "github.com/crew/lathe"),
        ("https://www.github.com/crew/plane", "github.com/crew/plane"),
        ("https://huggingface.co/crew/lathe?tab=files", "huggingface.co/crew/lathe"),
        (
            "https://play.google.com/store/apps/details?id=com.Lathe&hl=de",
            "play.google.com/store/apps/details?com.lathe",
        ),
        ("https://play.google.com/store/apps/details?id=com.plane", "play.google.com/store/apps/details?com.plane"),
        ("not an address", ""),
        ("http://[bad", ""),
        ("https://" + "a" * 64 + ".example.com/", ""),
    ],
)
def test_website_key(address: str, key: str) -> None:
    assert website_key(address) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Code Llama 4", "codellama4"),
        ("code-llama  4!", "codellama4"),
        ("Ｃｏｄｅ　Ｌｌａｍａ ４", "codellama4"),
        ("Straße", "strasse"),
        ("Cafe\u0301", "café"),
        ("R\u00b8", "\u0157"),
        ("C++", "c++"),
        ("C", "c"),
        ("...", ""),
    ],
)
def test_name_key(name: str, key: str) -> None:
    assert name_key(name) == key


def test_a_letter_that_unfolds_into_eighteen_still_fits() -> None:
    assert len(name_key("\ufdfa" * 120)) == 400


@given(st.text(max_size=120))
def test_a_name_in_any_case_and_spacing_has_one_key_that_is_its_own(name: str) -> None:
    key = name_key(name)
    assert name_key(f"  {name} - ") == key
    assert len(key) <= 400
    assert key == "" or name_key(key) == key


@given(st.text(max_size=320))
def test_no_address_breaks_the_key_or_the_check(address: str) -> None:
    assert len(website_key(address)) <= 400
    website = ""
    with suppress(ValidationError):
        website = clean_website(address)
    assert bool(website_key(website)) == bool(website)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("lathe.example.com", "https://lathe.example.com"),
        (" http://lathe.example.com/a?b#c ", "http://lathe.example.com/a?b#c"),
        ("https://bu\u0308cher.example.com/", "https://bücher.example.com/"),
        ("HTTPS://lathe.example.com", "HTTPS://lathe.example.com"),
    ],
)
def test_a_public_address_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert clean_website(typed) == stored


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "That is not the address of a website."),
        ("lathe", "That is not the address of a website."),
        ("https://la the.example.com", "That is not the address of a website."),
        ("https://lathe.example.com\n.evil.example.com", "That is not the address of a website."),
        ("https://lathe.example.com:99999/", "That is not the address of a website."),
        ("https://lathe.example.com:0/", "That is not the address of a website."),
        ("http://[bad", "That is not the address of a website."),
        ("javascript:alert(1)", "That is not the address of a website."),
        ("javascript://lathe.example.com/%0aalert(1)", "The address must begin with https:// or http://."),
        ("ftp://lathe.example.com", "The address must begin with https:// or http://."),
        ("file:///etc/hosts", "The address must begin with https:// or http://."),
        ("https://mate:secret@lathe.example.com/", "Leave out the user name and password in front of the @."),
        ("https://lathe.example.com@evil.example.com/", "Leave out the user name and password in front of the @."),
        ("http://localhost/", "We can only inspect what stands on the public web."),
        ("http://127.0.0.1/", "We can only inspect what stands on the public web."),
        ("http://10.1.2.3:8000/", "We can only inspect what stands on the public web."),
        ("http://8.8.8.8/", "We can only inspect what stands on the public web."),
        ("http://[::1]/", "We can only inspect what stands on the public web."),
        ("http://[::ffff:127.0.0.1]/", "We can only inspect what stands on the public web."),
        ("http://2130706433/", "That is not the address of a website."),
        ("http://0x7f.1/", "That is not the address of a website."),
        ("http://lathe.internal/", "We can only inspect what stands on the public web."),
        ("http://printer.local/", "We can only inspect what stands on the public web."),
        ("http://lathe.localhost/", "We can only inspect what stands on the public web."),
        ("https://lathe.example.com/" + "a" * 300, "An address of at most 300 characters, please."),
    ],
)
def test_what_is_no_public_website_is_refused_in_one_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        clean_website(typed)
    assert refused.value.messages == [sentence]
