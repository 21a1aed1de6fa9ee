"""V13: Redis is gone. The attacks that lean on limits are repeated at a server whose broker nobody answers for."""

from __future__ import annotations

from collections.abc import Callable

from attacks import floods
from attacks.findings import Finding, exactly
from attacks.stage import Stage

REPEATED: dict[str, Callable[[Stage, int], list[Finding]]] = {
    "V2": floods.new_cookies,
    "V3": floods.one_network,
    "V7": floods.double_clicks,
}


def without_broker(stage: Stage) -> list[Finding]:
    """Each twice, with and without, and figure by figure the same."""
    found = []
    for name, attack in REPEATED.items():
        first = stage.results.get(name) or attack(stage, stage.port)
        second = attack(stage, stage.server_without_broker().port)
        found += [Finding(f"{name}: {each.what}", each.figure, each.bar, each.holds) for each in second]
        found.append(exactly(f"{name}: figures without Redis and with it differ", _differences(first, second), 0))
    return found


def _differences(first: list[Finding], second: list[Finding]) -> int:
    """Minutes are no result: they depend on when within its minute an attack began."""
    return sum(
        one.figure != other.figure
        for one, other in zip(first, second, strict=True)
        if one.holds is not None and "minutes" not in one.what
    )
