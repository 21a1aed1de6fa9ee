"""Whether an uploaded picture is taken: what it must be, and the child process that looks inside.

The file's own words (its name, the type that the browser tells) are believed for nothing but the ending, which has to
agree with the first bytes and with the decoder. Nothing of the file is unpacked in the web process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from editorial.media.names import SMALL, name_of

LARGEST = 2 * 1024 * 1024
_SECONDS = 10  # on the clock; of the processor the child has five
_PACKED = 4 * 1024 * 1024  # and so much comes out at most, for each of the two copies
_DECODER = Path(__file__).parent / "decoder.py"
_ENDINGS = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "webp": "webp"}
_KINDS = gettext_lazy("Take a PNG, a JPEG or a WebP; the file's name has to end in .png, .jpg or .webp.")
_REFUSALS = {
    "frames": gettext_lazy("This picture moves. Take one that stands still."),
    "size": gettext_lazy("This picture is too large: at most 4,096 pixels a side and 16 million in all."),
    "bomb": gettext_lazy("This picture is too large once it is unpacked. Make it smaller."),
    "heavy": gettext_lazy(
        "This picture is too heavy once its metadata is gone. Make it smaller, or save it as a JPEG."
    ),
    "broken": gettext_lazy("This file is damaged, or it is no picture. Save it anew from a picture program."),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was packed anew from its pixels, and a small copy of it (the same bytes, if it is small)."""

    ending: str
    width: int
    height: int
    whole: bytes
    small: bytes

    @property
    def name(self) -> str:
        return name_of(self.whole, self.ending)

    @property
    def small_name(self) -> str:
        return name_of(self.small, self.ending)


def accept(upload: UploadedFile[Any]) -> Picture:
    """The picture inside an uploaded file, packed anew; ValidationError with what to do about one that is not taken."""
    ending = _ENDINGS.get((upload.name or "").rpartition(".")[2].lower(), "")
    if not ending:
        raise ValidationError(_KINDS, "ending")
    if not upload.size:
        raise ValidationError(_REFUSALS["broken"], "broken")
    if upload.size > LARGEST:
        raise ValidationError(_("This file is too large: at most 2 MB. Make the picture smaller."), "large")
    upload.seek(0)
    packed = upload.read()
    if _by_first_bytes(packed) != ending:
        raise ValidationError(_KINDS, "ending")
    return _unpacked(packed, ending)


def _by_first_bytes(packed: bytes) -> str:
    if packed.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if packed.startswith(b"\xff\xd8\xff"):
        return "jpg"
    return "webp" if packed[:4] == b"RIFF" and packed[8:12] == b"WEBP" else ""


def _unpacked(packed: bytes, ending: str) -> Picture:
    """Ask the child. It gets the bytes and nothing else of ours: no environment, no open file, no argument but two."""
    with TemporaryFile() as given, TemporaryFile() as answer:
        given.write(packed)
        given.seek(0)
        run_bounded([sys.executable, "-I", str(_DECODER), ending, str(SMALL)], given, answer)
        answer.seek(0)
        said = _read_line(answer)
        whole, small = (answer.read(said[part]) for part in ("whole", "small"))
    if (len(whole), len(small)) != (said["whole"], said["small"]) or {*map(_by_first_bytes, (whole, small))} != {
        ending
    }:
        raise ValidationError(_REFUSALS["broken"], "broken")
    return Picture(ending, said["width"], said["height"], whole, small)


def run_bounded(command: list[str], given: IO[bytes], answer: IO[bytes], seconds: float = _SECONDS) -> None:
    """Run a child with an empty environment until it ends or its time is up; ValidationError then, and it is killed."""
    child = subprocess.Popen(command, stdin=given, stdout=answer, stderr=subprocess.DEVNULL, env={}, cwd=os.sep)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        raise ValidationError(_REFUSALS["bomb"], "bomb") from None
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def _read_line(answer: IO[bytes]) -> dict[str, Any]:
    """What the child says of the picture; ValidationError for a refusal, and for a child that came to grief."""
    said: Any = None
    with suppress(ValueError):
        said = json.loads(answer.readline(1000))
    if not isinstance(said, dict) or "refused" in said:
        reason = said["refused"] if said else "broken"
        raise ValidationError(_REFUSALS[reason], reason)
    bounded = all(isinstance(said.get(part), int) and 0 < said[part] <= _PACKED for part in ("whole", "small"))
    if not bounded or not all(
        isinstance(said.get(part), int) and 0 < said[part] <= 4096 for part in ("width", "height")
    ):
        raise ValidationError(_REFUSALS["broken"], "broken")
    return said
