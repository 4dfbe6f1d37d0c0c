"""The status page under the secret link, and asking for a new link."""

from flask import abort, current_app, flash, make_response, redirect, render_template, request, stream_with_context
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from desk import clock
from desk.attachments.files import case_file_key, file_info, list_parked, read_file
from desk.events.kinds import EventKind
from desk.events.trail import PERSON, record
from desk.handling import access, correspondence, outgoing, resolution
from desk.handling.access import Sending, Visit
from desk.handling.handover import take_fetch
from desk.handling.identity import asks_identity
from desk.reporting.person import conversation, find_released, standing
from desk.tickets.errors import NotAllowed
from desk.tickets.queries import hold
from desk.transaction import attempt, transaction
from desk.vault.seal import new_token
from desk.web.downloads import sandboxed
from desk.web.guard import csrf
from desk.web.languages import current_language, public_url
from desk.web.limits import limiter
from desk.web.origin import is_from_here
from desk.web.pace import no_sooner_than
from desk.web.public import status_forms as forms
from desk.web.public.forms import UPLOAD_MESSAGES
from desk.web.public.status_forms import SENTENCES, WAITS, AdditionForm, CodeForm, LostLinkForm
from desk.web.public.views import blueprint
from desk.web.public.visits import current_visit, forget, grant_cookie, is_granted, keep, link_cookie
from desk.web.uploads import describe_parked, has_uploads, keep_files

GUESSES = "20 per minute"
"""Wrong links that one network may try."""

LOST_LINK_S = 0.25
"""How long every answer to a lost link takes at least, so that its time tells nothing."""

Page = Response | str | tuple[str, int]


@blueprint.get("/s/<token>")
@limiter.limit(GUESSES, deduct_when=lambda response: response.status_code == 404)
def open_link(token: str) -> str:
    """Show a button and nothing else: programs that follow links in mails see no case and use nothing up."""
    if access.find_visit(token, clock.now()) is None:
        abort(404)
    return render_template("public/status/open.html", token=token)


@blueprint.post("/s/<token>")
@limiter.limit(GUESSES, deduct_when=lambda response: response.status_code == 404)
def enter(token: str) -> Response:
    """Exchange the link for a cookie of half an hour."""
    with transaction():
        is_living = access.enter(token, clock.now())
    if not is_living:
        abort(404)
    response = make_response(redirect(public_url("status"), 303))
    return keep(forget(response, grant_cookie()), link_cookie(), token)


@blueprint.get("/s")
def status() -> Page:
    """Show where the case stands; what was said only to who gave the code."""
    visit = current_visit()
    return closed_page() if visit is None else _status(visit, AdditionForm(), new_token())


@blueprint.post("/s/messages")
def add_message() -> Page:
    """Take a message and files; they can be sent by the link alone and read by nobody without the code."""
    visit, form = current_visit(), AdditionForm(request.form)
    nonce = request.form.get("nonce") or new_token()
    if visit is None:
        return closed_page(form.text.data or "")
    if not 40 <= len(nonce) <= 64:
        abort(400)
    try:
        csrf.protect()
    except CSRFError:
        return _expired(visit, form, nonce), 400
    if outgoing.find_said(nonce) is None:
        problems = keep_files(nonce)
        if "remove" in request.form or request.form.get("go") == "stay" or not _is_fine(form, nonce, problems):
            wrong = 503 if "storage" in problems else 422
            return _status(visit, form, nonce), wrong if form.errors or problems else 200
        _send(visit, form.text.data or "", nonce)
    return redirect(public_url("status"), 303)


csrf.exempt(add_message)  # it checks by itself, so that a failed check gives the message back


@blueprint.post("/s/code")
def ask_code() -> Page:
    """Mail a code to the address on file."""
    visit = current_visit()
    if visit is None:
        return closed_page()
    with transaction():
        sent = access.send_code(visit, current_language(), clock.now())
    if sent is Sending.TOO_MANY:
        return _code_page(visit, CodeForm(), notice=forms.TOO_MANY_CODES), 429
    return redirect(public_url("give_code"), 303)


@blueprint.get("/s/code")
def give_code() -> Page:
    """Ask for the code."""
    visit = current_visit()
    return closed_page() if visit is None else _code_page(visit, CodeForm())


@blueprint.post("/s/code/check")
@limiter.limit("30 per minute")
def check_code() -> Page:
    """Open the conversation to who gives the right code."""
    visit, form = current_visit(), CodeForm(request.form)
    if visit is None:
        return closed_page()
    secret = attempt(lambda: access.check_code(visit, form.code.data or "", clock.now()))
    if secret is None:
        form.code.errors = [forms.WRONG_CODE]
        return _code_page(visit, form), 422
    return keep(make_response(redirect(public_url("status"), 303)), grant_cookie(), secret)


@blueprint.get("/s/files/<int:file_id>")
def get_file(file_id: int) -> Page:
    """Hand a released file over, as a download that no browser runs."""
    visit = current_visit()
    if visit is None:
        return closed_page()
    row = find_released(visit.ticket.id, file_id, clock.today()) if is_granted(visit) else None
    if row is None:
        with transaction():
            where = {"endpoint": "public.get_file"}
            record(EventKind.REFUSED, actor=PERSON, at=clock.now(), ticket_id=visit.ticket.id, facts=where)
        abort(404)
    key = case_file_key(row, visit.case_key)
    info = file_info(row, key)
    with transaction():
        if not take_fetch(row.id):
            abort(404)
        facts = {"file": row.id}
        record(EventKind.FILE_OPENED, actor=PERSON, at=clock.now(), ticket_id=visit.ticket.id, facts=facts)
    return sandboxed(stream_with_context(read_file(row, key)), info)


