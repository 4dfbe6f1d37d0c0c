"""Reading a ticket: its page, a masked number in full, and its files, which open as downloads and never as pages."""

from datetime import date

from flask import abort, flash, redirect, request, stream_with_context, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from desk import clock
from desk.accounts.permissions import Permission
from desk.attachments.files import file_info, read_file, staff_file_key
from desk.attachments.models import Attachment, FileState
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.trail import record, staff_actor
from desk.handling.handover import give_files, stop_files
from desk.tickets.errors import NotAllowed
from desk.tickets.identity import IdentityDocument
from desk.tickets.models import Message
from desk.tickets.queries import hold
from desk.transaction import transaction
from desk.web.downloads import sandboxed
from desk.web.guard import current_staff, fetch_ticket, note_refusal
from desk.web.staff.letter_drafts import find_asked
from desk.web.staff.page import render_ticket


def ticket(ref: str) -> str:
    """Show a ticket; the answer begins with the purposes in force on the address's day, or with what cookies there are.

    The address may also ask for the draft of a letter in one of its forms.
    """
    found = fetch_ticket(ref, Permission.READ_TICKETS)
    try:
        acquired_on = date.fromisoformat(request.args.get("acquired", ""))
    except ValueError:
        acquired_on = None
    return render_ticket(
        found,
        acquired_on=acquired_on,
        begins_with_cookies=request.args.get("draft") == "cookies",
        letter=find_asked(request.args),
    )


def reveal(ref: str, message_id: int) -> str:
    """Show the page once with the numbers of one of this ticket's messages in full; the trail has it first."""
    found, staff_id = fetch_ticket(ref, Permission.READ_TICKETS), current_staff().id
    said = select(Message.id).where(Message.id == message_id, Message.ticket_id == found.id)
    if db.session.scalar(said) is None:
        note_refusal(staff_id, found.id)
        abort(404)
    with transaction():
        facts = {"message": message_id}
        who = staff_actor(staff_id)
        record(EventKind.NUMBERS_SHOWN, actor=who, at=clock.now(), ticket_id=found.id, facts=facts)
    return render_ticket(found, plain_id=message_id)


def hand_over(ref: str, message_id: int) -> BaseResponse:
    """Stop handing over the files of one of this ticket's messages, or hand them over anew."""
    found, staff_id = fetch_ticket(ref, Permission.WORK_TICKETS), current_staff().id
    wish = WISHES.get(request.form.get("wish", ""))
    if wish is None:
        abort(400)
    act, done = wish
    ticket_id = found.id
    try:
        with transaction():
            act(hold(ticket_id, None), message_id, staff_actor(staff_id), clock.now())
    except NotAllowed:
        abort(404)
    flash(done, "success")
    return redirect(f"{url_for('staff.ticket', ref=ref)}#message-{message_id}", 303)


WISHES = {
    "stop": (stop_files, _l("ファイルの受け渡しを止めました")),
    "give": (give_files, _l("ファイルをもう一度渡しました。ご本人には、別にお知らせください")),
}
"""What may become of files that were handed over: the verb, and what is said when it is done."""


def file(ref: str, file_id: int) -> BaseResponse:
    """Hand out one file of this ticket as a download; another ticket's file is not here, and asking for it is noted."""
    found, staff_id = fetch_ticket(ref, Permission.READ_TICKETS), current_staff().id
    row = db.session.scalar(
        select(Attachment).where(
            Attachment.id == file_id, Attachment.ticket_id == found.id, Attachment.state == FileState.STORED
        )
    )
    if row is None:
        note_refusal(staff_id, found.id)
        abort(404)
    shown = db.session.scalar(select(IdentityDocument.id).where(IdentityDocument.file_id == file_id))
    if shown is not None:  # it is looked at, and never handed out
        return redirect(url_for("staff.document", ref=ref, document_id=shown), 303)
    with transaction():
        facts = {"file": file_id}
        who = staff_actor(staff_id)
        record(EventKind.FILE_OPENED, actor=who, at=clock.now(), ticket_id=found.id, facts=facts)
    key = staff_file_key(row)
    return sandboxed(stream_with_context(read_file(row, key)), file_info(row, key))
