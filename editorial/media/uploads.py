"""How much of an uploaded file is kept at all, whatever a form may say of it later."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler

MOST = 6 * 1024 * 1024  # above the limit of every form, so that what was cut is refused as too large


class BoundedUpload(FileUploadHandler):
    """Stands before Django's own: beyond the limit bytes go by and are not kept, neither in memory nor on a disk."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= MOST else None

    def file_complete(self, file_size: int) -> Any:
        return None
