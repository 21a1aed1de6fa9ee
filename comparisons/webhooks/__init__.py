"""Signed receipts to receivers that an operator registers: docs/decisions/0024."""
