"""V8, V9, V11 and V12: requests that pretend to come from somebody, from somewhere, or to mean something."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from accounts.models import OwnedSession
from attacks.findings import Finding, exactly, said, snapshot
from attacks.stage import Stage
from testbed.traffic import SAME, Answer, Headers, Reader, ask, ballot, request
from tests.factories import make_tool
from tools.models import Tool
from votes.models import Vote
from votes.network import tags_of

FORM = ("Content-Type", "application/x-www-form-urlencoded")
EVIL = "https://evil.example"


def replays(stage: Stage) -> list[Finding]:
    """V8: the token of the confirm page, and the vote itself, sent again by others and from elsewhere."""
    tool = stage.tool()
    mine, other = stage.new_browser(), stage.new_browser()
    token = _token(stage, tool, mine)
    (user,) = stage.accounts(1)
    account = stage.signed_in(user)
    account_token = _token(stage, tool, account)
    first = _form(stage, tool, mine, token=token)
    ask(stage.port, ballot(tool.slug, "skip", account))
    OwnedSession.objects.all().delete()  # every account has signed out
    before = snapshot()
    found = [
        exactly("the confirm page's token, first use", first.status, 303),
        exactly("the same client again: no change", _form(stage, tool, mine, token=token).status, 303),
        exactly("the same vote as JSON again: no change", ask(stage.port, ballot(tool.slug, "ship", mine)).status, 200),
        exactly("another client", _form(stage, tool, other, "skip", token=token).status, 403),
        exactly("a client without cookie", _form(stage, tool, Reader(), "skip", token=token).status, 403),
        exactly("after signing out", _form(stage, tool, account, "ship", token=account_token).status, 403),
    ]
    found += list(_from_elsewhere(stage, tool, mine, token))
    return [*found, exactly("changes by all of these", _changes(before), 0)]


def _from_elsewhere(stage: Stage, tool: Tool, mine: Reader, token: str) -> Iterator[Finding]:
    """The same client's cookie, and its token where a form carries one, but not from a page of ours."""
    for name, headers in _ELSEWHERE.items():
        refused = {
            _form(stage, tool, mine, "skip", token=token, headers=headers).status,
            ask(stage.port, ballot(tool.slug, "skip", mine, headers)).status,
        }
        yield exactly(name, refused, {403})
    yield exactly("no Origin, no token", _form(stage, tool, mine, "skip").status, 403)
    yield exactly("no Origin, JSON", ask(stage.port, ballot(tool.slug, "skip", mine, {})).status, 403)
    plain = {**SAME, "Content-Type": "text/plain"}
    yield exactly("JSON as text/plain", ask(stage.port, ballot(tool.slug, "skip", mine, plain)).status, 403)


_ELSEWHERE: dict[str, Headers] = {
    "Origin: forged": {"Origin": EVIL},
    "Origin: null": {"Origin": "null"},
    "Origin: ours and a word more": {"Origin": "http://127.0.0.1.evil.example"},
    "Origin: ours, but Sec-Fetch-Site: cross-site": {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "cross-site"},
}


def other_sites(stage: Stage) -> list[Finding]:
    """V9: what a page of somebody else's can make a reader's browser send, with the cookies it would not send."""
    tool = stage.tool()
    (user,) = stage.accounts(1)
    readers = [stage.new_browser(), stage.signed_in(user)]
    for reader in readers:
        ask(stage.port, ballot(tool.slug, "ship", reader))
    path, before = f"/votes/{tool.slug}/", snapshot()
    cross = {"Sec-Fetch-Site": "cross-site", "Referer": f"{EVIL}/"}
    attempts: dict[str, Callable[[Reader], bytes]] = {
        "a form": lambda reader: _form_bytes(path, reader, "skip", {**cross, "Origin": EVIL}),
        "a form of an old browser": lambda reader: _form_bytes(path, reader, "skip", {"Origin": EVIL}),
        "an image": lambda reader: request(
            f"{path}?choice=skip", reader=reader, headers={**cross, "Sec-Fetch-Dest": "image"}
        ),
        "a prefetch": lambda reader: request(
            f"{path}?choice=skip", reader=reader, headers={**cross, "Sec-Purpose": "prefetch"}
        ),
        "HEAD": lambda reader: request(f"{path}?choice=skip", reader=reader, method="HEAD", headers=cross),
        "PUT": lambda reader: request(path, reader=reader, method="PUT", headers=cross),
    }
    found = []
    for name, make in attempts.items():
        statuses = {ask(stage.port, make(reader)).status for reader in readers}
        wanted = {403} if "form" in name else {405} if name == "PUT" else {200}
        found.append(exactly(name, statuses, wanted))
    return [*found, exactly("changes by all of these", _changes(before), 0)]


def forged_addresses(stage: Stage) -> list[Finding]:
    """V11: whatever a reader writes about its own address, its tag is that of the address our proxy saw.

    The driver is the proxy. It passes everything on; in front of the first two servers it drops header names with
    underscores, as the operator's page asks, and the third hears from it by a name that none can imitate.
    """
    direct = stage.server(TRUSTED_PROXY_HOPS="0").port
    spelled = stage.server(CLIENT_ADDRESS_HEADER="Clientaddress").port
    forged = [entry for hops in (1, 3, 10) for entry in _forged_chains(hops)]
    everything = forged + _SPELLINGS
    return [
        _tags_of_forgeries("no proxy: chains, other headers, underscores", stage, direct, "", everything),
        _tags_of_forgeries("a proxy: forged entries, lines, headers", stage, stage.port, "X-Forwarded-For", forged),
        _tags_of_forgeries("a header of its own: these, underscores", stage, spelled, "Clientaddress", everything),
        _believed(stage),
    ]


