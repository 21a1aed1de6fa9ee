"""How the weekly email leaves: what carries one message to one mailbox, and what came of it."""
