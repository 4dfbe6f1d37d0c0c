"""Telling people of a version: a mail to everybody whose case is open, or a note of what was done elsewhere."""

from flask import Blueprint, flash, make_response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.events.trail import staff_actor
from desk.handling.notices import NoticeWords, ToldAlready, announce_by_mail, record_other
from desk.tickets.errors import NotAllowed
from desk.transaction import transaction
from desk.web.admin.policy import find_policy, render_policy
from desk.web.admin.policy_forms import MailNotice, OtherNotice
from desk.web.fields import lines_of
from desk.web.guard import current_staff


def add_routes(blueprint: Blueprint) -> None:
    """Put these under the door's blueprint."""
    blueprint.add_url_rule("/policy/<int:policy_id>/mail", "mail_policy", mail_policy, methods=["POST"])
    blueprint.add_url_rule("/policy/<int:policy_id>/notice", "note_notice", note_notice, methods=["POST"])


def mail_policy(policy_id: int) -> Response:
    """Begin to tell everybody whose case is open; a second time tells nobody."""
    row, form = find_policy(policy_id), MailNotice(request.form)
    if not form.validate():
        return make_response(render_policy(row, mail=form), 400)
    words = NoticeWords(lines_of(form.words_ja), lines_of(form.words_en))
    try:
        with transaction():
            announce_by_mail(row, words, actor=staff_actor(current_staff().id), now=clock.now())
    except ToldAlready:
        flash(_("この版のお知らせのメールは、すでに送信に回っています。もう一度は送りません。"), "info")
    except NotAllowed:
        flash(_("下書きのうちは、お知らせできません。先に施行日を決めてください。"), "info")
    else:
        flash(_("お知らせのメールを送信に回しました。進み具合はこの画面で確かめられます。"), "success")
    return redirect(url_for("admin.policy", policy_id=policy_id), 303)


def note_notice(policy_id: int) -> Response:
    """Write down how people were told elsewhere."""
    row, form = find_policy(policy_id), OtherNotice(request.form)
    if not form.validate():
        return make_response(render_policy(row, other=form), 400)
    try:
        with transaction():
            record_other(row, lines_of(form.words), actor=staff_actor(current_staff().id), now=clock.now())
    except NotAllowed:
        flash(_("下書きのうちは、お知らせできません。先に施行日を決めてください。"), "info")
    else:
        flash(_("お知らせを記録しました。"), "success")
    return redirect(url_for("admin.policy", policy_id=policy_id), 303)
