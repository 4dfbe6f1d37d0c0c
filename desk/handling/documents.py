"""Identity documents: given by a person, judged by staff, covered in part, and destroyed when their day has come."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from desk.attachments.files import SealedFile, adopt, erase_file
from desk.attachments.models import Attachment, FileState
from desk.clock import date_of
from desk.company.settings import get_setting
from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.trail import DESK, PERSON, Actor, record
from desk.handling.outgoing import add_message, mark_changed, post_letter
from desk.law.proof import get_proof
from desk.mail.models import InboxMail, MailKind
from desk.mail.received import forget_raw
from desk.tickets.errors import NotAllowed
from desk.tickets.identity import DocumentState, Erased, IdentityDocument, find_document
from desk.tickets.models import Direction, Ticket
from desk.vault.keys import Purpose, keys_of

BATCH = 200


def brought_documents(message_id: int) -> bool:
    """Tell whether a message brought identity documents, also such as are destroyed by now."""
    found = select(IdentityDocument.id).join(Attachment, Attachment.id == IdentityDocument.file_id)
    return db.session.scalar(found.where(Attachment.message_id == message_id).limit(1)) is not None


def note_given(ticket: Ticket, message_id: int, document: str, now: datetime, *, of_agent: bool) -> None:
    """Note that the files of a message are an identity document that its sender has named."""
    files = db.session.scalars(select(Attachment.id).where(Attachment.message_id == message_id).order_by(Attachment.id))
    rows = [_new(ticket, file_id, document, now, of_agent=of_agent) for file_id in files]
    db.session.add_all(rows)
    facts = {"document": document, "count": len(rows)}
    record(EventKind.DOCUMENT_GIVEN, actor=PERSON, at=now, ticket_id=ticket.id, facts=facts)


def mark_document(ticket: Ticket, file_id: int, document: str, actor: Actor, now: datetime, *, of_agent: bool) -> int:
    """Treat a file that the person sent as an identity document from now on; return the document's id.

    Raises `NotAllowed` for a file of another ticket, one that the desk has sent, one that cannot be looked at as a
    picture, and one that is a document already.
    """
    file = db.session.get(Attachment, file_id)
    if file is None or file.ticket_id != ticket.id or file.state != FileState.STORED or file.is_released:
        raise NotAllowed("there is no such file")
    if db.session.scalar(select(IdentityDocument.id).where(IdentityDocument.file_id == file_id)) is not None:
        raise NotAllowed("it is a document already")
    row = _new(ticket, file_id, document, now, of_agent=of_agent)
    db.session.add(row)
    facts = {"document": document, "file": file_id}
    record(EventKind.DOCUMENT_MARKED, actor=actor, at=now, ticket_id=ticket.id, facts=facts)
    mark_changed(ticket)
    return row.id


def accept_document(ticket: Ticket, document_id: int, seen: Collection[str], actor: Actor, now: datetime) -> None:
    """Accept a document after every check of its kind. Raises `NotAllowed` when it was judged, or a check is missing."""
    row = _unjudged(ticket, document_id)
    checks = [code for code, _text in get_proof().document(row.document).checks]
    if set(seen) != set(checks):
        raise NotAllowed("a check is missing")
    _judge(row, DocumentState.ACCEPTED, actor, now)
    row.seen = checks
    facts = {"document": row.document, "seen": checks, "erase_on": _day_of(row)}
    record(EventKind.DOCUMENT_ACCEPTED, actor=actor, at=now, ticket_id=ticket.id, facts=facts)
    mark_changed(ticket)


def refuse_document(ticket: Ticket, document_id: int, why: str, actor: Actor, now: datetime) -> None:
    """Refuse a document with a reason. Raises `NotAllowed` when it was judged already."""
    row = _unjudged(ticket, document_id)
    _judge(row, DocumentState.REFUSED, actor, now)
    record(
        EventKind.DOCUMENT_REFUSED,
        actor=actor,
        at=now,
        ticket_id=ticket.id,
        facts={"document": row.document, "erase_on": _day_of(row)},
        payload={"reason": why},
        desk_key=keys_of(ticket.id)[Purpose.DESK],
    )
    mark_changed(ticket)


def replace_document(
    ticket: Ticket, document_id: int, made: SealedFile, actor: Actor, now: datetime
) -> tuple[int, list[str]]:
    """Put a copy with parts covered in a document's place and destroy the original.

    Returns the new document's id, and the blobs to be removed when this is committed. Raises `NotAllowed` when the
    document was destroyed, or the case's key is gone.
    """
    row, case_key = _there(ticket, document_id), keys_of(ticket.id).get(Purpose.CASE)
    if case_key is None:
        raise NotAllowed("what was said on this ticket has been erased")
    old = db.session.get_one(Attachment, row.file_id)
    file = Attachment(**made.columns(now))
    adopt(file, made.key, ticket.id, old.message_id or 0, case_key)
    db.session.add(file)
    db.session.flush()
    copy = IdentityDocument(
        id=new_id(),
        ticket_id=ticket.id,
        file_id=file.id,
        document=row.document,
        of_agent=row.of_agent,
        state=row.state,
        given_at=row.given_at,
        checked_at=row.checked_at,
        checked_by=row.checked_by,
        seen=row.seen,
        erase_on=row.erase_on,
    )
    db.session.add(copy)
    facts = {"document": row.document}
    record(EventKind.DOCUMENT_COVERED, actor=actor, at=now, ticket_id=ticket.id, facts=facts)
    blobs = _erase(row, Erased.COVERED, actor, now)
    mark_changed(ticket)
    return copy.id, blobs


def destroy_document(ticket: Ticket, document_id: int, actor: Actor, now: datetime, base_url: str) -> list[str]:
    """Destroy at once, in every copy that the desk has, a document that must not have been sent, and tell the person.

    Returns the blobs to be removed when this is committed. Raises `NotAllowed` when it was destroyed already.
    """
    row, case_key = _there(ticket, document_id), keys_of(ticket.id).get(Purpose.CASE)
    if row.state == DocumentState.GIVEN:
        _judge(row, DocumentState.REFUSED, actor, now)
    blobs = _erase(row, Erased.FORBIDDEN, actor, now)
    if case_key is not None:
        message_id = add_message(ticket, Direction.OUT, TOLD[ticket.language], case_key, actor=actor, now=now)
        post_letter(
            ticket,
            "answer-notice",
            MailKind.ANSWER,
            case_key=case_key,
            actor=actor,
            now=now,
            base_url=base_url,
            dedupe=message_id,
        )
    return blobs


TOLD = {
    "ja": """お送りいただいた書類に、当窓口がお預かりできないもの（マイナンバーカードの裏面など）が含まれていました。
