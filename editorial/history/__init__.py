"""What pieces said before: every saved version, with who and when (docs/decisions/0026)."""
