"""A server that plays Google and GitHub: the four steps of OAuth 2 as both do them, over real HTTP."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter


@dataclass
class Provider:
    """`person` is who is signed in there; what it was asked is kept for the tests to look at."""

    url: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    answers_token: bool = True

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent once the person has said yes."""
        self.asked.append(query)
        code = f"code-{len(self.asked)}"
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        begun = self.codes.pop(form.get("code", ""), None)
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        provider = form.get("client_id", "").partition("-")[0]
        if (
            not self.answers_token
            or begun is None
            or form.get("client_secret") != f"{provider}-secret"
            or proof != begun["code_challenge"]
        ):
            return None
        now = int(time.time())
        told = {
            **self.person,
            "iss": "https://accounts.google.com",
            "aud": "google-client",
            "iat": now,
            "exp": now + 60,
        }
        return {"access_token": "token", "token_type": "bearer"} | (
            {"id_token": jwt.encode(told, "x" * 32)} if provider == "google" else {}
        )


@contextmanager
def running(patch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The server, with django-allauth's two adapters pointed at it instead of at the real ones."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/authorize":
                self.send_response(302)
                query = {name: values[0] for name, values in parse_qs(address.query).items()}
                self.send_header("Location", provider.authorize(query))
                self.end_headers()
            elif address.path == "/user":
                self._json({name: value for name, value in provider.person.items() if name != "emails"})
            else:
                self._json(provider.person["emails"])

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._json(provider.token({name: values[0] for name, values in sent.items()}))

        def _json(self, told: object) -> None:
            self.send_response(200 if told is not None else 400)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(told if told is not None else {"error": "no"}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    for adapter in (GitHubOAuth2Adapter, GoogleOAuth2Adapter):
        patch.setattr(adapter, "authorize_url", f"{provider.url}/authorize")
        patch.setattr(adapter, "access_token_url", f"{provider.url}/token")
    patch.setattr(GitHubOAuth2Adapter, "profile_url", f"{provider.url}/user")
    patch.setattr(GitHubOAuth2Adapter, "emails_url", f"{provider.url}/user/emails")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def github_person(*emails: tuple[str, bool, bool], number: int = 7) -> dict[str, Any]:
    """Addresses as (address, is primary, is verified)."""
    return {
        "id": number,
        "login": "octomate",
        "name": "Mate of the Watch",
        "email": None,
        "location": "At sea",
        "emails": [{"email": email, "primary": primary, "verified": verified} for email, primary, verified in emails],
    }


def google_person(email: str, *, is_verified: bool = True) -> dict[str, Any]:
    return {
        "sub": "1234",
        "email": email,
        "email_verified": is_verified,
        "name": "Mate",
        "picture": "https://x.example",
    }
