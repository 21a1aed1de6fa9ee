"""The child process that unpacks a stranger's picture and packs its pixels anew: `python -I decoder.py ENDING`.

It reads the picture from its input and writes to its output one line of JSON, then the picture and its small copy.
Nothing of the file but the pixels comes out: no metadata, no profile, no trailing bytes. It gives itself limits before
it looks at the first byte, and imports nothing of ours.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import warnings
from collections.abc import Mapping
from typing import Any, NoReturn

from PIL import Image, ImageCms, ImageOps, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin

FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
# Loaded now, for soon no file can be opened; the last two are what JPEG reads of phones' pictures.
LOADED = (WebPImagePlugin, MpoImagePlugin, TiffImagePlugin)
OPTIONS: dict[str, dict[str, Any]] = {
    "png": {"optimize": True},
    "jpg": {"quality": 88, "optimize": True, "progressive": True},
    "webp": {"quality": 88, "method": 2},
}
CPU_SECONDS, MEMORY = 5, 512 * 1024 * 1024
LONGEST, PIXELS, LARGEST = 4096, 16_000_000, 4 * 1024 * 1024


class Refused(Exception):  # noqa: N818 (it is an answer)
    """A picture that is not taken, by the name of the reason."""


def main(ending: str, small: int) -> None:
    Image.preinit()
    screen = ImageCms.createProfile("sRGB")
    packed = sys.stdin.buffer.read()
    _limit()
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = PIXELS
    try:
        picture = _pixels(packed, ending, screen)
        whole = _packed(picture, ending)
        sides = _sides(picture, small)
        copy = whole if sides == picture.size else _packed(picture.resize(sides, Image.Resampling.LANCZOS), ending)
    except Refused as refusal:
        _answer({"refused": str(refusal)})
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        _answer({"refused": "bomb"})
    except Exception:  # whatever a decoder does not like of a stranger's file
        _answer({"refused": "broken"})
    said = {"width": picture.width, "height": picture.height, "whole": len(whole), "small": len(copy)}
    _answer(said, whole, copy)


def _limit() -> None:
    """Limits that nothing in this process can lift again: none of its files, sockets or children is to come.

    With three files open and three allowed there is no fourth: neither a file nor a way into a network.
    """
    limits = [(resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 3 * LARGEST)]
    limits += [(resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_NOFILE, 3)]
    for kind, most in limits:
        with contextlib.suppress(ValueError, OSError):  # macOS knows no limit of memory
            resource.setrlimit(kind, (most, most))
    if hasattr(os, "unshare"):
        with contextlib.suppress(OSError):  # a kernel may keep that to itself
            os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)


def _pixels(packed: bytes, ending: str, screen: Any) -> Image.Image:
    with Image.open(io.BytesIO(packed), formats=[FORMATS[ending]]) as opened:
        if opened.format != FORMATS[ending] or getattr(opened, "n_frames", 1) != 1:
            raise Refused("frames")
        if max(opened.size) > LONGEST or opened.width * opened.height > PIXELS:
            raise Refused("size")
        opened.load()
        picture = _in_colours(ImageOps.exif_transpose(opened), ending, screen)
    clean = Image.new(picture.mode, picture.size)  # pixels alone: what else the file said stays behind
    clean.paste(picture)
    return clean


def _in_colours(picture: Image.Image, ending: str, screen: Any) -> Image.Image:
    """Grey, colours, or colours with transparency, as a screen shows them."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I") or picture.mode == "F":  # 16 bits of grey
        picture = picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    wanted = "RGBA" if picture.has_transparency_data and ending != "jpg" else "RGB"
    if picture.mode in ("L", "1") and wanted == "RGB":
        return picture.convert("L")
    if profile and picture.mode in ("RGB", "RGBA", "CMYK"):
        return _on_screen(picture, profile, wanted, screen)
    return picture.convert(wanted)


def _on_screen(picture: Image.Image, profile: bytes, wanted: str, screen: Any) -> Image.Image:
    """In the colours that the file's own profile means; a profile that cannot be read is none."""
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        seen = ImageCms.profileToProfile(picture, own, screen, outputMode=wanted if picture.mode != "CMYK" else "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        seen = None
    return (seen or picture).convert(wanted)


def _packed(picture: Image.Image, ending: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, FORMATS[ending], **OPTIONS[ending])
    if file.tell() > LARGEST:
        raise Refused("heavy")
    return file.getvalue()


def _sides(picture: Image.Image, longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(picture.size))
    return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))


def _answer(said: Mapping[str, object], *parts: bytes) -> NoReturn:
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + b"".join(parts))
    sys.stdout.buffer.flush()
    sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
