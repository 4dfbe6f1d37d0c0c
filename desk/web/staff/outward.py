"""What leaves for the person: shown first exactly as it will leave, sent by a second press."""

from dataclasses import dataclass, field
from typing import Any

from flask import current_app, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.handling import casework, correspondence, resolution
from desk.handling.casework import WaitRequest, wait_due
from desk.handling.correspondence import Answer
from desk.handling.outgoing import addressee_of, compose, status_url
from desk.handling.resolution import Closing, outcome_of
from desk.law.waits import WaitReason
from desk.mail.letters import Letter
from desk.tickets.cards import cut_cards
from desk.tickets.errors import NotAllowed
from desk.tickets.models import Ticket
from desk.transaction import transaction
from desk.vault.keys import Purpose, keys_of
from desk.web.languages import current_language
from desk.web.staff.acts import incomplete, perform, read_form
from desk.web.staff.case import open_case
from desk.web.staff.conflict import conflict_page
from desk.web.staff.forms import AnswerForm, CloseForm, OnceForm, WaitForm
from desk.web.staff.page import render_ticket, words_of
from desk.web.uploads import describe_parked, park_uploads


@dataclass(frozen=True, slots=True)
class Draft:
    """What would leave: which letter, and what stands under the link."""

    letter: str | None
    """None when nothing leaves by mail."""
    text: str
    words: dict[str, Any] = field(default_factory=dict)
    consequence: str = ""


def answer(ref: str) -> Response:
    """Answer the person: a look first, then the sending."""
    form = AnswerForm(request.form, prefix="answer")
    ticket, fine = read_form(ref, form)
    problems = _park(form)
    if not fine or problems:
        form.files.errors = problems
        return incomplete(ticket, "answer", form)
    said = Answer(form.text.data or "", by_mail=bool(form.by_mail.data), nonce=form.nonce.data)
    if said.by_mail and not correspondence.may_answer_by_mail(ticket):
        return conflict_page(ticket.id, "answer", form, refused=True)
    if _step() == "send":
        base_url = _base_url()
        return perform(
            ticket,
            "answer",
            form,
            lambda t, who, now: correspondence.answer(t, said, who, now, base_url),
            _("回答しました"),
        )
    text = cut_cards(said.text)
    name, words = ("answer-full", {"text": text}) if said.by_mail else ("answer-notice", {})
    return _look(ticket, "answer", form, Draft(name, text, words, _("送信すると取り消せません。")))


def wait(ref: str) -> Response:
    """Ask the person for something and wait: a look first, then the sending."""
    form = WaitForm(request.form, prefix="wait")
    ticket, fine = read_form(ref, form)
    if not fine:
        return incomplete(ticket, "wait", form)
    asked = WaitRequest(WaitReason(form.reason.data), form.text.data or "", form.nonce.data)
    if _step() == "send":
        base_url = _base_url()
        return perform(
            ticket,
            "wait",
            form,
            lambda t, who, now: casework.start_wait(t, asked, who, now, base_url),
            _("ご本人の対応待ちにしました"),
        )
    words = {"due_on": wait_due(clock.now())}
    consequence = _("対応待ちにします。この間も、こちらの期限は動きません。")
    return _look(ticket, "wait", form, Draft("wait", cut_cards(asked.text), words, consequence))


def close(ref: str) -> Response:
    """End the ticket with an outcome: a look first, then the end."""
    form = CloseForm(request.form, prefix="close")
    ticket, fine = read_form(ref, form)
    if not fine:
        return incomplete(ticket, "close", form)
    closing = Closing(form.outcome.data, (form.text.data or "").strip(), form.nonce.data)
    try:
        outcome = outcome_of(ticket, closing.outcome)
    except NotAllowed:
        return conflict_page(ticket.id, "close", form, refused=True)
    if closing.text and outcome.letter is None:
        form.outcome.errors = [_("この結果はご本人に通知しません。お伝えする内容を空にしてください")]
        return incomplete(ticket, "close", form)
    if _step() == "send":
        base_url = _base_url()
        return perform(
            ticket,
            "close",
            form,
            lambda t, who, now: resolution.close(t, closing, who, now, base_url),
            _("終了しました"),
        )
    words = {"closed_on": clock.today(), "outcome": outcome.name.get(ticket.language)}
    consequence = _("結果「%(outcome)s」で終了します。", outcome=outcome.name.get(current_language()))
    draft = Draft("closing" if outcome.letter else None, cut_cards(closing.text), words, consequence)
    return _look(ticket, "close", form, draft)


def _look(ticket: Ticket, act: str, form: OnceForm, draft: Draft) -> Response:
    if _step() == "edit":
        return make_response(render_ticket(ticket, {act: form}))
    case = open_case(ticket)
    addressee = addressee_of(ticket.id, keys_of(ticket.id)[Purpose.CASE])
    letter: Letter | None = None
    if draft.letter is not None and addressee.contact.email:
        url = status_url(_base_url(), ticket.language, "…")
        letter = compose(ticket, draft.letter, addressee, url, **draft.words)
    page = render_template(
        "staff/preview.html",
        case=case,
        ticket=ticket,
        form=form,
        act=act,
        draft=draft,
        letter=letter,
        addressee=addressee,
        files=describe_parked(form.nonce.data or "") if act == "answer" else [],
        **words_of(case),
    )
    return make_response(page)


def _park(form: AnswerForm) -> list[str]:
    words = {
        "too_large": _("ファイルは1つ10MBまでです"),
        "not_allowed": _("このファイルの種類は扱えません"),
        "too_many": _("ファイルは5つまでです"),
        "storage": _("ファイルを保存できませんでした。もう一度お試しください"),
    }
    if not any(upload.filename for upload in request.files.getlist(form.files.name)) or not form.nonce.data:
        return []
    with transaction():
        problems = park_uploads(form.files.name, form.nonce.data)
    return [words[problem] for problem in problems]


def _step() -> str:
    return request.form.get("step", "look")


def _base_url() -> str:
    return str(current_app.extensions["config"].base_url)
