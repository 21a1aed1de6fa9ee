"""The list of attacks, and the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from attacks import floods
from attacks.findings import Finding
from attacks.stage import Stage

Attack = Callable[[Stage], list[Finding]]
ATTACKS: dict[str, tuple[str, Attack]] = {
    "V1": ("many requests, one browser, one cookie", floods.one_browser),
    "V2": ("a new cookie each time, one address", floods.new_cookies),
    "V3": ("new cookies, 254 addresses of one /24", floods.one_network),
    "V4": ("new cookies, 65,536 addresses of one IPv6 /48", floods.one_prefix),
    "V7": ("50 clicks at once by each of 200 readers", floods.double_clicks),
}


def run(stage: Stage, names: Sequence[str]) -> list[str]:
    """Carry out the named attacks, or all; returns the names of those that broke something."""
    unknown = [name for name in names if name not in ATTACKS]
    if unknown:
        raise SystemExit(f"There is no attack {unknown[0]}. Choose from {', '.join(ATTACKS)}.")
    broken: dict[str, bool] = {}
    with stage:
        for name in names or ATTACKS:
            title, attack = ATTACKS[name]
            print(f"\n{name} {title}", flush=True)
            begun = time.perf_counter()
            findings = attack(stage)
            for finding in findings:
                print(finding)
            print(f"    ({time.perf_counter() - begun:.1f} s)", flush=True)
            broken[name] = any(finding.holds is False for finding in findings)
    _print_table(broken)
    return [name for name, is_broken in broken.items() if is_broken]


def _print_table(broken: dict[str, bool]) -> None:
    print("\nAttack                                                      ")
    for name, is_broken in broken.items():
        print(f"{name:<6} {ATTACKS[name][0]:<60} {'BROKEN' if is_broken else 'holds'}")
