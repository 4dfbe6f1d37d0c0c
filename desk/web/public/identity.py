"""Sending identity documents through the secret link: one document at a time, named by its sender."""

from typing import Any

from flask import abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy import select
from wtforms import BooleanField, Form, MultipleFileField, RadioField
from wtforms.validators import DataRequired, InputRequired

from desk import clock
from desk.attachments.files import list_parked, parked_info, remove_parked
from desk.attachments.pictures import SHOWN
from desk.attachments.storage import remove_blob
from desk.company.settings import get_setting
from desk.db import db
from desk.handling import correspondence, outgoing
from desk.handling.access import Visit
from desk.handling.identity import asks_identity
from desk.law.proof import Proof, Shows, get_proof
from desk.tickets.content import Contact
from desk.tickets.identity import IdentityDocument, list_documents
from desk.tickets.models import Party, PartyRole
from desk.tickets.queries import hold
from desk.transaction import attempt, transaction
from desk.vault.seal import new_token
from desk.web.choices import SelectChoice
from desk.web.guard import csrf
from desk.web.languages import current_language, public_url
from desk.web.origin import is_from_here
from desk.web.public.forms import UPLOAD_MESSAGES
from desk.web.public.status import Page, closed_page
from desk.web.public.views import blueprint
from desk.web.public.visits import current_visit
from desk.web.uploads import describe_parked, has_uploads, keep_files

WHOSE: dict[str, Any] = {"person": _l("ご本人についての書類"), "agent": _l("代理人についての書類")}


class DocumentForm(Form):
    """Which document it is, whose, its pictures, and that what must not be seen is covered."""

    whose = RadioField(
        _l("どなたの書類ですか"), choices=[SelectChoice(*one) for one in WHOSE.items()], validators=[InputRequired()]
    )
    document = RadioField(_l("書類の種類"), validators=[InputRequired()])
    uploads = MultipleFileField(_l("書類の画像またはPDF"))
    covered = BooleanField(_l("見えてはならない部分を覆いました"), validators=[DataRequired()])


MESSAGES: dict[str, Any] = {
    "whose": _l("どなたの書類かを選択してください"),
    "document": _l("書類の種類を選択してください"),
    "covered": _l("見えてはならない部分を確かめて、チェックを入れてください"),
}
NO_FILE = _l("書類の画像かPDFを選択してください")
NO_PICTURE = _l("画像かPDFを選択してください。ほかの種類のファイルは受け取っていません")


@blueprint.get("/s/identity")
def identity() -> Page:
    """Show which documents are accepted, what has arrived, and the form."""
    visit = current_visit()
    if visit is None:
        return closed_page()
    if not asks_identity(visit.ticket):
        return redirect(public_url("status"), 303)
    return _page(visit, DocumentForm(), new_token())


@blueprint.post("/s/identity")
def send_identity() -> Page:
    """Take a document; it can be sent by the link alone and looked at by nobody without the code."""
    visit, form = current_visit(), DocumentForm(request.form)
    nonce = request.form.get("nonce") or new_token()
    if visit is None:
        return closed_page()
    if not 40 <= len(nonce) <= 64:
        abort(400)
    try:
        csrf.protect()
    except CSRFError:
        lost = not is_from_here() and has_uploads()
        problems = keep_files(nonce) if is_from_here() else []
        _show(form, problems)
        return _page(visit, form, nonce, notice="expired", lost_files=lost), 400
    if outgoing.find_said(nonce) is None:
        problems = keep_files(nonce)
        if "remove" in request.form or not _is_fine(visit, form, nonce, problems):
            wrong = 503 if "storage" in problems else 422
            return _page(visit, form, nonce), wrong if form.errors or problems else 200
        _send(visit, form, nonce)
    return redirect(public_url("identity"), 303)


csrf.exempt(send_identity)  # it checks by itself, so that a failed check gives the files back


def _page(visit: Visit, form: DocumentForm, nonce: str, notice: str = "", *, lost_files: bool = False) -> str:
    language, relation = current_language(), _relation(visit)
    _offer(form, relation)
    return render_template(
        "public/status/identity.html",
        form=form,
        nonce=nonce,
        parked=describe_parked(nonce),
        has_agent=relation is not None,
        relation=relation,
        proof=get_proof(),
        names={one.code: one.name.get(language) for one in get_proof().documents},
        given=[one for one in list_documents(visit.ticket.id) if not _is_copy(one)],
        lang=language,
        days=get_setting("document_days"),
        notice=notice,
        lost_files=lost_files,
    )


def _is_copy(row: IdentityDocument) -> bool:
    """Tell whether a row stands for one that another took the place of."""
    return row.erased == "covered"


def _offer(form: DocumentForm, relation: str | None) -> None:
    """Offer the documents that this case can need, those about authority only where somebody acts for the person."""
    wanted = {Shows.PERSON}
    if relation is not None:
        wanted.add(Shows.STATUTORY if relation == Shows.STATUTORY else Shows.APPOINTED)
    proof: Proof = get_proof()
    shown = [one for one in proof.documents if one.shows in wanted]
    form.document.choices = [(one.code, one.listed.get(current_language())) for one in shown]
    if relation is None:
        form.whose.data = "person"


def _relation(visit: Visit) -> str | None:
    sealed = db.session.scalar(
        select(Party.sealed).where(Party.ticket_id == visit.ticket.id, Party.role == PartyRole.AGENT).limit(1)
    )
    return None if sealed is None else Contact.unseal(visit.case_key, sealed).relation or "other"


def _is_fine(visit: Visit, form: DocumentForm, nonce: str, problems: list[str]) -> bool:
    relation = _relation(visit)
    _offer(form, relation)
    form.validate()
    for name, words in MESSAGES.items():
        if form[name].errors:
            form[name].errors = [words]
    if relation is None:
        form.whose.errors = []
    if _drop_others(nonce):
        form.uploads.errors = [NO_PICTURE]
    elif not problems and not list_parked(nonce):
        form.uploads.errors = [NO_FILE]
    _show(form, problems)
    return not form.errors


def _drop_others(nonce: str) -> bool:
    """Forget parked files that no picture can be made of; tell whether there were any."""
    with transaction():
        others = [row for row in list_parked(nonce) if parked_info(row, nonce).media_type not in SHOWN]
        gone = [remove_parked(row) for row in others]
    for blob in filter(None, gone):
        remove_blob(blob)
    return bool(others)


def _show(form: DocumentForm, problems: list[str]) -> None:
    if problems:
        words = UPLOAD_MESSAGES | {"not_allowed": NO_PICTURE}
        form.uploads.errors = [words[name] for name in dict.fromkeys(problems)]


def _send(visit: Visit, form: DocumentForm, nonce: str) -> None:
    ticket_id, case_key, document = visit.ticket.id, visit.case_key, form.document.data
    name = get_proof().document(document).name.get(current_language())
    text = str(_("確認書類をお送りします：%(document)s", document=name))
    sent = correspondence.Addition(text, nonce, document=document, of_agent=form.whose.data == "agent")
    attempt(lambda: correspondence.receive_addition(hold(ticket_id), sent, case_key, clock.now()))
    flash(_("書類は確かに届きました。担当者が確認します。"), "success")
