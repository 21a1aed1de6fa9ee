"""Share images: what a link to a page looks like elsewhere. Drawn from the page's own numbers (pictures.py)."""