控えを取らず、届いたものはすべて消去しましたのでご安心ください。
恐れ入りますが、別の書類か、見えてはならない部分を覆ったものを、この専用ページからお送りください。""",
    "en": """Among the documents that you sent was one that we may not keep, such as the back of a My Number Card.
We have made no copy of it and have destroyed everything that reached us.
Please send another document through this page, or the same one with the parts covered that must not be seen.""",
}
"""What a person is told when a document was destroyed because it must not have been sent."""


def erase_documents(now: datetime) -> list[str]:
    """Destroy the documents whose day has come, at most 200 (call again while there are any); return the blobs to remove.

    Their day is so long after the check as the setting says, and at the latest so long after the case ended.
    """
    today, days = date_of(now), timedelta(days=get_setting("document_days"))
    due = list(
        db.session.scalars(
            select(IdentityDocument)
            .join(Ticket, Ticket.id == IdentityDocument.ticket_id)
            .where(
                IdentityDocument.erased_at.is_(None),
                or_(IdentityDocument.erase_on <= today, Ticket.closed_at <= now - days),
            )
            .order_by(IdentityDocument.id)
            .limit(BATCH)
        )
    )
    return [blob for row in due for blob in _erase(row, Erased.DUE, DESK, now)]


def _new(ticket: Ticket, file_id: int, document: str, now: datetime, *, of_agent: bool) -> IdentityDocument:
    if document not in {one.code for one in get_proof().documents}:
        raise NotAllowed(f"{document} is no document")
    return IdentityDocument(
        id=new_id(), ticket_id=ticket.id, file_id=file_id, document=document, of_agent=of_agent, given_at=now
    )


def _there(ticket: Ticket, document_id: int) -> IdentityDocument:
    row = find_document(ticket.id, document_id)
    if row is None or row.erased_at is not None:
        raise NotAllowed("there is no such document any more")
    return row


def _unjudged(ticket: Ticket, document_id: int) -> IdentityDocument:
    row = _there(ticket, document_id)
    if row.state != DocumentState.GIVEN:
        raise NotAllowed("it was judged already")
    return row


def _judge(row: IdentityDocument, state: DocumentState, actor: Actor, now: datetime) -> None:
    row.state, row.checked_at, row.checked_by = state, now, actor.staff_id
    row.erase_on = date_of(now) + timedelta(days=get_setting("document_days"))


def _day_of(row: IdentityDocument) -> str:
    return row.erase_on.isoformat() if row.erase_on is not None else ""


def _erase(row: IdentityDocument, why: Erased, actor: Actor, now: datetime) -> list[str]:
    """Destroy a document's key and bytes, and those of the mail that brought it."""
    file = db.session.get_one(Attachment, row.file_id)
    blobs: list[str | None] = [erase_file(file)]
    if file.message_id is not None:
        brought = db.session.scalars(select(InboxMail).where(InboxMail.message_id == file.message_id))
        blobs.extend(forget_raw(mail) for mail in brought)
    row.erased_at, row.erased = now, why
    facts = {"document": row.document, "why": why}
    record(EventKind.DOCUMENT_ERASED, actor=actor, at=now, ticket_id=row.ticket_id, facts=facts)
    return [blob for blob in blobs if blob]
