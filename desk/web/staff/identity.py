"""Identity on a ticket: what was sent, a look at each document, and what staff found."""

from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from desk import clock
from desk.accounts.permissions import Permission, may
from desk.attachments.files import FileInfo, IncomingFile, file_info, read_file, staff_file_key
from desk.attachments.models import Attachment, FileState
from desk.attachments.pictures import MOST_PAGES, NotShown, count_pages, cover, draw_page
from desk.attachments.storage import remove_blob
from desk.company.settings import get_setting
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.trail import record, staff_actor
from desk.handling import documents
from desk.handling import identity as verbs
from desk.handling.identity import Basis
from desk.law.proof import get_proof
from desk.mail.models import InboxMail
from desk.tickets.errors import NotAllowed
from desk.tickets.identity import DocumentState, IdentityDocument, find_document, list_documents
from desk.tickets.models import Direction, Message, Ticket
from desk.tickets.queries import hold
from desk.tickets.references import grouped
from desk.transaction import transaction
from desk.web.fields import read_number
from desk.web.filters import moment
from desk.web.guard import current_staff, fetch_ticket, note_refusal
from desk.web.languages import current_language
from desk.web.staff.acts import incomplete, perform, read_form
from desk.web.staff.case import open_case
from desk.web.staff.identity_forms import (
    LACKING,
    WHOSE,
    ConfirmIdentityForm,
    CoverDocumentForm,
    DestroyDocumentForm,
    JudgeDocumentForm,
    MarkDocumentForm,
)
from desk.web.staff.page import fresh_form, possible_acts, words_of


@dataclass(frozen=True, slots=True)
class Shown:
    """One document with its file's name; None where it was destroyed."""

    row: IdentityDocument
    file: FileInfo | None


def identity(ref: str) -> Response:
    """Show what was sent, what is still lacking, and how identity is confirmed."""
    return _page(fetch_ticket(ref, Permission.READ_TICKETS), MarkDocumentForm())


def mark_document(ref: str) -> Response:
    """Treat a file as an identity document."""
    found, form = fetch_ticket(ref, Permission.WORK_TICKETS), MarkDocumentForm(request.form)
    _offer(form, found)
    if not form.validate():
        return _page(found, form, 400)
    file_id, document, of_agent = int(form.file.data), form.document.data, form.whose.data == "agent"

    def act(ticket: Ticket) -> None:
        documents.mark_document(ticket, file_id, document, _me(), clock.now(), of_agent=of_agent)

    return _perform(found, act, _("確認書類として扱います。ファイルは、確認のページでだけ表示されます"))


def document(ref: str, document_id: int) -> Response:
    """Show one document, page by page, and what can be done about it."""
    ticket, row = _fetch(ref, document_id)
    return _document_page(ticket, row, JudgeDocumentForm(), CoverDocumentForm())


def picture(ref: str, document_id: int, number: int) -> Response:
    """Return one page of a document as a picture with who is looking written across it; the trail has it first."""
    ticket, row = _fetch(ref, document_id)
    if row.erased_at is not None:
        abort(404)
    me, now = current_staff(), clock.now()
    content, shown = _content(row), [grouped(ticket.ref), me.name, moment(now)]
    with transaction():
        facts = {"document": row.document, "page": number}
        record(EventKind.DOCUMENT_SHOWN, actor=staff_actor(me.id), at=now, ticket_id=ticket.id, facts=facts)
    try:
        drawn = draw_page(content, number - 1, shown)
    except NotShown:
        abort(404)
    response = make_response(drawn)
    response.content_type = "image/jpeg"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def judge_document(ref: str, document_id: int) -> Response:
    """Accept a document after every check, or refuse it with a reason."""
    ticket, row = _fetch(ref, document_id)
    form = JudgeDocumentForm(request.form)
    checks = {code for code, _text in get_proof().document(row.document).checks}
    seen, why, accepts = set(form.seen.data or ()) & checks, (form.text.data or "").strip(), form.wish.data == "accept"
    form.validate()
    if accepts and seen != checks:
        form.seen.errors = [_("すべて確かめてから、受け入れてください")]
    elif not accepts and not why:
        form.text.errors = [_("受け入れない理由を入力してください")]
    if form.errors:
        return _document_page(ticket, row, form, CoverDocumentForm(), 400)

    def act(held: Ticket) -> None:
        if accepts:
            documents.accept_document(held, document_id, seen, _me(), clock.now())
        else:
            documents.refuse_document(held, document_id, why, _me(), clock.now())

    return _perform(ticket, act, _("確認の結果を記録しました"))


