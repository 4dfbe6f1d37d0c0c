"""The holding list and one mail as it came: read, judged, never run."""

from collections.abc import Iterator

from flask import Response, abort, redirect, render_template, request, stream_with_context, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from desk import clock
from desk.accounts.permissions import Permission, may
from desk.attachments.files import FileInfo
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.trail import record, staff_actor
from desk.handling import holding
from desk.handling.calendars import desk_calendar
from desk.handling.documents import brought_documents
from desk.handling.holding import NotHeld, Wish
from desk.handling.kinds import offered_kinds
from desk.law.regimes import REGIME, get_regime
from desk.mail.journal import raw_chunks
from desk.mail.models import InboxMail, InboxState
from desk.mail.reading.html import safe_html
from desk.mail.reading.quotes import fold
from desk.mail.received import open_received, parsed_of
from desk.mail.routing import Reason, Verdict
from desk.tickets.models import Ticket
from desk.tickets.queries import find_ticket
from desk.tickets.suggesting import suggest
from desk.tickets.words import POPULATIONS
from desk.transaction import transaction
from desk.web.downloads import sandboxed
from desk.web.guard import current_staff, note_view
from desk.web.staff.forms import JudgeForm
from desk.web.staff.queue import business_days
from desk.web.words import kind_name

REASONS = {
    Reason.OTHER_SENDER: _l("案件のご本人・代理人とは違うアドレスからの返信です"),
    Reason.NOT_GENUINE: _l("送信元を偽っているおそれがある返信です"),
    Reason.SPAM: _l("迷惑メールのように見えます"),
    Reason.AUTOMATIC: _l("自動送信のメールで、どの案件への返信か分かりません"),
}
VERDICTS = {
    Verdict.PASS: _l("確認できました"),
    Verdict.FAIL: _l("確認できませんでした（なりすましのおそれ）"),
    Verdict.NONE: _l("判定がありません"),
}
SANDBOX = "sandbox; default-src 'none'"


def mails() -> str:
    """Show the mails that wait for a person, those to be decided first."""
    today, calendar = clock.today(), desk_calendar()
    return render_template(
        "staff/mails.html",
        held=holding.list_held(),
        count=holding.count_held(),
        form=JudgeForm(),
        may_judge=may(current_staff().typed_role, Permission.WORK_TICKETS),
        done=request.args.get("done"),
        today_on=today,
        days_until=lambda on: business_days(calendar, today, on),
        reasons=REASONS,
    )


def mail(mail_id: int) -> str:
    """Show one mail: who, what, what the receiving server found, and what the words speak for."""
    row = _fetch(mail_id, "text")
    key, hop = open_received(row)
    read = parsed_of(row, key) or abort(404)
    ticket = db.session.get(Ticket, row.ticket_id) if row.ticket_id else None
    guess = db.session.get(Ticket, row.guess_id) if row.guess_id else None
    regime = get_regime(REGIME)
    likely = suggest(
        f"{read.subject}\n{read.text}", frozenset(kind.code for kind in offered_kinds(REGIME, clock.today()))
    )
    return render_template(
        "staff/mail.html",
        mail=row,
        read=read,
        hop=hop,
        chunks=fold(read.text),
        ticket=ticket,
        guess=guess,
        likely=likely,
        likely_kind=kind_name(regime, likely.kind),
        populations=POPULATIONS,
        form=JudgeForm(),
        has_original=_has_original(row),
        is_held=row.state == InboxState.HELD,
        may_judge=may(current_staff().typed_role, Permission.WORK_TICKETS),
        reasons=REASONS,
        verdicts=VERDICTS,
    )


def mail_html(mail_id: int) -> Response:
    """Show a mail's HTML, cleaned, as a page that can do nothing: no script, no style, nothing from elsewhere."""
    row = _fetch(mail_id, "html")
    read = parsed_of(row, open_received(row)[0])
    if read is None or read.html is None:
        abort(404)
    body = f"<main>{safe_html(read.html)}</main>"
    response = Response(f"<!doctype html><meta charset=utf-8><title>{row.id}</title>{body}")
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def original(mail_id: int) -> Response:
    """Hand out a mail's bytes as received, as a download."""
    row = _fetch(mail_id, "original")
    if not _has_original(row):
        abort(404)
    key, _hop = open_received(row)
    chunks: Iterator[bytes] = raw_chunks(row, key)
    info = FileInfo(row.id, f"mail-{row.id}.eml", "message/rfc822", row.size, row.raw_hash.hex())
    return sandboxed(stream_with_context(chunks), info)


def _has_original(row: InboxMail) -> bool:
    """Tell whether a mail's bytes may be handed out: not where it brought identity documents, which are only looked at."""
    is_there = row.sealed is not None or row.blob is not None
    return is_there and (row.message_id is None or not brought_documents(row.message_id))


def judge(mail_id: int) -> BaseResponse:
    """Decide about a held mail; somebody quicker is told, and a ticket that is not there is asked for again."""
    form = JudgeForm(request.form)
    if db.session.get(InboxMail, mail_id) is None:
        abort(404)
    if not form.validate():
        abort(400)
    wish, ticket = Wish(form.wish.data or ""), None
    if wish is Wish.JOIN:
        ticket = find_ticket(form.ref.data or "")
        if ticket is None:
            return redirect(url_for("staff.mail", mail_id=mail_id, _anchor="judge", problem="ref"), 303)
    try:
        with transaction():
            holding.judge(mail_id, wish, ticket, staff_actor(current_staff().id), clock.now())
    except NotHeld:
        return redirect(url_for("staff.mails", done="late"), 303)
    return redirect(url_for("staff.mails", done=wish.value), 303)


def _fetch(mail_id: int, what: str) -> InboxMail:
    """Return a mail that was read, noting that somebody looked; 404 for one that is not there."""
    row = db.session.get(InboxMail, mail_id)
    if row is None or row.key_id is None:
        abort(404)
    staff_id, ticket_id = current_staff().id, row.ticket_id
    if ticket_id is not None:
        note_view(ticket_id, staff_id)
    with transaction():
        facts = {"inbox": mail_id, "what": what}
        record(EventKind.MAIL_READ, actor=staff_actor(staff_id), at=clock.now(), ticket_id=ticket_id, facts=facts)
    return row
