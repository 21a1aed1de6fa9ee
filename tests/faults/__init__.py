"""Faults against the send of the weekly email: workers that are processes, PostgreSQL, a sink that keeps the truth.

    python -m tests.faults F1 F3 --seed 7          or: make faults ARGS="F1 F3 --seed 7"

stage.py starts and breaks things, oracle.py says what must hold whatever was broken, faults.py are the faults. The
tests here are small versions of them.
"""
