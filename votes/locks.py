"""The advisory locks of votes, each by its first number; the second says which reader, or is 0.

READER and TOOL are taken by `votes_cast` of the database, too, which names them by their numbers (a test holds the two
together), and comparisons use the second numbers from 1 of MANY for catching up.
"""

from __future__ import annotations

READER = 7021  # one reader's clicks pass one after the other
MANY = 7022  # changes of many votes pass one after the other; who moves one reader's votes shares it
TOOL = 7024  # votes on one tool share it; who merges tools has it alone
DAY = 7023  # a day is closed once
