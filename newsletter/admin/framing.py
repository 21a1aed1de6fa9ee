"""A mail in a frame of the desk: light or dark as the editor asks, with no script and no way to send anything."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpResponse

LIGHTS = ("light", "dark")
# The mail's own styles are inline. It keeps its origin, or its picture would be a stranger's; nothing in it may run.
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    f"frame-ancestors 'self'; sandbox {SANDBOX}"
)
_DARK = re.compile(r"@media\s*\(\s*prefers-color-scheme\s*:\s*dark\s*\)")


def framed(html: str, light: str) -> HttpResponse:
    """What a mail program makes of it in that light: which one it has is the frame's to say, not the desk's."""
    html = _DARK.sub("@media all" if light == "dark" else "@media not all", html)
    html = html.replace("light dark", light)
    html = html.replace(f'src="{settings.SITE_URL}/', 'src="/').replace("<a ", '<a target="_blank" rel="noopener" ')
    response = HttpResponse(html)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