def cover_document(ref: str, document_id: int) -> Response:
    """Put a copy in a document's place on which parts are covered."""
    ticket, row = _fetch(ref, document_id)
    form, number = CoverDocumentForm(request.form), read_number(request.form.get("page")) or 0
    fine, boxes = form.validate(), []
    if fine:
        boxes = form.boxes()
    if not boxes or row.erased_at is not None:
        if fine:
            form.page.errors = [_("覆う部分を、画像の上で囲むか、数で入力してください")]
        return _document_page(ticket, row, JudgeDocumentForm(), form, 400)
    try:
        made, ending = cover(_content(row), number - 1, boxes)
        file = IncomingFile()
        file.write(made)
        sealed = file.finish(f"{row.document}-{row.id}.{ending}")
    except (NotShown, OSError):
        form.page.errors = [_("覆ったものを作れませんでした。もとのファイルは残っています")]
        return _document_page(ticket, row, JudgeDocumentForm(), form, 400)
    ids: list[int] = []

    def act(held: Ticket) -> list[str]:
        made_id, blobs = documents.replace_document(held, document_id, sealed, _me(), clock.now())
        ids[:] = [made_id]
        return blobs

    done = _perform(ticket, act, _("一部を覆ったものに置き換え、もとのファイルを消去しました"))
    return redirect(url_for("staff.document", ref=ref, document_id=ids[0]), 303) if ids else done


def destroy_document(ref: str, document_id: int) -> Response:
    """Destroy in every copy a document that must not have been sent, and tell the person."""
    ticket, _row = _fetch(ref, document_id)
    if not DestroyDocumentForm(request.form).validate():
        abort(400)
    base_url = str(current_app.extensions["config"].base_url)

    def act(held: Ticket) -> list[str]:
        return documents.destroy_document(held, document_id, _me(), clock.now(), base_url)

    return _perform(ticket, act, _("すべての控えを消去し、ご本人へのお知らせを送信待ちにしました"))


def confirm_identity(ref: str) -> Response:
    """Write down that identity, and an agent's authority, are confirmed."""
    form = ConfirmIdentityForm(request.form, prefix="confirm_identity")
    ticket, problem = read_form(ref, "confirm_identity", form)
    if problem is not None:
        return problem
    basis, why = Basis(form.basis.data), (form.text.data or "").strip()
    if basis is Basis.DOCUMENTS and (missing := verbs.still_lacking(ticket)):
        words = "、".join(str(LACKING[one]) for one in missing)
        form.basis.errors = [_("受け入れた書類では足りません。足りないもの：%(missing)s", missing=words)]
        return incomplete(ticket, "confirm_identity", form)
    return perform(
        ticket,
        "confirm_identity",
        form,
        lambda t, who, now: verbs.confirm_identity(t, basis, why, who, now),
        _("本人確認を記録しました"),
    )


def _me() -> Any:
    return staff_actor(current_staff().id)


def _fetch(ref: str, document_id: int) -> tuple[Ticket, IdentityDocument]:
    ticket = fetch_ticket(ref, Permission.WORK_TICKETS)
    row = find_document(ticket.id, document_id)
    if row is None:
        note_refusal(current_staff().id, ticket.id)
        abort(404)
    return ticket, row


def _content(row: IdentityDocument) -> bytes:
    file = db.session.get_one(Attachment, row.file_id)
    return b"".join(read_file(file, staff_file_key(file)))


