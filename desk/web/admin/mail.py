"""Mail both ways: how it stands, sending again or letting go, a test mail, reading the mailbox now. No words of mail."""

from collections.abc import Callable, Iterable

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from desk import clock
from desk.db import after_commit, db
from desk.events.trail import staff_actor
from desk.handling.administration import send_test
from desk.mail import custody, mailbox
from desk.mail.models import MailState, OutboxMail
from desk.tickets.queries import refs_of
from desk.transaction import transaction
from desk.web.guard import current_staff
from desk.web.navigation import may_open
from desk.web.words import MAILS

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
    blueprint.add_url_rule("/mail/fetch", "read_mailbox", read_mailbox, methods=["POST"])
    blueprint.add_url_rule("/mail/<int:mail_id>/retry", "retry_mail", retry, methods=["POST"])
    blueprint.add_url_rule("/mail/<int:mail_id>/release", "release_mail", release, methods=["POST"])
    blueprint.add_url_rule("/mail/<int:mail_id>/give-up", "give_up_mail", give_up, methods=["POST"])
    blueprint.add_url_rule("/mail/release", "release_all", release_all, methods=["POST"])


def counts() -> dict[MailState, int]:
    """Return how many mails stand in each state."""
    rows = db.session.execute(select(OutboxMail.state, func.count()).group_by(OutboxMail.state))
    found = {MailState(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in MailState}


def mail() -> str:
    """Show how mail stands."""
    name = request.args.get("state", "")
    chosen = MailState(name) if name in set(MailState) else None
    account = _account()
    mails = list(custody.list_mails(chosen, SHOWN)) if chosen else []
    return render_template(
        "admin/mail.html",
        states=STATES,
        kinds=MAILS,
        counts=counts(),
        chosen=chosen,
        mails=mails,
        has_mailbox=account is not None,
        box=mailbox.find_state(account) if account is not None else None,
        refs=refs_for_reader(entry.ticket_id for entry in mails),
    )


def refs_for_reader(ticket_ids: Iterable[int | None]) -> dict[int, str] | None:
    """Return the references of tickets, or None for a role that may not read them and so learns of none."""
    return refs_of(ticket_ids) if may_open(current_staff().typed_role, "/staff/") else None


def retry(mail_id: int) -> Response:
    """Send one mail again."""
    actor, now = staff_actor(current_staff().id), clock.now()
    return _settle(mail_id, lambda: custody.retry(mail_id, actor, now), _("メールを送信待ちに戻しました。"))


def release(mail_id: int) -> Response:
    """Let go of one held mail."""
    actor, now = staff_actor(current_staff().id), clock.now()
    return _settle(
        mail_id, lambda: custody.release(mail_id, actor, now), _("メールの保留を解きました。まもなく送信します。")
    )


def give_up(mail_id: int) -> Response:
    """Send one waiting or held mail no more."""
    actor, now = staff_actor(current_staff().id), clock.now()
    return _settle(mail_id, lambda: custody.give_up(mail_id, actor, now), _("メールを送らないことにしました。"))


def release_all() -> Response:
    """Let go of every held mail."""
    with transaction():
        count = custody.release(None, staff_actor(current_staff().id), clock.now())
    flash(_("メール%(count)s件の保留を解きました。まもなく送信します。", count=count), "success")
    return _back()


def _settle(mail_id: int, verb: Callable[[], object], done: str) -> Response:
    try:
        with transaction():
            verb()
    except custody.CannotSend:
        if not custody.find_mails([mail_id]):
            abort(404)
        flash(_("このメールの状態が変わったため、操作しませんでした。いまの状態を確認してください。"), "error")
    else:
        flash(done, "success")
    return _back()


def _back() -> Response:
    """Lead back to where the button stood: the list of one state, or the alerts."""
    state = request.form.get("back")
    if state in set(MailState):
        return redirect(url_for("admin.mail", state=state), 303)
    return redirect(url_for("admin.alerts"), 303)


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


def read_mailbox() -> Response:
    """Have the worker read the mailbox now, even where a failure made it wait."""
    account = _account()
    if account is None:
        flash(_("受信メールボックスが設定されていないため、読み取りませんでした。"), "error")
        return redirect(url_for("admin.mail"), 303)
    with transaction():
        mailbox.knock(account)
        after_commit("fetch")
    flash(_("メールボックスを読み取ります。しばらくしてから、この画面で結果をご確認ください。"), "success")
    return redirect(url_for("admin.mail"), 303)


def _account() -> str | None:
    box = current_app.extensions["config"].mailbox
    return box.account if box is not None else None
