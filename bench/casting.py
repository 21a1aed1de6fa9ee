"""python -m bench.casting spread|hot CLIENTS SECONDS: cast votes through the service alone, in as many threads.

A process of its own, so that its CPU time is that of the service. Prints JSON: votes a second, CPU time of a vote.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django

from bench.cost import cpu_seconds


def main(where: str, clients: int, seconds: float) -> None:
    django.setup()
    from django.conf import settings

    settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] = clients + 1  # one is ours
    from accounts.models import User
    from tools.models import Tool

    users = list(User.objects.filter(email__startswith="reader").values_list("pk", flat=True))
    tools = list(Tool.objects.filter(slug__startswith="bench-").order_by("pk").values_list("pk", flat=True))
    tools = tools[:1] if where == "hot" else tools
    _vote_until(time.monotonic() + 0.5, users, tools)  # opens connections and compiles
    with ThreadPoolExecutor(clients) as pool:
        database, begun = os.environ["DATABASE_URL"], time.monotonic()
        before = cpu_seconds(os.getpid(), database)
        waiting = [pool.submit(_vote_until, begun + seconds, users, tools) for _ in range(clients)]
        votes = sum(each.result() for each in waiting)
        lasted = time.monotonic() - begun
        cpu = cpu_seconds(os.getpid(), database) - before
    print(json.dumps({"votes_per_second": votes / lasted, "cpu_microseconds": cpu / votes * 1e6}))


def _vote_until(end: float, users: list[int], tools: list[int]) -> int:
    from votes.network import Tags
    from votes.services import Caller, cast_vote

    votes = 0
    while time.monotonic() < end:
        user = random.choice(users)
        tags = Tags(user.to_bytes(32), user.to_bytes(32))
        caller = Caller(tags, user_id=user, is_established=True)
        cast_vote(caller=caller, tool=random.choice(tools), choice=random.choice((1, -1)))
        votes += 1
    return votes


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