_LIE = "203.0.113.9"
_SPELLINGS: list[list[tuple[str, str]]] = [
    [(name, _LIE)]
    for name in ("X_Forwarded_For", "X-Forwarded_For", "x_forwarded-for", "Client_Address", "Remote_Addr")
]


def _forged_chains(hops: int) -> list[list[tuple[str, str]]]:
    chain = ", ".join([_LIE] * hops)
    forwarded = ", ".join([f"for={_LIE};proto=https"] * hops)
    return [
        [("X-Forwarded-For", chain)],
        [("X-Forwarded-For", _LIE)] * hops,
        [("Forwarded", forwarded)],
        *([(name, _LIE)] for name in ("X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "Client-IP", "X-Client-IP")),
    ]


def _tags_of_forgeries(what: str, stage: Stage, port: int, name: str, forged: list[list[tuple[str, str]]]) -> Finding:
    """Each forgery before and after the proxy's own line, and inside its line where a proxy appends to it."""
    stage.stay_within_a_day()
    tool, real = stage.tool(), stage.address() if name else "127.0.0.1"
    own = [(name, real)] if name else []
    sent = [lines + own for lines in forged]
    if name == "X-Forwarded-For":
        sent += [[(name, f"{value}, {real}")] for lines in forged for found, value in lines if found == name]
    else:
        sent += [own + lines for lines in forged]
    for lines in sent:
        ask(port, ballot(tool.slug, "ship", Reader(), [*SAME.items(), *lines]))
    expected = tags_of(ip_address(real), timezone.now()).host
    found = [bytes(tag or b"") for tag in Vote.objects.filter(tool=tool).values_list("net_tag", flat=True)]
    return exactly(f"{what}: true tags", f"{found.count(expected)} of {len(found)}", f"{len(sent)} of {len(sent)}")


def _believed(stage: Stage) -> Finding:
    """The reason for the rule about underscores: the web server gives both spellings one name, and one of them wins."""
    tool, real = stage.tool(), stage.address()
    truth, imitation = ("X-Forwarded-For", real), ("X_Forwarded_For", _LIE)
    for lines in ([truth, imitation], [imitation, truth]):
        ask(stage.port, ballot(tool.slug, "ship", Reader(), [*SAME.items(), *lines]))
    lie = tags_of(ip_address(_LIE), timezone.now()).host
    tags = [bytes(tag or b"") for tag in Vote.objects.filter(tool=tool).values_list("net_tag", flat=True)]
    figure = f"{tags.count(lie)} of {len(tags)} believed"
    return said("a proxy that passes X_Forwarded_For on (docs/operations.md)", figure, "the operator's part")


def nonsense(stage: Stage) -> list[Finding]:
    """V12: tools that are not there, choices that are none, bodies that are no ballot."""
    tool, reader = stage.tool(), stage.new_browser()
    draft = make_tool(category=stage.category, slug=f"draft-{next(stage.numbers)}", status="draft", published_at=None)
    slugs = [draft.slug, str(tool.pk), f"{tool.slug}%00", "x" * 3000]
    slugs += ["unknown", "0", "-1", "..%2f..", "%F0%9F%9A%A2", "'"]
    slugs += [f"{stage.chance.randrange(2**64)}" for _ in range(stage.size(200, 20))]
    choices: list[Any] = [0, 1, -1, 2, True, [], {}, None, ["ship"], 10**400, 1.5]
    choices += ["ship ", "SHIP", "", "ship\0", "true"]
    bodies = [b"", b"[]", b"{", b"null", b"\xff", b"[" * 50_000, b'{"choice": NaN}', b'{"choice": "sh', b'"ship"']
    before, statuses = snapshot(), Counter[int]()
    for slug in slugs:
        statuses[ask(stage.port, ballot(slug, "ship", reader)).status] += 1
    for choice in [*choices, *bodies]:
        statuses[ask(stage.port, ballot(tool.slug, choice, reader)).status] += 1
    for choice in [word for word in choices if isinstance(word, str)]:
        statuses[_form(stage, tool, reader, choice, headers=SAME).status] += 1
    refused = sum(count for status, count in statuses.items() if 400 <= status < 500)
    return [
        exactly("answered 4xx", refused, statuses.total()),
        exactly("changes by all of these", _changes(before), 0),
        said("which", ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))),
    ]


def _changes(before: tuple[Any, ...]) -> int:
    return sum(one != other for one, other in zip(before, snapshot(), strict=True))


def _token(stage: Stage, tool: Tool, reader: Reader) -> str:
    """What the confirm page gives a browser that does not say where its vote comes from."""
    page = _form(stage, tool, reader).body.decode()
    return unescape(re.findall(r'name="token" value="([^"]+)"', page)[0])


def _form(
    stage: Stage, tool: Tool, reader: Reader, choice: str = "ship", *, token: str = "", headers: Headers = ()
) -> Answer:
    return ask(stage.port, _form_bytes(f"/votes/{tool.slug}/", reader, choice, headers, token))


def _form_bytes(path: str, reader: Reader, choice: str, headers: Headers = (), token: str = "") -> bytes:
    body = urlencode({"choice": choice, **({"token": token} if token else {})}).encode()
    more = headers.items() if isinstance(headers, dict) else headers
    return request(path, reader=reader, method="POST", headers=[FORM, *more], body=body)
