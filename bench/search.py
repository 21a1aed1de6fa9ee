"""Milliseconds a search takes, through the functions the pages call, at 100,000 tools (SIZE=1000000 for a million)."""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from config.env import BASE_DIR

ASKED = 200


def run(environment: dict[str, str]) -> None:
    """In a process of its own, which has Django for this database."""
    subprocess.run(
        [sys.executable, "-m", "bench.search"],
        cwd=BASE_DIR,
        env={**environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
    )


def main() -> None:
    import django

    django.setup()
    from bench.fleet import launch

    size, started = int(os.environ.get("SIZE", "100000")), time.perf_counter()
    for step in launch(size):
        print(f"   {step}, {time.perf_counter() - started:.0f} s", flush=True)
    million = size >= 1_000_000
    print(f"{'at ' + format(size, ',') + ' tools':<34} {'p50 ms':>8} {'p95 ms':>8} {'target p95':>11}")
    for name, target, ask, texts in _questions():
        target_now = 50 if million and target == 10 else target
        _print(name, target_now, _times(ask, texts))


def _questions() -> list[tuple[str, int, Callable[[str], Any], Sequence[str]]]:
    from bench.fleet import vocabulary
    from comparisons.searching import load_search
    from tools.models import Tool
    from tools.searching import mend_spelling, search_tools, suggest_tools, understand

    chance, words = random.Random(11), vocabulary()
    tools = [Tool.objects.all()[chance.randrange(10_000)] for _ in range(ASKED)]
    pairs = [f"{tool.name.split()[0]} {chance.choice(tool.tagline.split())}" for tool in tools]
    common = [chance.choice(words[:40]) for _ in range(ASKED)]
    long_words = [word for word in words if len(word) >= 6]
    typos = [_mistype(chance, chance.choice(long_words)) for _ in range(ASKED)]
    typing = [tool.name[: chance.randint(1, 6)] for tool in tools]
    return [
        ("two words", 10, lambda text: search_tools(understand(text)), pairs),
        ("common word", 50, lambda text: search_tools(understand(text)), common),
        ("typo help", 20, lambda text: mend_spelling(understand(text)), typos),
        ("suggestions while typing", 20, suggest_tools, typing),
        ("suggestions, mistyped", 20, suggest_tools, typos),
        ("everything of a page, two words", 0, load_search, pairs),
        ("everything of a page, common word", 0, load_search, common),
        ("everything of a page, mistyped", 0, load_search, typos),
    ]


def _mistype(chance: random.Random, word: str) -> str:
    place = chance.randrange(1, len(word) - 1)
    return chance.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + word[place] * 2 + word[place + 1 :],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        )
    )


def _times(ask: Callable[[str], Any], texts: Sequence[str]) -> list[float]:
    for text in texts[:20]:
        ask(text)
    times = []
    for text in texts:
        started = time.perf_counter()
        ask(text)
        times.append((time.perf_counter() - started) * 1000)
    return times


def _print(name: str, target: int, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{name:<34} {statistics.median(times):>8.1f} {p95:>8.1f} {target or '-':>11}", flush=True)


if __name__ == "__main__":
    main()
