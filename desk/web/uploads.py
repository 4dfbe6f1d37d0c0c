"""Uploads that never touch the disk in plain: each file is sealed as it arrives."""

from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import unquote_to_bytes

import structlog
from flask import Flask, Request, abort, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from desk.attachments.files import (
    MOST_BYTES,
    MOST_FILES,
    IncomingFile,
    TooLarge,
    list_parked,
    parked_info,
    remove_parked,
)
from desk.attachments.kinds import NotAllowed
from desk.attachments.models import Attachment
from desk.attachments.storage import remove_blob
from desk.clock import now
from desk.db import db
from desk.events import trouble
from desk.transaction import transaction

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

log = structlog.get_logger()


class SealingStream:
    """What the form parser writes a file into; it keeps the problem instead of raising, so the text is not lost."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self._file: IncomingFile | None = None
        self.size = 0

    def write(self, plain: bytes) -> int:
        """Take more of the file; after a problem the rest is read and dropped."""
        self.size += len(plain)
        if self.problem is None and plain:
            try:
                if self._file is None:
                    self._file = IncomingFile()
                self._file.write(plain)
            except TooLarge:
                self.problem = "too_large"
            except OSError as error:
                trouble.note(trouble.DISK_FULL)
                log.error("upload.storage_failed", alert=True, error=error.strerror)
                self.problem = "storage"
                self.close()
        return len(plain)

    def seek(self, *_where: int) -> int:
        """Satisfy the parser, which rewinds what it has written."""
        return 0

    def read(self, _size: int = -1) -> bytes:
        """Return nothing: what was written is sealed."""
        return b""

    def close(self) -> None:
        """Remove what was written unless it was parked."""
        if self._file is not None:
            self._file.discard()

    def take(self) -> IncomingFile | None:
        """Return the sealed file, or None when nothing came."""
        return self._file


class FirstBytes(BytesIO):
    """A file that is read at once and is nobody's secret: its first bytes in memory, the rest read and dropped."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, plain: "Buffer") -> int:
        """Take more of the file."""
        whole = bytes(plain)
        super().write(whole[: max(self._most - self.tell(), 0)])
        return len(whole)


IN_MEMORY: dict[str, int] = {}
"""Routes whose files are kept in memory, and how many bytes of each."""

MOST_TEXT = 1024 * 1024
"""Bytes of a request that brings no files, and of the text fields of one that does."""


class DeskFormParser(FormDataParser):
    """Takes no more fields of a plain form than of one with files, which alone Werkzeug counts."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Any:
        """Return what is in the form. Raises `RequestEntityTooLarge`."""
        if mimetype == "application/x-www-form-urlencoded" and self.max_form_parts is not None:
            body = stream.read()
            if body.count(b"&") >= self.max_form_parts:
                raise RequestEntityTooLarge
            stream = BytesIO(body)
        return super().parse(stream, mimetype, content_length, options)


class DeskRequest(Request):
    """A request whose files are sealed while they are read, and that is short unless it brings files."""

    form_data_parser_class = DeskFormParser

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.mimetype != "multipart/form-data":
            self.max_content_length = MOST_TEXT

    def _get_file_stream(self, *_about: Any, **_more: Any) -> IO[bytes]:
        if self.endpoint in IN_MEMORY:
            return FirstBytes(IN_MEMORY[self.endpoint])
        stream = SealingStream()
        self.environ.setdefault("desk.streams", []).append(stream)
        return cast("IO[bytes]", stream)  # the parser writes, rewinds and closes, nothing else


def init_uploads(app: Flask) -> None:
    """Seal every upload, and remove at the end of a request what nobody parked; tell the pages how much is taken."""
    app.request_class = DeskRequest
    app.before_request(_insist_on_text)
    app.jinja_env.globals.update(most_bytes=MOST_BYTES, most_bytes_together=MOST_FILES * MOST_BYTES)
    app.teardown_request(_close_streams)


def _insist_on_text() -> None:
    """Refuse a form whose escapes are no UTF-8, such as half a character; else they would be kept as they are written."""
    if request.mimetype == "application/x-www-form-urlencoded":
        try:
            unquote_to_bytes(request.get_data()).decode()
        except UnicodeDecodeError:
            abort(400)


def _close_streams(_error: BaseException | None) -> None:
    for stream in request.environ.get("desk.streams", ()):
        stream.close()


def keep_files(token: str, field: str = "uploads") -> list[str]:
    """Park the files of one field under a form's token, and forget the one that the press of a button removes.

    Returns the problems met: `too_large`, `not_allowed`, `too_many`, `storage`. What was fine is parked all the same.
    Commits, so that nothing that comes after loses them; bytes go after the commit that forgets them.
    """
    removed = request.form.get("remove", "")
    if not removed and not has_uploads(field):
        return []
    with transaction():
        gone = [remove_parked(row) for row in list_parked(token) if str(row.id) == removed]
        problems = _park_all(field, token)
    for blob in filter(None, gone):
        remove_blob(blob)
    return problems


def keep_made(content: bytes, name: str, token: str) -> None:
    """Park a file that the desk has made under a form's token, in place of whatever is parked there. Commits.

    Raises `OSError` when there is no room.
    """
    made = IncomingFile()
    made.write(content)
    with transaction():
        gone = [remove_parked(row) for row in list_parked(token)]
        made.park(name, token, now())
    for blob in filter(None, gone):
        remove_blob(blob)


def has_uploads(field: str = "uploads") -> bool:
    """Tell whether a form brought a file."""
    return any(upload.filename or _stream_of(upload).size for upload in request.files.getlist(field))


def _park_all(field: str, token: str) -> list[str]:
    problems: list[str] = []
    room = MOST_FILES - len(list_parked(token))
    for upload in request.files.getlist(field):
        if not upload.filename and not _stream_of(upload).size:
            continue
        problem = _park(upload, token) if room > 0 else "too_many"
        if problem is None:
            room -= 1
        else:
            problems.append(problem)
    db.session.flush()
    return problems


def describe_parked(token: str) -> list[tuple[Attachment, str]]:
    """Return the files parked under a form's token with their names."""
    return [(row, parked_info(row, token).name) for row in list_parked(token)]


def _park(upload: FileStorage, token: str) -> str | None:
    stream = _stream_of(upload)
    if stream.problem is not None:
        return stream.problem
    file = stream.take() or IncomingFile()
    try:
        file.park(upload.filename or "", token, now())
    except NotAllowed:
        return "not_allowed"
    except OSError as error:
        trouble.note(trouble.DISK_FULL)
        log.error("upload.storage_failed", alert=True, error=error.strerror)
        return "storage"
    return None


def _stream_of(upload: FileStorage) -> SealingStream:
    stream: Any = upload.stream
    assert isinstance(stream, SealingStream)  # noqa: S101 - DeskRequest makes no other
    return stream
