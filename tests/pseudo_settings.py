"""The settings of the tests with a catalogue of words that the test has made."""

import os
from pathlib import Path

from tests.settings import *  # noqa: F403

LOCALE_PATHS = [Path(os.environ["PSEUDO_LOCALE"])]
