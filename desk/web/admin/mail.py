"""Mail on its way out: how it stands, and a test mail to oneself. No addresses, no words of any mail."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import func, select
from sqlalchemy.orm import load_only
from werkzeug.wrappers import Response

from desk import clock
from desk.db import db
from desk.handling.administration import send_test
from desk.mail.models import MailState, OutboxMail
from desk.transaction import transaction
from desk.web.guard import current_staff

STATES = {
    MailState.PENDING: (lazy_gettext("送信待ち"), "neutral"),
    MailState.CLAIMED: (lazy_gettext("送信準備中"), "info"),
    MailState.SENDING: (lazy_gettext("送信中"), "info"),
    MailState.RETRY: (lazy_gettext("再送待ち"), "wait"),
    MailState.SENT: (lazy_gettext("送信済み"), "good"),
    MailState.BOUNCED: (lazy_gettext("不達"), "late"),
    MailState.DEAD: (lazy_gettext("送信できず"), "late"),
    MailState.HELD: (lazy_gettext("保留中"), "warn"),
    MailState.UNCERTAIN: (lazy_gettext("到達不明"), "warn"),
}
"""Each state in a word, with the shape of its tag."""

SHOWN = 200
"""The list shows the newest of a state."""


def add_routes(blueprint: Blueprint) -> None:
    """Put these pages under the door's blueprint."""
    blueprint.add_url_rule("/mail", "mail", mail)
    blueprint.add_url_rule("/mail/test", "send_test", test_mail, methods=["POST"])


def counts() -> dict[MailState, int]:
    """Return how many mails stand in each state."""
    rows = db.session.execute(select(OutboxMail.state, func.count()).group_by(OutboxMail.state))
    found = {MailState(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in MailState}


def mail() -> str:
    """Show how mail stands."""
    name = request.args.get("state", "")
    chosen = MailState(name) if name in set(MailState) else None
    mails = _newest(chosen) if chosen else []
    return render_template("admin/mail.html", states=STATES, counts=counts(), chosen=chosen, mails=mails)


def _newest(state: MailState) -> list[OutboxMail]:
    columns = (OutboxMail.id, OutboxMail.kind, OutboxMail.attempts, OutboxMail.last_code, OutboxMail.created_at)
    rows = select(OutboxMail).options(load_only(*columns)).where(OutboxMail.state == state)
    return list(db.session.scalars(rows.order_by(OutboxMail.id.desc()).limit(SHOWN)))


def test_mail() -> Response:
    """Send a mail to whoever asks, to show that mail leaves."""
    staff = current_staff()
    staff_id, email = staff.id, staff.email
    with transaction():
        send_test(staff_id, clock.now())
    flash(
        _("%(email)s あてにテストメールを送信待ちにしました。数十秒以内に届くかご確認ください。", email=email),
        "success",
    )
    return redirect(url_for("admin.mail"), 303)
