"""Doors from the queue. Here and not in comparisons/tasks.py: a dump reads what stands above that file."""

from __future__ import annotations

import logging
from pathlib import Path

from celery import shared_task
from django.conf import settings

from comparisons.opendata import archive, verifier
from comparisons.opendata.dump import dump_for_the_site

logger = logging.getLogger(__name__)


@shared_task
def dump_data_task() -> None:
    """Every night: a dump, held against itself and the one before. Twice in a night does no harm."""
    dump_for_the_site()
    newest, *older = [str(Path(settings.OPEN_DATA_ROOT, name)) for name in archive.names()]
    lines: list[str] = []
    words = [newest, "--quiet", *(("--against", older[0]) if older else ())]
    if verifier.verify(verifier.asked(words), lines.append):
        logger.error("The open data does not agree with itself. Run verify_publication on %s: %s", newest, lines[0])
