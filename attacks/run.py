"""The list of attacks, and the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from attacks import floods, forgery, numbers, puppets
from attacks.findings import Finding
from attacks.logs import search_logs
from attacks.stage import Stage
from attacks.without_broker import without_broker

Attack = Callable[[Stage], list[Finding]]
ATTACKS: dict[str, tuple[str, Attack]] = {
    "V1": ("many requests, one browser, one cookie", floods.one_browser),
    "V2": ("a new cookie each time, one address", floods.new_cookies),
    "V3": ("new cookies, 254 addresses of one /24", floods.one_network),
    "V4": ("new cookies, 65,536 addresses of one IPv6 /48", floods.one_prefix),
    "V5": ("500 sock puppets of one /24 in a day", puppets.sock_puppets),
    "V6": ("300 aged accounts of 300 networks over six hours", puppets.slow_wave),
    "V7": ("50 clicks at once by each of 200 readers", floods.double_clicks),
    "V8": ("replayed votes and tokens", forgery.replays),
    "V9": ("forms, images and prefetches of other sites", forgery.other_sites),
    "V10": ("sign-in with a conflicting vote, in parallel", numbers.merges),
    "V11": ("forged addresses", forgery.forged_addresses),
    "V12": ("nonsense", forgery.nonsense),
    "V13": ("V2, V3 and V7 while Redis is gone", without_broker),
    "V14": ("held and released, void and restored, deleted", numbers.round_trips),
    "V15": ("a million votes recounted", numbers.recount),
    "V16": ("the same network the next day", puppets.next_day),
}


def run(stage: Stage, names: Sequence[str]) -> list[str]:
    """Carry out the named attacks, or all; returns the names of those that broke something."""
    broken: dict[str, bool] = {}
    with stage:
        for name in names or ATTACKS:
            title, attack = ATTACKS[name]
            print(f"\n{name} {title}", flush=True)
            begun = time.perf_counter()
            findings = stage.results[name] = attack(stage)
            for finding in findings:
                print(finding)
            print(f"    ({time.perf_counter() - begun:.1f} s)", flush=True)
            broken[name] = any(finding.holds is False for finding in findings)
        print("\nThe logs of these attacks")
        logs = list(search_logs(stage))
        print(*logs, sep="\n")
        broken["logs"] = any(finding.holds is False for finding in logs)
    _print_table(broken)
    return [name for name, is_broken in broken.items() if is_broken]


def _print_table(broken: dict[str, bool]) -> None:
    print()
    titles = {name: title for name, (title, _) in ATTACKS.items()} | {"logs": "no reader's address in any log"}
    for name, is_broken in broken.items():
        print(f"{name:<5} {titles[name]:<56} {'BROKEN' if is_broken else 'holds'}")
