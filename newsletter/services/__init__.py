"""Every write to the weekly email: its readers, its issues, its schedule."""