def _perform(ticket: Ticket, act: Any, done: str) -> Response:
    """Do one act about a document, remove the bytes that it gave up, and go to the list; what came too late is said there."""
    ticket_id, ref = ticket.id, ticket.ref
    try:
        with transaction():
            blobs = act(hold(ticket_id, None)) or []
    except NotAllowed:
        flash(_("この書類は、ほかの方がすでに処理しました。いまの状態を確かめてください"), "warning")
        return redirect(url_for("staff.identity", ref=ref), 303)
    for blob in blobs:
        remove_blob(blob)
    flash(done, "success")
    return redirect(url_for("staff.identity", ref=ref), 303)


def _page(ticket: Ticket, form: MarkDocumentForm, status: int = 200) -> Response:
    case, language = open_case(ticket), current_language()
    _offer(form, ticket)
    acts = possible_acts(ticket) if may(current_staff().typed_role, Permission.WORK_TICKETS) else frozenset()
    is_confirmed = verbs.is_confirmed(ticket.id)
    page = render_template(
        "staff/identity.html",
        case=case,
        ticket=ticket,
        form=form,
        confirm=fresh_form("confirm_identity", case) if "confirm_identity" in acts and not is_confirmed else None,
        is_confirmed=is_confirmed,
        lacking=[LACKING[one] for one in verbs.still_lacking(ticket)],
        documents=[_shown(row) for row in list_documents(ticket.id)],
        proof=get_proof(),
        names={one.code: one.name.get(language) for one in get_proof().documents},
        whose=WHOSE,
        days=get_setting("document_days"),
        **words_of(case),
    )
    return make_response(page, status)


def _document_page(
    ticket: Ticket, row: IdentityDocument, judge: JudgeDocumentForm, covering: CoverDocumentForm, status: int = 200
) -> Response:
    case, pages = open_case(ticket), 0
    if row.erased_at is None:
        try:
            pages = count_pages(_content(row))
        except NotShown:
            pages = 0
    kind = get_proof().document(row.document)
    page = render_template(
        "staff/document.html",
        case=case,
        ticket=ticket,
        shown=_shown(row),
        kind=kind,
        judge=judge,
        covering=covering,
        pages=min(pages, MOST_PAGES),
        more=pages > MOST_PAGES,
        page=min(max(read_number(request.values.get("page")) or 1, 1), max(pages, 1)),
        can_judge=row.state == DocumentState.GIVEN and row.erased_at is None,
        whose=WHOSE,
        days=get_setting("document_days"),
        by_mail=_came_by_mail(row),
        **words_of(case),
    )
    return make_response(page, status)


def _came_by_mail(row: IdentityDocument) -> bool:
    came = select(InboxMail.id).join(Attachment, Attachment.message_id == InboxMail.message_id)
    return db.session.scalar(came.where(Attachment.id == row.file_id).limit(1)) is not None


def _shown(row: IdentityDocument) -> Shown:
    if row.erased_at is not None:
        return Shown(row, None)
    file = db.session.get_one(Attachment, row.file_id)
    return Shown(row, file_info(file, staff_file_key(file)))


def _offer(form: MarkDocumentForm, ticket: Ticket) -> None:
    """Offer the files that the person sent and that are no documents yet."""
    language = current_language()
    known = select(IdentityDocument.file_id).where(IdentityDocument.ticket_id == ticket.id)
    files = db.session.scalars(
        select(Attachment)
        .join(Message, Message.id == Attachment.message_id)
        .where(
            Attachment.ticket_id == ticket.id,
            Attachment.state == FileState.STORED,
            Message.direction == Direction.IN,
            Attachment.id.not_in(known),
        )
        .order_by(Attachment.id)
    )
    named = [(str(file.id), file_info(file, staff_file_key(file)).name) for file in files]
    form.file.choices = [("", _("選択してください")), *named]
    form.document.choices = [
        ("", _("選択してください")),
        *((one.code, one.name.get(language)) for one in get_proof().documents),
    ]
