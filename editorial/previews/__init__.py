"""Reading a piece as readers will, before they can: at the desk, and by a link (docs/decisions/0027)."""
