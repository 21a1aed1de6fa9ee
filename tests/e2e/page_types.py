"""Every type of page that a reader can reach, each by an address, a form or what went wrong; and the rows they show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver

from accounts.models import User
from comparisons.models import Receipt
from comparisons.standings import count_votes
from config.urls import urlpatterns
from editorial.previews.links import live_links, make_link, revoke_link
from editorial.services import withdraw
from tests.accounts.authenticator import Device
from tests.accounts.entrance import ask, sign_in
from tests.accounts.second_factor import set_app_up
from tests.accounts.test_passkeys import add
from tests.factories import make_category, make_tool, make_user, make_votes, make_wanted
from tests.newsletter.archived import send_issues
from tests.newsletter.post import subscribed
from tests.newsletter.readers import fill_mailboxes
from tests.votes.desk import make_burst
from tests.votes.test_integrity_page import make_record
from tests.votes.voters import account, cast
from tools.asks.telling import token_of
from tools.models import Tool
from votes.models import Crowd, Standing
from votes.services import freeze_votes, void_case

LONG = f"{'m' * 60}@{'example-' * 7}harbour.example.org"
SAME = {"Sec-Fetch-Site": "same-origin"}
ELSEWHERE = {"Sec-Fetch-Site": "cross-site"}
TOKEN = "a" * 32  # a csrf token that fits the cookie of the same letters


@dataclass(frozen=True)
class PageType:
    """`path` may name rows in braces; `form` is sent to it; `reader` is whose cookies the browser has."""

    path: str
    form: dict[str, str] = field(default_factory=dict)
    sent_from: dict[str, str] = field(default_factory=lambda: dict(SAME))
    reader: str = ""
    status: int = 200

    def __str__(self) -> str:
        return f"{self.reader} {self.path} {self.form or ''}".strip()


READ = [
    *("/", "/about/", "/methodology/", "/privacy/", "/methodology/votes/", "/data/", "/reviewers/"),
    "/reviewers/the-skeptic/",
    *("/reviewers/the-skeptic/?category=writing", "/leaderboard/", "/leaderboard/divisive/", "/leaderboard/overruled/"),
    # Browse: everything, filtered, and so narrow that nothing is left.
    *("/tools/", "/tools/?verdict=ship&pricing=free-plan&sort=name"),
    *("/tools/?verdict=unreviewed&hosting=self&pricing=usage", "/categories/developer-tools/", "/categories/adrift/"),
    # A tool: read by all, without reviews, with voting paused, weighed by the reader, and after a vote without script.
    *("/tools/code-llama-4/", "/tools/parley-recap/", "/tools/leadsman/", "/tools/ropewalk/"),
    *("/tools/code-llama-4/?w-the-builder=3&w-the-futurist=0&w-the-founder=2", "/tools/leadsman/?w-the-founder=9"),
    *("/tools/code-llama-4/#vote-code-llama-4-inked", "/tools/mistral-3-1/#vote-mistral-3-1-pencilled"),
    # Comparisons: the picker, pairs with and without an editor's words, three, four, weighed.
    *("/compare/", "/compare/?a=Code+Llama+4&b=nothing", "/compare/?a=Leadsman&b=Ropewalk&c=nothing&d=Ropewalk"),
    *("/compare/code-llama-4-vs-mistral-3-1/", "/compare/parley-recap-vs-quorum-bell/"),
    *("/compare/leadsman-vs-mistral-3-1/", "/compare/bilgewatch-vs-code-llama-4-vs-mistral-3-1/"),
    "/compare/code-llama-4-vs-draft-vs-final-vs-parley-recap-vs-quorum-bell/",
    "/compare/code-llama-4-vs-mistral-3-1/?w-the-builder=3&w-the-founder=0",
    "/compare/bilgewatch-vs-code-llama-4-vs-mistral-3-1/?w-the-skeptic=2&w-nobody=1",
    # Receipts: all, of one kind and tool, none, one by itself; a tool and a pair as of a day gone by.
    *("/receipts/", "/receipts/?kind=verdict&tool=code-llama-4", "/receipts/?tool=adrift", "/receipts/{receipt}/"),
    *("/tools/code-llama-4/?as_of=2026-11-20", "/compare/code-llama-4-vs-mistral-3-1/?as_of=2026-11-20"),
    "/compare/code-llama-4-vs-mistral-3-1-vs-quorum-bell/?as_of=2026-11-20",
    # What other sites put into a frame: a verdict, and that there is none yet.
    *("/embed/code-llama-4/", "/embed/parley-recap/"),
    # Search: the form, what it finds, a pair, a typo, one kind of result, nothing.
    *("/search/", "/search/?q=mistral", "/search/?q=mitsral+model", "/search/?q=llama+vs+mistral"),
    *("/search/?q=agents&in=reviews", "/search/?q=xylophonist"),
    *("/ask/", "/ask/?name=Lathe&website=lathe.example.com", "/ask/unsubscribe/{token}/", "/votes/mistral-3-1/"),
    # The weekly email: its page, the form with and without something to follow, what comes after, links in mails.
    *("/newsletter/", "/newsletter/subscribe/", "/newsletter/subscribe/?tool=code-llama-4&reviewer=the-skeptic"),
    *("/newsletter/sent/", "/newsletter/preferences/{preferences}/", "/newsletter/preferences/{paused}/?paused"),
    *("/newsletter/preferences/{left}/", "/newsletter/preferences/{preferences}/erase/"),
    *("/newsletter/unsubscribe/{leave}/", "/newsletter/7/"),
    *("/accounts/login/", "/accounts/login/inactive/", "/accounts/login/cancelled/", "/accounts/closed/"),
    *("/accounts/github/login/", "/accounts/google/login/"),
    "/preview/{preview}/",  # a draft, by an editor's link
]
LOST = ["/nowhere/", "/compare/code-llama-4-vs-ghost/", "/compare/mistral-3-1-vs-mistral-3-1/", "/votes/ghost/"]
LOST += ["/ask/unsubscribe/nonsense/", "/receipts/999999999/", "/embed/ghost/", "/preview/nonsense/"]
LOST += [
    "/newsletter/99/",
    "/newsletter/confirm/",
    "/newsletter/unsubscribe/nonsense/",
    "/newsletter/preferences/nonsense/",
]
LOST += ["/tools/code-llama-4/?as_of=2001-01-01", "/compare/code-llama-4-vs-mistral-3-1/?as_of=someday"]
GONE = ["/tools/mothballed/", "/compare/code-llama-4-vs-mothballed/", "/preview/{expired}/"]
OWN = [
    *("/accounts/", "/accounts/login/again/", "/accounts/passkeys/add/", "/accounts/passkeys/{passkey}/"),
    *(
        "/accounts/close/",
        "/newsletter/preferences/",
        "/ask/mine/?asked={ask}",
        "/ask/mine/?again={ask}",
        "/votes/code-llama-4/",
    ),
]
STAFF = ["/accounts/", "/accounts/factor/app/", "/accounts/factor/codes/"]
BALLOT = {"choice": "ship", "next": "/tools/mistral-3-1/"}
WISH = {"name": "Lathe", "website": "lathe.example.com", "why": "It turns.", "mail": "on"}
SENT = [
    # Votes: refused (paused; from elsewhere; no choice), and a browser that does not say where it comes from.
    PageType("/votes/ropewalk/", BALLOT, status=409),
    PageType("/votes/mistral-3-1/", BALLOT, ELSEWHERE, status=403),
    PageType("/votes/mistral-3-1/", {"choice": "perhaps"}, status=400),
    PageType("/votes/mistral-3-1/", BALLOT, {}, status=403),
    # Asking: with a mistake, for what is here, from a browser that says nothing, from elsewhere; mail stopped.
    PageType("/ask/", {**WISH, "website": "localhost"}),
    PageType("/ask/", {**WISH, "website": "https://mistral.ai/"}),
    PageType("/ask/", WISH, {}),
    PageType("/ask/", WISH, ELSEWHERE, status=403),
    PageType("/ask/confirm/", {**WISH, "website": "localhost", "csrfmiddlewaretoken": TOKEN}),
    PageType("/ask/unsubscribe/{token}/", {"stop": "1"}),
    # The weekly email: mistyped, pressed too soon, from elsewhere, a name that may mean several; the button of a mail
    # (new, for what to follow, for another address, pressed already); a pause of no length; leaving.
    PageType("/newsletter/subscribe/", {"email": "mate at sea", "waited": "9"}),
    PageType("/newsletter/subscribe/", {"email": "mate@example.org", "tool_name": "le"}),
    PageType("/newsletter/subscribe/", {"email": "mate@example.org"}, ELSEWHERE, status=403),
    PageType("/newsletter/subscribe/again/", {"email": "mate@example.org", "csrfmiddlewaretoken": TOKEN}),
    PageType("/newsletter/preferences/{preferences}/", {"tool_name": "le", "csrfmiddlewaretoken": TOKEN}),
    PageType("/newsletter/preferences/{preferences}/pause/", {"weeks": "0", "csrfmiddlewaretoken": TOKEN}),
    PageType("/newsletter/preferences/{preferences}/address/", {"email": "sea", "csrfmiddlewaretoken": TOKEN}),
    PageType("/newsletter/confirm/", {"csrfmiddlewaretoken": TOKEN}, reader="asked"),
    PageType("/newsletter/unsubscribe/{leave}/", {"List-Unsubscribe": "One-Click"}),
    # The way in: a mistyped address, too many codes, a wrong code, an unknown passkey, a form without its token.
    PageType("/accounts/login/", {"email": "mate at sea", "csrfmiddlewaretoken": TOKEN}),
    PageType("/accounts/login/", {"email": "eager@example.org", "csrfmiddlewaretoken": TOKEN}, status=429),
    PageType("/accounts/login/code/", {"code": "40 2", "csrfmiddlewaretoken": TOKEN}, reader="code sent"),
    PageType("/accounts/login/passkey/", {"credential": "{}", "csrfmiddlewaretoken": TOKEN}),
    PageType("/accounts/login/", {"email": "mate@example.org"}, status=403),
]
PAGE_TYPES = [
    *(PageType(path) for path in READ),
    *(PageType(path, status=404) for path in LOST),
    *(PageType(path, status=410) for path in GONE),
    *(PageType(f"/accounts/{provider}/login/callback/", status=401) for provider in ("github", "google")),
    PageType("/accounts/login/code/", reader="code sent"),
    *(PageType("/newsletter/confirm/", reader=reader) for reader in ("asked", "follows", "moves", "pressed", "held")),
    *(PageType(path, reader="signed in") for path in OWN),
    *(PageType(path, reader="editor") for path in STAFF),
    # At the second half of the desk's door: with a factor and a code that is none, and with none yet.
    PageType("/accounts/factor/", reader="half in"),
    PageType("/accounts/factor/", {"code": "12", "csrfmiddlewaretoken": TOKEN}, reader="half in"),
    *(PageType(path, reader="fresh editor") for path in ("/accounts/factor/", "/accounts/factor/app/")),
    *SENT,
    PageType("/ask/mine/", reader="signed in"),  # after the form that stops the mail
]
EMPTY = [
    PageType(path)
    for path in (
        "/",
        "/tools/",
        "/compare/",
        "/leaderboard/",
        "/reviewers/",
        "/search/",
        "/ask/",
        "/receipts/",
        "/newsletter/",
    )
]
# Addresses that answer with no page of ours: machines' own, what a script asks for, and forms that lead elsewhere.
NO_PAGES = {
    *("site_picture", "tool_picture", "pair_picture", "badge", "verdict_feed", "category_feed", "receipt_feed"),
    *("receipt_feed_moved", "sitemap", "sitemap_section", "media"),
    *(
        "open_data_file",
        "open_data_dated",
        "open_data_verifier",
        "api_about",
        "api",
        "openapi",
        "api_list",
        "api_detail",
    ),
    *("robots_txt", "llms_txt", "security_txt", "web_manifest", "vote_export", "account_export"),
    *("search_suggest", "my_votes", "account_passkey_challenge"),
    *("account_logout", "account_disconnect", "ask_mail", "take_back_ask", "account_codes_file"),
    *("newsletter_link", "newsletter_export", "newsletter_account", "newsletter_events", "issue_feed"),
}


def public_patterns(patterns: list[URLPattern | URLResolver] = urlpatterns, prefix: str = "") -> Iterator[URLPattern]:
    """Every address of the site but those of the editors' desk and of the local mailbox."""
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if route.startswith(("admin/", "__mail__/")):
            continue
        if isinstance(pattern, URLResolver):
            yield from public_patterns(pattern.url_patterns, route)
        else:
            yield pattern


