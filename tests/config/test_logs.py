"""What the logs keep of an address that opens a draft."""

from __future__ import annotations

import io
import logging
import logging.config
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

from config.celery import app
from config.env import BASE_DIR
from config.logs import shorten_access_log, without_tokens

TOKEN = "Jb2x0Qk6yq9h1Zr4nC7dLwJb2x0Qk6yq9h1Zr4nC7dL"


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (f"GET /preview/{TOKEN}/ HTTP/2", "GET /preview/Jb2x.../ HTTP/2"),
        (f"/preview/{TOKEN}", "/preview/Jb2x..."),
        ("/admin/tools/tool/7/preview/page/", "/admin/tools/tool/7/preview/page/"),
        (f"GET /c/{TOKEN}/ HTTP/2", "GET /c/Jb2x.../ HTTP/2"),
        ("/newsletter/unsubscribe/123-abcdefghijklmnopqrstuvwx/", "/newsletter/unsubscribe/123-.../"),
        ("/newsletter/preferences/7-abcdefghijklmnopqrstuvwx/erase/", "/newsletter/preferences/7-ab.../erase/"),
        ("/tools/mistral-3-1/", "/tools/mistral-3-1/"),
    ],
)
def test_a_token_is_cut_to_its_first_letters(told: str, kept: str) -> None:
    assert without_tokens(told) == kept


def test_our_own_log_keeps_none_errors_included() -> None:
    configured: dict[str, Any] = settings.LOGGING
    formatters = logging.config.DictConfigurator(configured)
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.setFormatter(formatters.configure_formatter(dict(configured["formatters"]["line"])))
    try:
        raise ValueError(f"no page at /preview/{TOKEN}/")
    except ValueError as error:
        said = ("Internal Server Error: %s", (f"/preview/{TOKEN}/",), (ValueError, error, error.__traceback__))
        handler.emit(logging.LogRecord("django.request", logging.ERROR, __file__, 1, *said))
    assert stream.getvalue().count("/preview/Jb2x.../") == 2
    assert TOKEN not in stream.getvalue()


def test_the_web_servers_log_keeps_none(caplog: pytest.LogCaptureFixture) -> None:
    shorten_access_log()
    shorten_access_log()
    log = logging.getLogger("granian.access")
    assert len(log.filters) == 1
    with caplog.at_level(logging.INFO, "granian.access"):
        log.info('"%(method)s %(path)s" %(status)d', {"method": "GET", "path": f"/preview/{TOKEN}/", "status": 200})
        log.info("ready")
    assert caplog.messages == ['"GET /preview/Jb2x.../" 200', "ready"]


def test_a_worker_s_log_keeps_none_either() -> None:
    queue = f"logs-{os.getpid()}"
    app.send_task(f"/preview/{TOKEN}/", queue=queue)  # which nobody knows, so that it is complained about
    words = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--queues", queue]
    words += ["--concurrency", "1", "--without-gossip", "--without-mingle"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(words, cwd=BASE_DIR, env=environment, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr
        said = [next(line for line in worker.stderr if "unregistered task" in line)]
        worker.terminate()
        said += worker.stderr
    assert "/preview/Jb2x..." in said[0]
    assert TOKEN not in "".join(said)