@blueprint.get("/s/withdraw")
def ask_withdraw() -> Page:
    """Ask once whether the person means it."""
    visit = current_visit()
    if visit is None:
        return closed_page()
    if not is_granted(visit) or not visit.ticket.is_open:
        return redirect(public_url("status"), 303)
    return render_template("public/status/withdraw.html", standing=standing(visit.ticket))


@blueprint.post("/s/withdraw")
def withdraw() -> Page:
    """End the case as its person asks."""
    visit = current_visit()
    if visit is None:
        return closed_page()
    if not is_granted(visit):
        abort(404)
    ticket_id, case_key = visit.ticket.id, visit.case_key
    base_url = current_app.extensions["config"].base_url
    try:
        attempt(lambda: resolution.withdraw(hold(ticket_id), case_key, clock.now(), base_url))
        flash(_("お取り下げを承りました。"), "success")
    except NotAllowed:
        flash(_("この件の対応はすでに終了しています。"), "info")
    return redirect(public_url("status"), 303)


@blueprint.post("/s/leave")
def leave() -> Response:
    """Close the page on this device."""
    if secret := request.cookies.get(grant_cookie()):
        with transaction():
            access.end_grant(secret, clock.now())
    response = make_response(redirect(public_url("landing"), 303))
    return forget(forget(response, grant_cookie()), link_cookie())


@blueprint.get("/status")
def lost_link() -> str:
    """Ask for the reference, to mail a new link."""
    return render_template("public/status/lost.html", form=LostLinkForm())


@blueprint.post("/status")
@limiter.limit("10 per minute")
def ask_link() -> Page:
    """Answer the same in the same time, whether there is such a ticket or not."""
    form = LostLinkForm(request.form)
    typed = (form.reference.data or "").strip()
    if not typed:
        form.reference.errors = [forms.MISSING_REFERENCE]
        return render_template("public/status/lost.html", form=form), 422
    with no_sooner_than(LOST_LINK_S):
        with transaction():
            access.ask_for_link(typed[:100], clock.now())
        return render_template("public/status/lost_sent.html")


def _expired(visit: Visit, form: AdditionForm, nonce: str) -> str:
    """Give back a message whose forgery token is too old, with its files where the browser vouches for their origin."""
    if not is_from_here():
        return _status(visit, form, nonce, notice="expired", lost_files=has_uploads())
    _show_problems(form, keep_files(nonce))
    return _status(visit, form, nonce, notice="expired")


def _status(visit: Visit, form: AdditionForm, nonce: str, notice: str = "", *, lost_files: bool = False) -> str:
    stands, granted = standing(visit.ticket), is_granted(visit)
    return render_template(
        "public/status/status.html",
        standing=stands,
        sentence=forms.REPLIED if stands.has_reply else SENTENCES[stands.state],
        waits_for=WAITS.get(stands.waiting_for) if stands.waiting_for else None,
        granted=granted,
        asks_identity=asks_identity(visit.ticket),
        messages=conversation(visit.ticket.id, visit.case_key, clock.today()) if granted else [],
        has_address=access.has_address(visit),
        form=form,
        nonce=nonce,
        parked=describe_parked(nonce),
        notice=notice,
        lost_files=lost_files,
        most_chars=forms.MOST_CHARS,
    )


def _code_page(visit: Visit, form: CodeForm, notice: object = "") -> str:
    return render_template(
        "public/status/code.html", form=form, has_address=access.has_address(visit), notice=notice, ref=visit.ticket.ref
    )


def closed_page(text: str = "") -> tuple[str, int]:
    """Say that the link has to be opened again, and give back what was typed."""
    return render_template("public/status/closed.html", text=text), 404


def _is_fine(form: AdditionForm, nonce: str, problems: list[str]) -> bool:
    text = form.text.data or ""
    if "\0" in text or any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        form.text.errors = [forms.NO_TEXT]
    elif len(text) > forms.MOST_CHARS:
        form.text.errors = [forms.TOO_LONG]
    elif not text.strip() and not problems and not list_parked(nonce):
        form.text.errors = [forms.MISSING_TEXT]
    _show_problems(form, problems)
    return not form.errors


def _show_problems(form: AdditionForm, problems: list[str]) -> None:
    if problems:
        form.uploads.errors = [UPLOAD_MESSAGES[name] for name in dict.fromkeys(problems)]


def _send(visit: Visit, text: str, nonce: str) -> None:
    ticket_id, case_key, files = visit.ticket.id, visit.case_key, len(list_parked(nonce))
    added = correspondence.Addition(text.replace("\r\n", "\n").strip(), nonce)
    attempt(lambda: correspondence.receive_addition(hold(ticket_id), added, case_key, clock.now()))
    done = _("お送りいただいた内容は確かに届きました。担当者が確認します。")
    flash(f"{done} {ngettext('ファイル%(num)s点', 'ファイル%(num)s点', files)}" if files else done, "success")
