"""Reading a ticket: its page, and its files, which open as downloads and never as pages."""

from urllib.parse import quote

from flask import Response, abort, stream_with_context
from sqlalchemy import select

from desk import clock
from desk.accounts.permissions import Permission
from desk.attachments.files import file_info, read_file, staff_file_key
from desk.attachments.models import Attachment, FileState
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.trail import record, staff_actor
from desk.transaction import transaction
from desk.web.guard import current_staff, fetch_ticket
from desk.web.staff.page import render_ticket


def ticket(ref: str) -> str:
    """Show a ticket."""
    return render_ticket(fetch_ticket(ref, Permission.READ_TICKETS))


def file(ref: str, file_id: int) -> Response:
    """Hand out one file of this ticket as a download; another ticket's file is not here."""
    found = fetch_ticket(ref, Permission.READ_TICKETS)
    row = db.session.scalar(
        select(Attachment).where(
            Attachment.id == file_id, Attachment.ticket_id == found.id, Attachment.state == FileState.STORED
        )
    )
    if row is None:
        abort(404)
    with transaction():
        facts = {"file": file_id}
        who = staff_actor(current_staff().id)
        record(EventKind.FILE_OPENED, actor=who, at=clock.now(), ticket_id=found.id, facts=facts)
    key = staff_file_key(row)
    info = file_info(row, key)
    response = Response(stream_with_context(read_file(row, key)), mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = disposition(info.name)
    response.headers["Content-Length"] = str(info.size)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def disposition(name: str) -> str:
    """Return the header that has a browser keep a file under its name (RFC 6266), whatever the name holds."""
    plain = "".join(char if 32 <= ord(char) < 127 and char not in '"\\%;' else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
