"""The weekly email as it goes out (docs/decisions/0035).

rendered = render(issue)                      both parts, once an issue; `Rendered.of_frozen(issue)` later on
for reader in readers_of(subscribers):        fixed queries
    if not is_silent(rendered, reader):
        message = bones.message(reader, id)   with bones = skeleton(rendered): bytes, ready to be handed over
"""

from newsletter.rendering.checking import Level, Problem, checks
from newsletter.rendering.headers import UnfitError
from newsletter.rendering.letters import Rendered, render
from newsletter.rendering.messages import Skeleton, list_headers, skeleton
from newsletter.rendering.postal import NoPostalAddressError, require_postal_address
from newsletter.rendering.previews import preview
from newsletter.rendering.readers import Part, Reader, fill, is_silent, personal, readers_of, sample_reader
from newsletter.rendering.sections import Section, Shown, sections

__all__ = [
    "Level",
    "NoPostalAddressError",
    "Part",
    "Problem",
    "Reader",
    "Rendered",
    "Section",
    "Shown",
    "Skeleton",
    "UnfitError",
    "checks",
    "fill",
    "is_silent",
    "list_headers",
    "personal",
    "preview",
    "readers_of",
    "render",
    "require_postal_address",
    "sample_reader",
    "sections",
    "skeleton",
]
