"""What leaves for the person: shown first exactly as it will leave, sent by a second press."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from flask import current_app, make_response, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from desk import clock
from desk.addresses import check_address
from desk.handling import casework, contacts, correspondence, resolution, timing
from desk.handling.casework import WaitRequest, wait_due
from desk.handling.correspondence import Answer
from desk.handling.decisions import NewMessage, NotDecided, insist_on_decision, may_hand_over
from desk.handling.identity import is_confirmed
from desk.handling.laws import law_of
from desk.handling.outgoing import Addressee, addressee_of, compose, find_said, status_url
from desk.handling.resolution import Closing, outcome_of
from desk.handling.timing import Delay
from desk.law.regimes import Outcome
from desk.law.waits import WaitReason
from desk.mail.letters import Letter
from desk.reporting.letter_paper import letter_file_name, letter_title, typeset_letter
from desk.tickets.address_requests import NewAddress
from desk.tickets.errors import NotAllowed
from desk.tickets.masking import mask_numbers
from desk.tickets.models import Ticket
from desk.typeset import NotTypeset
from desk.vault.keys import Purpose, keys_of
from desk.web.downloads import download
from desk.web.fields import read_number
from desk.web.languages import current_language
from desk.web.staff.acts import incomplete, perform, read_form, read_with_files
from desk.web.staff.case import open_case
from desk.web.staff.conflict import conflict_page
from desk.web.staff.forms import (
    AnswerForm,
    AskedAddressForm,
    ChangeAddressForm,
    CloseForm,
    TellDelayForm,
    TicketForm,
    WaitForm,
)
from desk.web.staff.page import parked_of, render_ticket, words_of
from desk.web.uploads import keep_made


@dataclass(frozen=True, slots=True)
class Draft:
    """What would leave: which letter, and what stands under the link."""

    letter: str | None
    """None when nothing leaves by mail."""
    text: str
    words: dict[str, Any] = field(default_factory=dict)
    consequence: str = ""
    to: str | None = None
    """The address, where it is not the one on file."""


def answer(ref: str) -> Response:
    """Answer the person: a look first, then the sending."""
    form = AnswerForm(request.form, prefix="answer")
    ticket, problem = read_with_files(ref, "answer", form)
    if problem is not None:
        return problem
    said = Answer(form.text.data or "", by_mail=bool(form.by_mail.data), nonce=form.nonce.data)
    if parked_of(form) and not may_hand_over(ticket):
        form.files.errors = [
            _("この種別のファイルは、判断が承認されてからお渡しできます。「判断のページを開く」から記録してください")
        ]
        return incomplete(ticket, "answer", form)
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
    text = mask_numbers(said.text)
    name, words = ("answer-full", {"text": text}) if said.by_mail else ("answer-notice", {})
    return _look(ticket, "answer", form, Draft(name, text, words, _("送信すると取り消せません。")))


def wait(ref: str) -> Response:
    """Ask the person for something and wait: a look first, then the sending."""
    form = WaitForm(request.form, prefix="wait")
    ticket, problem = read_form(ref, "wait", form)
    if problem is not None:
        return problem
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
    return _look(ticket, "wait", form, Draft("wait", mask_numbers(asked.text), words, consequence))


def tell_delay(ref: str) -> Response:
    """Tell the person that the answer takes longer: a look first, then the sending."""
    form = TellDelayForm(request.form, prefix="tell_delay")
    ticket, problem = read_form(ref, "tell_delay", form)
    if problem is not None:
        return problem
    delay = Delay(form.text.data or "", date.fromisoformat(form.expected_on.data or ""), form.nonce.data)
    if _step() == "send":
        base_url = _base_url()
        return perform(
            ticket,
            "tell_delay",
            form,
            lambda t, who, now: timing.tell_delay(t, delay, who, now, base_url),
            _("お時間をいただくことをお伝えしました"),
        )
    consequence = _("送信すると取り消せません。")
    if law_of(ticket).kind(ticket.kind).extension is None:
        consequence = _("送信すると取り消せません。お伝えしても、こちらの期限は動きません。")
    words = {"expected_on": delay.expected_on}
    return _look(ticket, "tell_delay", form, Draft("delay", mask_numbers(delay.text), words, consequence))


def close(ref: str) -> Response:
    """End the ticket with an outcome: a look first, then the end."""
    form = CloseForm(request.form, prefix="close")
    ticket, problem = read_form(ref, "close", form)
    if problem is not None:
        return problem
    closing = Closing(form.outcome.data, (form.text.data or "").strip(), form.nonce.data)
    try:
        outcome = outcome_of(ticket, closing.outcome)
    except NotAllowed:
        return conflict_page(ticket.id, "close", form, refused=True)
    if told := _against(ticket, closing, outcome):
        form.outcome.errors = [told]
        return incomplete(ticket, "close", form)
    if made := _as_letter(ticket, closing, outcome, form):
        return made
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
    draft = Draft("closing" if outcome.letter else None, mask_numbers(closing.text), words, consequence)
    return _look(ticket, "close", form, draft)


def _as_letter(ticket: Ticket, closing: Closing, outcome: Outcome, form: CloseForm) -> Response | None:
    """Make the letter that ends a case: shown as it will leave, or kept with the form to leave with it."""
    if _step() not in {"pdf", "send"} or not closing.text or find_said(closing.nonce or ""):
        return None
    title = letter_title(outcome, ticket.language)
    name, to = letter_file_name(ticket, title), addressee_of(ticket.id, keys_of(ticket.id)[Purpose.CASE]).contact
    try:
        pdf = typeset_letter(ticket, to, title, closing.text, clock.today())
        if _step() == "pdf":
            return download(pdf, name)
        keep_made(pdf, name, closing.nonce or "")
    except (NotTypeset, OSError):
        form.text.errors = [_("手紙のPDFを作れませんでした。少し時間をおいて、もう一度お試しください")]
        return incomplete(ticket, "close", form, 503)
    return None


def _against(ticket: Ticket, closing: Closing, outcome: Outcome) -> str | None:
    """Say what stands against ending a ticket so, if anything does."""
    if closing.text and outcome.letter is None:
        return str(_("この結果はご本人に通知しません。お伝えする内容を空にしてください"))
    try:
        insist_on_decision(ticket, outcome)
    except NotDecided:
        return str(_("この結果で終了するには、判断の承認が必要です。「判断のページを開く」から記録してください"))
    except NewMessage:
        return str(_("判断のあとにご本人からメッセージが届いています。「判断のページを開く」から判断し直してください"))
    return None


def change_address(ref: str) -> Response:
    """Write to another address from now on: a look first, then the change and the letter with a new link."""
    form = ChangeAddressForm(request.form, prefix="change_address")
    ticket, problem = read_form(ref, "change_address", form)
    if problem is not None:
        return problem
    asked = NewAddress(form.email.data or "", (form.text.data or "").strip())
    case_key = keys_of(ticket.id).get(Purpose.CASE)
    if case_key is None:  # the contact was erased
        return conflict_page(ticket.id, "change_address", form, refused=True)
    if addressee_of(ticket.id, case_key).contact.email == check_address(asked.email):
        form.email.errors = [_("いまのアドレスと同じです")]
        return incomplete(ticket, "change_address", form)
    needs_another = is_confirmed(ticket.id)
    if _step() == "send" and needs_another:
        return perform(
            ticket,
            "change_address",
            form,
            lambda t, who, now: contacts.ask_address(t, asked, who, now),
            _("本人確認が済んでいるため、ほかの方の承認を待っています。承認されるまで、何も変わりません"),
        )
    if _step() == "send":
        base_url = _base_url()
        return perform(
            ticket,
            "change_address",
            form,
            lambda t, who, now: contacts.change_address(t, asked, who, now, base_url),
            _("メールアドレスを変更し、新しい専用リンクを送信待ちにしました"),
        )
    consequence = _("これまでの専用リンクと確認コードは使えなくなります。まだ届いていないメールは送りません。")
    if needs_another:
        consequence += _("本人確認が済んでいるため、ほかの方が承認してから変更します。本人確認はやり直しになります。")
    return _look(ticket, "change_address", form, Draft("address-changed", "", {}, consequence, asked.email))


def approve_address(ref: str) -> Response:
    """Have the desk write to the address that waits, as a second person."""
    form = AskedAddressForm(request.form, prefix="approve_address")
    ticket, problem = read_form(ref, "approve_address", form)
    if problem is not None:
        return problem
    number, base_url = read_number(form.asked.data) or 0, _base_url()
    return perform(
        ticket,
        "approve_address",
        form,
        lambda t, who, now: contacts.approve_address(t, number, who, now, base_url),
        _("メールアドレスを変更し、新しい専用リンクを送信待ちにしました"),
    )


def refuse_address(ref: str) -> Response:
    """Leave the address as it is."""
    form = AskedAddressForm(request.form, prefix="refuse_address")
    ticket, problem = read_form(ref, "refuse_address", form)
    if problem is not None:
        return problem
    number = read_number(form.asked.data) or 0
    return perform(
        ticket,
        "refuse_address",
        form,
        lambda t, who, now: contacts.refuse_address(t, number, who, now),
        _("メールアドレスは変更しません"),
    )


def _look(ticket: Ticket, act: str, form: TicketForm, draft: Draft) -> Response:
    if _step() == "edit":
        return make_response(render_ticket(ticket, {act: form}))
    case = open_case(ticket)
    addressee = addressee_of(ticket.id, keys_of(ticket.id)[Purpose.CASE])
    if draft.to is not None:
        addressee = Addressee(replace(addressee.contact, email=draft.to), is_confirmed=False)
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
        parked=parked_of(form),
        **words_of(case),
    )
    return make_response(page)


def _step() -> str:
    return request.form.get("step", "look")


def _base_url() -> str:
    return str(current_app.extensions["config"].base_url)