@dataclass(frozen=True)
class Harbour:
    """What the addresses name, and the cookies of each reader."""

    names: dict[str, str]
    cookies: dict[str, dict[str, str]]

    def address(self, path: str) -> str:
        return path.format(**self.names)


def fill_harbour() -> Harbour:
    """Votes, a paused tool, records of days, a reader with everything a reader can have; the demo is there already."""
    make_category(slug="adrift", name="Adrift")
    withdraw(make_tool(slug="mothballed", name="Mothballed"), reason="Its maker has closed it.")
    make_record()
    void_case(make_burst(), actor=None, reason="Sold by the dozen")  # before those that would be a burst themselves
    for slug, ship, skip in (
        ("mistral-3-1", 40, 10),
        ("code-llama-4", 27, 15),
        ("bilgewatch", 3, 1),
        ("leadsman", 4, 30),
    ):
        make_votes(tool := Tool.objects.get(slug=slug), ship, skip)
        make_votes(tool, 2, 1, Crowd.PASSING)
        for day in range(1, 8):
            Standing.objects.create(tool=tool, day=date(2026, 11, 3 * day), ship=ship * day // 4, skip=skip * day // 4)
    count_votes()
    freeze_votes(tool=Tool.objects.get(slug="ropewalk"), actor=None, reason="a story in the press")
    inside, waiting = _sign_readers_in()
    user = User.objects.get(email=LONG)
    add(inside, Device(), "The laptop in the chart room")
    name = "The Extremely Long Named Assistant for Harbour Paperwork"
    wanted = make_wanted(name, by=[user], why="w" * 500)
    cast(account(user), Tool.objects.get(slug="code-llama-4"))
    send_issues()
    links, confirming = fill_mailboxes()
    names = {
        "passkey": str(Authenticator.objects.get(type="webauthn").pk),
        **links,
        "ask": str(wanted.asks.get().pk),
        "token": token_of(user.pk),
        **_make_previews(),
        "receipt": str(Receipt.objects.filter(tool__slug="code-llama-4", kind="verdict").earliest("pk").pk),
    }
    cookies = {"": {"csrftoken": TOKEN}, "signed in": _jar(inside), "code sent": _jar(waiting)}
    cookies |= {**confirming, **_editors()}
    return Harbour(names, cookies)


def _make_previews() -> dict[str, str]:
    """The token of a link that opens a draft of the demo, and of one that was taken back."""
    editor = User.objects.create_superuser("harbourmaster@example.org", name="Harbourmaster")
    draft = Tool.objects.get(slug="capstan-forms")
    expired = make_link(draft, by=editor, days=1)
    revoke_link(draft, pk=live_links(draft).get().pk, by=editor)
    return {"preview": make_link(draft, by=editor, days=30), "expired": expired}


def _sign_readers_in() -> tuple[Client, Client]:
    """One who is in, one who has been sent a code; a third has asked for so many codes that the next is refused."""
    cache.clear()  # the limits of whoever came before
    inside = Client(headers={"host": "localhost"})
    waiting, eager = Client(REMOTE_ADDR="192.0.2.2"), Client(REMOTE_ADDR="192.0.2.3")
    sign_in(inside, LONG)
    ask(waiting)
    for _ in range(3):
        ask(eager, "eager@example.org")
    return inside, waiting


def _editors() -> dict[str, dict[str, str]]:
    """One who has just set an app up, the same in another browser, and one who has none yet."""
    found = {}
    for number, name in enumerate(("editor", "half in", "fresh editor")):
        email = "fresh@example.org" if name == "fresh editor" else "editor@example.org"
        if name != "half in":
            make_user(email=email, name="Editor", is_staff=True)
        client = Client(REMOTE_ADDR=f"192.0.2.{10 + number}")
        sign_in(client, email)
        if name == "editor":
            set_app_up(client)
            subscribed(email).tools.set(Tool.objects.published()[:3])
        found[name] = _jar(client)
    return found


def _jar(client: Client) -> dict[str, str]:
    return {name: cookie.value for name, cookie in client.cookies.items()} | {"csrftoken": TOKEN}
