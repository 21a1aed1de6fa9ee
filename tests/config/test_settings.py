"""The settings, as a server meets them: in a process of their own, with nothing but the variables given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from config.env import BASE_DIR, mailer

COMPLETE = {
    "SECRET_KEY": "a-long-and-random-text-" * 4,
    "SITE_URL": "https://drydock.example.org",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "MAIL_URL": "smtp+tls://mate:s%40lt@mail.example.org:587",
}


def python(code: str, tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME") or name.startswith("COV")}
    return subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code],
        cwd=BASE_DIR,
        env={**kept, "STATE_DIR": str(tmp_path), **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def manage(command: str, tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return python(
        f"import sys; sys.argv = ['manage.py', *{command.split()}]; import manage; manage.main()", tmp_path, **variables
    )


@pytest.mark.parametrize("missing", COMPLETE)
def test_a_missing_variable_stops_the_start_with_one_sentence(tmp_path: Path, missing: str) -> None:
    given = {name: value for name, value in COMPLETE.items() if name != missing}
    ended = manage("check", tmp_path, **given)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"{missing} is not set. ")
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY is too short to be safe"),
        ("SITE_URL", "http://drydock.example.org", "SITE_URL must begin with https://"),
        ("DATA_LICENCE", "ODbL 1.0", "DATA_LICENCE_URL is not set. Set it to the address of the licence"),
        ("MAIL_URL", "mail.example.org", "MAIL_URL must look like smtp+tls://"),
        ("BEHIND_PROXY", "maybe", "BEHIND_PROXY is 'maybe'. Set it to 1 or 0."),
        *(
            ("LANGUAGE_CODE", value, f"LANGUAGE_CODE is {value!r}. Set it to a language such as en, de, pt-br or")
            for value in ("xx-nonsense", "../en", "klingon", "de-nonsense", " ")
        ),
    ],
)
def test_a_wrong_variable_stops_the_start_with_one_sentence(tmp_path: Path, name: str, value: str, said: str) -> None:
    ended = manage("check", tmp_path, **{**COMPLETE, name: value})
    assert ended.returncode == 1
    assert ended.stderr.startswith(said)


@pytest.mark.parametrize("value", ["", "de", "de-AT", "pt_BR", "zh-hans", "es-419", "fa"])
def test_a_language_that_django_knows_is_taken_and_an_empty_one_is_english(tmp_path: Path, value: str) -> None:
    code = "from config import settings; print(settings.LANGUAGE_CODE)"
    ended = python(code, tmp_path, **{**COMPLETE, "LANGUAGE_CODE": value})
    assert ended.stdout.strip() == (value.lower().replace("_", "-") or "en"), ended.stderr


def test_production_passes_the_deployment_checks_and_starts_nothing_embedded(tmp_path: Path) -> None:
    address = {"NEWSLETTER_POSTAL_ADDRESS": "12 Example Quay"}
    ended = manage("check --deploy --fail-level WARNING", tmp_path, **COMPLETE, **address)
    assert ended.returncode == 0, ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_production_has_no_local_mailbox_and_no_debug(tmp_path: Path) -> None:
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from django.urls import Resolver404, resolve\n"
        "assert not settings.DEBUG and 'django_mail_preview' not in settings.INSTALLED_APPS\n"
        "assert settings.SESSION_COOKIE_NAME == '__Host-session' and settings.SESSION_COOKIE_SECURE\n"
        "try: resolve('/__mail__/')\n"
        "except Resolver404: print('no mailbox')\n"
    )
    ended = python(code, tmp_path, DJANGO_SETTINGS_MODULE="config.settings", DEBUG="1", **COMPLETE)
    assert ended.stdout == "no mailbox\n", ended.stderr


def test_production_redirects_to_https_and_answers_its_own_host_only(tmp_path: Path) -> None:
    code = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "answer = Client().get('/', headers={'host': 'drydock.example.org'})\n"
        "print(answer.status_code, answer['Location'])\n"
        "print(Client().get('/', secure=True, headers={'host': 'evil.example.org'}).status_code)\n"
        "answer = Client().get('/nowhere/', secure=True, headers={'host': 'drydock.example.org'})\n"
        "print(answer.status_code, answer['Strict-Transport-Security'])\n"
        "print('upgrade-insecure-requests' in answer['Content-Security-Policy'])\n"
        "print(Client().get('/readyz', headers={'host': 'anything'}).status_code)\n"
        "print(Client().get('/livez', headers={'host': 'anything'}).status_code)\n"
    )
    variables = {**COMPLETE, "STATIC_ROOT": str(tmp_path / "static")}
    prepared = manage("collectstatic --noinput -v0", tmp_path, **variables)
    assert prepared.returncode == 0, prepared.stderr
    ended = python(code, tmp_path, DJANGO_SETTINGS_MODULE="config.settings", **variables)
    assert ended.stdout.splitlines() == [
        "301 https://drydock.example.org/",
        "400",
        "404 max-age=63072000; includeSubDomains; preload",
        "True",
        "503",
        "200",
    ], ended.stderr


PROVIDERS = (
    "import django; django.setup()\n"
    "from django.conf import settings\n"
    "from django.urls import NoReverseMatch, reverse\n"
    "print([name for name in settings.INSTALLED_APPS if 'providers' in name])\n"
    "for name in ('google', 'github'):\n"
    "    try: print(reverse(f'{name}_login'), [p.pk for p in __import__('accounts.reading').reading.providers()])\n"
    "    except NoReverseMatch: print('no', name)\n"
)


def test_a_provider_exists_only_when_both_of_its_variables_are_set(tmp_path: Path) -> None:
    given = {**COMPLETE, "DJANGO_SETTINGS_MODULE": "config.settings"}
    none = python(PROVIDERS, tmp_path, **given)
    assert none.stdout.splitlines() == ["[]", "no google", "no github"], none.stderr
    one = python(PROVIDERS, tmp_path, **given, GITHUB_CLIENT_ID="x", GITHUB_CLIENT_SECRET="y")
    assert one.stdout.splitlines() == [
        "['allauth.socialaccount.providers.github']",
        "no google",
        "/accounts/github/login/ ['github']",
    ], one.stderr
    half = manage("check", tmp_path, **COMPLETE, GOOGLE_CLIENT_ID="x")
    assert half.returncode == 1
    assert half.stderr == "Set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET together, or neither.\n"


def test_what_make_run_wrote_down_is_heard_only_when_the_environment_is_silent(tmp_path: Path) -> None:
    (tmp_path / "env").write_text(
        "LOCAL=1\nSECRET_KEY=written\nDATABASE_URL=postgresql:///written\nREDIS_URL=unix:///tmp/x\n"
    )
    assert manage("diffsettings", tmp_path).stdout.count("'written'") >= 2
    ended = manage("diffsettings", tmp_path, DATABASE_URL="postgresql:///other")
    assert ended.stderr.startswith("SECRET_KEY is not set.")


def test_a_database_that_does_not_answer_is_said_in_one_sentence(tmp_path: Path) -> None:
    ended = manage("migrate", tmp_path, **COMPLETE)
    assert ended.returncode == 1
    assert ended.stderr == "The database does not answer. Start it with `make run`, or look at DATABASE_URL.\n"


def test_a_web_server_never_reads_what_make_run_wrote_down(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("LOCAL=1\nSECRET_KEY=written\n")
    for module in ("config.wsgi", "config.settings"):
        assert python(f"import {module}", tmp_path).stderr.startswith("SECRET_KEY is not set.")


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("smtp://localhost:1025", ("localhost", 1025, "", "", False, False)),
        ("smtp+tls://mate:s%40lt@mail.example.org", ("mail.example.org", 587, "mate", "s@lt", True, False)),
        ("smtps://mail.example.org", ("mail.example.org", 465, "", "", False, True)),
    ],
)
def test_mail_url_is_read(url: str, options: tuple[object, ...]) -> None:
    read = mailer(url)["OPTIONS"]
    assert tuple(read[name] for name in ("host", "port", "username", "password", "use_tls", "use_ssl")) == options


@pytest.mark.django_db
class TestHealth:
    def test_both_answer_without_a_cookie_to_any_host(self, client: Client) -> None:
        for address in ("/livez", "/readyz"):
            answer = client.get(address, headers={"host": "anything"})
            assert (answer.status_code, answer.content) == (200, b"ok\n")
            assert answer["Cache-Control"] == "no-store"
            assert not answer.cookies


@pytest.mark.django_db
def test_the_local_mailbox_is_for_this_machine_alone(client: Client) -> None:
    assert client.get("/__mail__/").status_code == 200
    assert client.get("/__mail__/", REMOTE_ADDR="192.0.2.7").status_code in (403, 404)


EDIT = """
import pathlib
import django
from django.conf import settings
django.setup()
from django.test import Client
script = pathlib.Path(settings.STATICFILES_DIRS[0]) / "edited.js"
client = Client(headers={"host": "127.0.0.1"})
for text in ("short", "a good deal longer than before"):
    script.write_text(text)
    answer = client.get("/static/edited.js")
    print(answer.status_code, answer["Content-Length"], answer.getvalue().decode())
"""


def test_a_static_file_edited_during_a_local_run_is_served_whole(tmp_path: Path) -> None:
    code = EDIT.replace("django.setup()", f"settings.STATICFILES_DIRS = [{str(tmp_path)!r}]\ndjango.setup()", 1)
    local = {**COMPLETE, "LOCAL": "1", "SITE_URL": "http://127.0.0.1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    ended = python(code, tmp_path, **local)
    assert ended.stdout.splitlines() == ["200 5 short", "200 30 a good deal longer than before"], ended.stderr


def test_a_server_looks_at_its_static_files_once(tmp_path: Path) -> None:
    code = "from django.conf import settings; print(settings.WHITENOISE_AUTOREFRESH, settings.WHITENOISE_USE_FINDERS)"
    ended = python(code, tmp_path, **COMPLETE, DJANGO_SETTINGS_MODULE="config.settings")
    assert ended.stdout == "False False\n", ended.stderr
