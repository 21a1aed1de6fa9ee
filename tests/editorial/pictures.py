"""Pictures for tests: honest ones, and files that would like to be taken for one."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from PIL import Image

MARK = b"DRYDOCK-PAYLOAD"  # what must never be stored
SCRIPT = b"<script>alert('" + MARK + b"')</script>"
PHP = b"<?php echo '" + MARK + b"'; ?>"


def painted(width: int = 48, height: int = 32, mode: str = "RGB", **options: Any) -> Image.Image:
    picture = Image.new(mode, (width, height))
    for x in range(0, width, 4):
        colour = tuple((x * (band + 3)) % 256 for band in range(len(picture.getbands())))
        picture.paste(colour if len(colour) > 1 else colour[0], (x, 0, x + 2, height))
    return picture


def packed(kind: str = "PNG", picture: Image.Image | None = None, **options: Any) -> bytes:
    file = BytesIO()
    (picture or painted()).save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_that_says(width: int, height: int, rows: bytes = b"") -> bytes:
    """A PNG whose head claims a size, whatever is inside."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows or b"\0" * 1000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _archive() -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("index.html", SCRIPT)
    return file.getvalue()


def corpus() -> Iterator[tuple[str, bytes, str]]:
    """(file name, content, type that the browser tells): files of safety.md 1.2, hostile and merely strange."""
    png, jpeg, webp = packed(), packed("JPEG", quality=90), packed("WEBP")
    yield from (("honest.png", png, ""), ("honest.JPEG", jpeg, ""), ("honest.webp", webp, ""))
    yield from _bombs()
    for step in range(20):
        yield f"cut-{step}.png", png[: len(png) * step // 20], ""
    for step in range(1, 20, 4):
        yield f"cut-{step}.jpg", jpeg[: len(jpeg) * step // 20], ""
        yield f"cut-{step}.webp", webp[: len(webp) * step // 20], ""
    broken = bytearray(png)
    broken[png.index(b"IDAT") + 6] ^= 0xFF
    yield "crc.png", bytes(broken), ""
    yield from _two_faced(png, jpeg, webp)
    yield from _laden()
    yield from _misnamed(png, jpeg)


def _bombs() -> Iterator[tuple[str, bytes, str]]:
    yield "bomb.png", png_that_says(50_000, 50_000), ""
    yield "one-row.png", png_that_says(2_000_000_000, 1), ""
    yield "just-too-wide.png", png_that_says(4097, 1, b"\0" * (4097 * 3 + 1)), ""
    yield "too-many.png", packed("PNG", Image.new("1", (4096, 4000))), ""
    yield "unpacks.png", png_that_says(4000, 4000, b"\0" * (4000 * 3 + 1) * 4000), ""
    text = b"Comment\0\0" + zlib.compress(b"\0" * 90_000_000, 9)
    whole = packed()
    yield "text-bomb.png", whole[:33] + chunk(b"zTXt", text) + whole[33:], ""
    frames = [painted(16, 16).rotate(angle) for angle in range(0, 360, 10)]
    yield "moves.webp", packed("WEBP", frames[0], save_all=True, append_images=frames[1:]), ""
    yield "moves.png", packed("PNG", frames[0], save_all=True, append_images=frames[1:]), ""
    yield "heavy.png", packed() + b"\0" * (2 * 1024 * 1024), ""


def _two_faced(png: bytes, jpeg: bytes, webp: bytes) -> Iterator[tuple[str, bytes, str]]:
    """Files that are a picture for one reader and something else for another."""
    yield "script-behind.png", png + SCRIPT, ""
    yield "zip-behind.png", png + _archive(), ""
    yield "jar-behind.jpg", jpeg + _archive(), ""
    yield "php-behind.webp", webp + PHP, ""
    yield "php-inside.jpg", jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(PHP) + 2) + PHP + jpeg[2:], ""
    yield "script-inside.png", png[:33] + chunk(b"tEXt", b"Comment\0" + SCRIPT) + png[33:], ""
    yield "script-first.png", SCRIPT + png, ""
    yield "html.jpg", b"\xff\xd8\xff" + SCRIPT, ""
    yield "gif.png", b"GIF89a/*" + MARK + b"*/=1;", ""
    yield "picture.gif", packed("GIF"), "image/gif"
    yield "archive.png", _archive(), ""
    yield "js.webp", b"RIFF/*" + b"\0\0WEBP*/=" + SCRIPT, ""


def _laden() -> Iterator[tuple[str, bytes, str]]:
    """Honest pixels, and baggage."""
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = MARK.decode(), 6
    yield "exif.jpg", packed("JPEG", exif=exif), ""
    yield "exif.webp", packed("WEBP", exif=exif), ""
    yield "profile.png", packed(icc_profile=MARK * 100), ""
    yield "profile.jpg", packed("JPEG", icc_profile=MARK * 1000), ""
    yield "xmp.webp", packed("WEBP", xmp=b"<x:xmpmeta>" + SCRIPT), ""
    yield "print.jpg", packed("JPEG", painted(mode="CMYK")), ""
    yield "palette.png", packed("PNG", painted().quantize(16)), ""
    yield "deep.png", packed("PNG", Image.new("I;16", (20, 20), 40_000)), ""
    yield "see-through.png", packed("PNG", painted(mode="RGBA")), ""
    yield "bilevel.png", packed("PNG", Image.new("1", (9, 9), 1)), ""


def _misnamed(png: bytes, jpeg: bytes) -> Iterator[tuple[str, bytes, str]]:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
    entity = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'
    yield from (("drawing.svg", svg, "image/svg+xml"), ("drawing.png", svg, "image/png"), ("entity.png", entity, ""))
    yield from (("nothing.png", b"", ""), ("nothing", png, ""), ("other.jpg", png, ""), ("other.png", jpeg, ""))
    yield from (("page.png", png, "text/html"), ("page.html", png, "image/png"), ("logo.php.png", png, ""))
    yield from (("logo.png.php", png, ""), ("logo.png ", png, ""), ("logo.png\0.php", png, ""), (".png", png, ""))
    yield from (("../../logo.png", png, ""), ("..\\..\\logo.png", png, ""), ("/etc/logo.png", png, ""))
    yield from ((f"{'l' * 300}.png", png, ""), (f"logo{'.png' * 90}", png, ""), ("log\u202egnp.php", png, ""))
    yield from (("gnp.\u202egol.png", png, ""), ("CON.png", png, ""), ("l\r\no.png", png, ""), ("Logo.PNG", png, ""))
