"""The project as it is, with one more address: /__reference__/, the yardstick R."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
